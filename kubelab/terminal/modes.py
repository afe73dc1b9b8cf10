"""Modes of files as chmod takes them: 644, u+x, go-w,a=rX. Source: GNU coreutils, File permissions."""

from __future__ import annotations

import re

_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)")
_ACTION = re.compile(r"([-+=])([ugo]|[rwxXst]*)")
WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}
RIGHTS = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}


class ModeFault(Exception):
    """What was given is no mode."""


class Mode:
    """A change of modes.

    Args:
        text: as chmod takes it.

    Raises:
        ModeFault: if it is none.
    """

    def __init__(self, text: str) -> None:
        self.number: int | None = None
        self.clauses: list[tuple[str, list[tuple[str, str]]]] = []
        if re.fullmatch(r"[0-7]{1,5}", text) and int(text, 8) <= 0o7777:
            self.number = int(text, 8)
            return
        for part in text.split(","):
            match = _CLAUSE.fullmatch(part)
            if not match:
                raise ModeFault(text)
            self.clauses.append((match.group(1), _ACTION.findall(match.group(2))))

    def applied(self, mode: int, *, is_dir: bool, umask: int = 0o022) -> int:
        """Returns what a mode becomes."""
        if self.number is not None:
            return self.number | (mode & 0o6000 if is_dir and self.number < 0o1000 else 0)
        for who, actions in self.clauses:
            mask = 0
            for letter in who or "a":
                mask |= WHO[letter]
            if not who:
                mask &= ~umask
            for sign, rights in actions:
                bits = _bits(mode, rights, is_dir=is_dir) & mask
                if sign == "+":
                    mode |= bits
                elif sign == "-":
                    mode &= ~bits
                else:
                    kept = 0o6000 if is_dir else 0
                    mode = (mode & ~(mask & ~kept)) | bits
        return mode


def _bits(mode: int, rights: str, *, is_dir: bool) -> int:
    if rights in ("u", "g", "o"):
        three = mode >> {"u": 6, "g": 3, "o": 0}[rights] & 7
        return three * 0o111
    bits = 0
    for letter in rights:
        if letter == "X":
            bits |= 0o111 if is_dir or mode & 0o111 else 0
        else:
            bits |= RIGHTS[letter]
    return bits
