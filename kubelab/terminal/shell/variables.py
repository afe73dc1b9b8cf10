"""A shell's variables: texts, indexed and associative arrays, with their attributes.

Arrays are dicts of text by text; an indexed one's keys are whole numbers written out. All of it is JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Value = str | dict[str, str]


class ReadOnly(Exception):
    """An assignment to a read-only variable."""


class Variables:
    """Values and attributes by name.

    Args:
        values: texts and arrays.
        flags: attributes by name, as letters: x exported, r read-only, i integer, a and A array, l and u case.
    """

    def __init__(self, values: dict[str, Value] | None = None, flags: dict[str, str] | None = None) -> None:
        self.values: dict[str, Value] = values if values is not None else {}
        self.flags: dict[str, str] = flags if flags is not None else {}
        self.has_references = any("n" in letters for letters in self.flags.values())  # declare -n

    @classmethod
    def of_environment(cls, env: Mapping[str, str]) -> Variables:
        """Returns variables that are all exported."""
        return cls(dict(env), dict.fromkeys(env, "x"))

    def copy(self) -> Variables:
        """Returns variables of their own, for a process that is forked."""
        values = {name: dict(value) if isinstance(value, dict) else value for name, value in self.values.items()}
        return Variables(values, self.flags.copy())

    def get(self, name: str) -> str | None:
        """Returns a text, or an array's first element."""
        value = self.values.get(name)
        return value.get("0") if isinstance(value, dict) else value

    def elements(self, name: str) -> list[str]:
        """Returns an array's elements in order; a text counts as an array of one."""
        value = self.values.get(name)
        if value is None:
            return []
        return [value[key] for key in self.keys(name)] if isinstance(value, dict) else [value]

    def keys(self, name: str) -> list[str]:
        """Returns an array's keys in order."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            return [] if value is None else ["0"]
        return list(value) if self.is_associative(name) else sorted(value, key=int)

    def is_associative(self, name: str) -> bool:
        """Tells whether a variable was declared with -A."""
        return "A" in self.flags.get(name, "")

    def resolve(self, name: str) -> str:
        """Returns the variable that a reference leads to (declare -n); any other name as it is."""
        for _ in range(8):
            target = self.values.get(name)
            if "n" not in self.flags.get(name, "") or not isinstance(target, str) or not target:
                break
            name = target
        return name

    def check(self, name: str) -> None:
        """Raises ReadOnly for a variable that may not be changed."""
        if "r" in self.flags.get(name, ""):
            raise ReadOnly(name)

    def set(self, name: str, text: str, index: str | None = None) -> None:
        """Assigns a text, or an array's element."""
        flags = self.flags.get(name)
        if flags:
            self.check(name)
            if "l" in flags:
                text = text.lower()
            elif "u" in flags:
                text = text.upper()
        value = self.values.get(name)
        if index is None and not isinstance(value, dict):
            self.values[name] = text
            return
        if not isinstance(value, dict):
            value = self.values[name] = {} if value is None else {"0": value}
        value["0" if index is None else index] = text

    def set_array(self, name: str, elements: dict[str, str]) -> None:
        """Assigns a whole array."""
        self.check(name)
        self.values[name] = elements

    def unset(self, name: str, index: str | None = None) -> None:
        """Removes a variable or an array's element."""
        self.check(name)
        value = self.values.get(name)
        if index is not None and isinstance(value, dict):
            value.pop(index, None)
            return
        self.values.pop(name, None)
        self.flags.pop(name, None)

    def flag(self, name: str, letters: str) -> None:
        """Gives a variable attributes."""
        flags = self.flags.get(name, "")
        self.flags[name] = flags + "".join(letter for letter in letters if letter not in flags)
        self.has_references = self.has_references or "n" in letters

    def unflag(self, name: str, letters: str) -> None:
        """Takes attributes away."""
        left = "".join(letter for letter in self.flags.get(name, "") if letter not in letters)
        if left:
            self.flags[name] = left
        else:
            self.flags.pop(name, None)

    def exported(self) -> dict[str, str]:
        """Returns the environment of commands."""
        values = self.values
        found = {}
        for name, flags in self.flags.items():
            if "x" in flags:
                value = values.get(name)
                if isinstance(value, str):
                    found[name] = value
        return found

    def with_prefix(self, prefix: str) -> Iterator[str]:
        """Yields the names of set variables that begin with `prefix`, sorted."""
        return iter(sorted(name for name in self.values if name.startswith(prefix)))

    def keep(self, name: str) -> Any:
        """Returns all that is known of a variable as JSON, for `restore`."""
        value = self.values.get(name)
        return [dict(value) if isinstance(value, dict) else value, self.flags.get(name)]

    def restore(self, name: str, kept: Any) -> None:
        """Puts a variable back as it was."""
        value, flags = kept
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value
        if flags is None:
            self.flags.pop(name, None)
        else:
            self.flags[name] = flags
