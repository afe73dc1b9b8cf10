"""CEL's types as the compiler has them: how they are written, which fit which, and which is the more general.

Source: cel-go, checker/types.go, checker/format.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Type(NamedTuple):
    """A type. `kind` is its shape: plain, list, map, type, opaque, object, parameter, dyn, error or null."""

    kind: str
    name: str
    parameters: tuple[Type, ...] = ()

    def __str__(self) -> str:
        if self.kind == "type" and not self.parameters:
            return "type"
        if not self.parameters:
            return self.name
        return f"{self.name}({', '.join(map(str, self.parameters))})"


DYN, ERROR, NULL = Type("dyn", "dyn"), Type("error", "!error!"), Type("null", "null")
BOOL, INT, UINT, DOUBLE, STRING, BYTES = (
    Type("plain", name) for name in ("bool", "int", "uint", "double", "string", "bytes")
)
TIMESTAMP, DURATION = Type("known", "timestamp"), Type("known", "duration")
PLAIN = {one.name: one for one in (DYN, BOOL, INT, UINT, DOUBLE, STRING, BYTES, TIMESTAMP, DURATION)}
PLAIN["null_type"] = NULL
NAMES = {
    **PLAIN, "list": Type("list", "list", (DYN,)), "map": Type("map", "map", (DYN, DYN)), "type": Type("type", "type"),
    "google.protobuf.Timestamp": TIMESTAMP, "google.protobuf.Duration": DURATION,
}  # fmt: skip


def list_of(item: Type) -> Type:
    """Returns the type of a list."""
    return Type("list", "list", (item,))


def map_of(key: Type, value: Type) -> Type:
    """Returns the type of a map."""
    return Type("map", "map", (key, value))


def optional_of(value: Type) -> Type:
    """Returns the type of a value that may be none."""
    return Type("opaque", "optional_type", (value,))


def type_of(one: Type) -> Type:
    """Returns the type of a type."""
    return Type("type", "type", (one,))


def object_of(name: str) -> Type:
    """Returns the type of an object whose fields are declared under that name."""
    return Type("object", name)


def opaque(name: str) -> Type:
    """Returns a type that only its functions know."""
    return Type("opaque", name)


def parameter(name: str) -> Type:
    """Returns a type that is to be found out."""
    return Type("parameter", name)


def is_dyn(one: Type) -> bool:
    """Tells whether a type is only known when the expression runs, or is wrong already."""
    return one.kind in ("dyn", "error")


def is_optional(one: Type) -> bool:
    """Tells whether values of a type may be none."""
    return one.kind == "opaque" and one.name == "optional_type"


def parsed(text: str) -> Type:
    """Returns the type that a text writes: "list(A)", "map(string, int)", "kubernetes.URL"; letters are parameters."""
    text = text.strip()
    if "(" in text:
        name, _, rest = text.partition("(")
        inner = tuple(parsed(part) for part in parts(rest[:-1]))
        kind, called = {"optional": ("opaque", "optional_type")}.get(name, (name, name))
        return Type(kind, called, inner)
    if len(text) == 1 and text.isupper():
        return parameter(text)
    return PLAIN.get(text) or opaque(text)


def parts(text: str) -> list[str]:
    """Returns what stands between the commas of a text, those within parentheses left alone."""
    found, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [part for part in found if part.strip()]


class Unification:
    """What the types that are to be found out stand for; an attempt that fails leaves it as it was."""

    def __init__(self) -> None:
        self._found: dict[Type, Type] = {}

    def fits(self, one: Type, other: Type) -> bool:
        """Tells whether a value of the one type may stand where the other is expected."""
        return self.fit([one], [other])

    def fit(self, ones: Sequence[Type], others: Sequence[Type]) -> bool:
        """Tells whether each of some types fits its counterpart, all of them together."""
        before = dict(self._found)
        if len(ones) == len(others) and all(map(self._fits, ones, others)):
            return True
        self._found = before
        return False

    def _fits(self, one: Type, other: Type) -> bool:
        if other.kind == "parameter":
            valid, known = self._stands_for(one, other)
            if valid or known:
                return valid
        if one.kind == "parameter":
            return self._stands_for(other, one)[0]
        if is_dyn(one) or is_dyn(other):
            return True
        if one.kind == "null":
            return other.kind in ("opaque", "object", "null", "known")
        if other.kind == "null":
            return one.kind in ("opaque", "object", "known")
        if one.kind != other.kind:
            return False
        if one.kind == "type":
            return True
        if one.name != other.name or len(one.parameters) != len(other.parameters):
            return False
        return all(map(self._fits, one.parameters, other.parameters))

    def _stands_for(self, one: Type, unknown: Type) -> tuple[bool, bool]:
        """Returns whether a type may stand for an unknown one, and whether that was known already."""
        known = self._found.get(unknown)
        if known is not None:
            if one == known:
                return True, True
            if self._fits(one, known):
                self._found[unknown] = more_general(one, known)
                return True, True
            return False, True
        if self._is_free_of(unknown, one):
            self._found[unknown] = one
            return True, False
        return False, False

    def _is_free_of(self, unknown: Type, within: Type) -> bool:
        if within == unknown:
            return False
        if within.kind == "parameter":
            known = self._found.get(within)
            return known is None or self._is_free_of(unknown, known)
        return all(self._is_free_of(unknown, part) for part in within.parameters)

    def resolved(self, one: Type, *, finally_: bool = False) -> Type:
        """Returns a type with what has been found out; in the end, what is still unknown is dyn."""
        known = self._found.get(one)
        if known is not None:
            return self.resolved(known, finally_=finally_)
        if one.kind == "parameter":
            return DYN if finally_ else one
        if not one.parameters:
            return one
        return one._replace(parameters=tuple(self.resolved(part, finally_=finally_) for part in one.parameters))


def more_general(one: Type, other: Type) -> Type:
    """Returns the more general of two types that fit each other."""
    return one if _is_as_general(one, other) else other


def _is_as_general(one: Type, other: Type) -> bool:
    if one.kind in ("dyn", "parameter"):
        return True
    if other.kind in ("dyn", "parameter") or one.kind != other.kind:
        return False
    if one.kind == "type":
        return True
    if one.name != other.name or len(one.parameters) != len(other.parameters):
        return False
    return all(map(_is_as_general, one.parameters, other.parameters))


def with_parameters(one: Type, names: Mapping[str, Type]) -> Type:
    """Returns a function's type with its parameters replaced."""
    if one.kind == "parameter":
        return names.get(one.name, one)
    if not one.parameters:
        return one
    return one._replace(parameters=tuple(with_parameters(part, names) for part in one.parameters))


def parameters_in(one: Type) -> set[str]:
    """Returns the names of the parameters in a type."""
    if one.kind == "parameter":
        return {one.name}
    return set().union(*map(parameters_in, one.parameters))
