"""Label and field selectors: compiled once, matched often.

Source: k8s.io/apimachinery/pkg/labels and pkg/fields; kubernetes.io, concepts/overview/working-with-objects/labels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from kubelab.cluster.objects import Object


class Requirement(NamedTuple):
    """One condition on one label."""

    key: str
    operator: str  # in notin exists !  gt lt
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tells whether labels meet the condition."""
        value = labels.get(self.key)
        if self.operator == "in":
            return value is not None and value in self.values
        if self.operator == "notin":
            return value is None or value not in self.values
        if self.operator == "exists":
            return value is not None
        if self.operator == "!":
            return value is None
        try:
            number, bound = int(value or ""), int(self.values[0])
        except ValueError:
            return False
        return number > bound if self.operator == "gt" else number < bound

    def __str__(self) -> str:
        if self.operator in ("in", "notin"):
            if self.operator == "in" and len(self.values) == 1:
                return f"{self.key}={self.values[0]}"
            return f"{self.key} {self.operator} ({','.join(sorted(self.values))})"
        if self.operator == "exists":
            return self.key
        if self.operator == "!":
            return f"!{self.key}"
        return f"{self.key}{'>' if self.operator == 'gt' else '<'}{self.values[0]}"


@dataclass(frozen=True)
class Selector:
    """Conditions that must all hold; none at all match everything, unless it is `nothing`."""

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tells whether labels meet all conditions."""
        return not self.nothing and all(requirement.matches(labels) for requirement in self.requirements)

    def __str__(self) -> str:
        return ",".join(str(requirement) for requirement in self.requirements)


EVERYTHING = Selector()
NOTHING = Selector(nothing=True)

_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


def from_label_selector(selector: Object | None) -> Selector:
    """Compiles a metav1.LabelSelector; None selects nothing, an empty one everything."""
    if selector is None:
        return NOTHING
    pairs = tuple((selector.get("matchLabels") or {}).items())
    expressions = tuple(
        (found["key"], found["operator"], tuple(found.get("values") or ()))
        for found in selector.get("matchExpressions") or ()
    )
    return _compiled(pairs, expressions)


@lru_cache(maxsize=4096)
def _compiled(
    pairs: tuple[tuple[str, str], ...], expressions: tuple[tuple[str, str, tuple[str, ...]], ...]
) -> Selector:
    requirements = [Requirement(key, "in", (value,)) for key, value in pairs]
    requirements += [Requirement(key, _OPERATORS.get(operator, "in"), values) for key, operator, values in expressions]
    return Selector(tuple(sorted(requirements)))


def from_map(labels: Mapping[str, str] | None) -> Selector:
    """Compiles a map such as a Service's selector; an empty one selects nothing."""
    return from_label_selector({"matchLabels": labels}) if labels else NOTHING


_TOKEN = re.compile(r"\s*(!=|==|=|!|<|>|\(|\)|,|[^\s,!=<>()]+)")


class SelectorError(ValueError):
    """A selector that cannot be read; the text is the server's."""


@lru_cache(maxsize=1024)
def parse_labels(text: str) -> Selector:
    """Compiles a selector as it stands on a command line: `a=b,c!=d,e in (f,g),!h`.

    Raises:
        SelectorError: if it cannot be read.
    """
    tokens = _tokens(text)
    requirements: list[Requirement] = []
    while tokens:
        requirements.append(_requirement(tokens))
        if tokens:
            if tokens[0] != ",":
                raise SelectorError(f"found '{tokens[0]}', expected: ',' or 'end of string'")
            tokens.pop(0)
            if not tokens:
                raise SelectorError("found '', expected: identifier after ','")
    return Selector(tuple(sorted(requirements)))


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    place = 0
    stripped = text.rstrip()
    while place < len(stripped):
        match = _TOKEN.match(stripped, place)
        if match is None:
            raise SelectorError(f"unable to parse requirement: found '{stripped[place:]}'")
        tokens.append(match.group(1))
        place = match.end()
    return tokens


def _requirement(tokens: list[str]) -> Requirement:
    first = tokens.pop(0)
    if first == "!":
        if not tokens:
            raise SelectorError("found '', expected: identifier")
        return Requirement(_checked_key(tokens.pop(0)), "!")
    key = _checked_key(first)
    if not tokens or tokens[0] == ",":
        return Requirement(key, "exists")
    operator = tokens.pop(0)
    if operator in ("in", "notin"):
        return Requirement(key, operator, _values(tokens))
    if operator in ("=", "==", "!=", "<", ">"):
        value = tokens.pop(0) if tokens and tokens[0] != "," else ""
        return Requirement(key, {"!=": "notin", "<": "lt", ">": "gt"}.get(operator, "in"), (value,))
    raise SelectorError(f"unable to parse requirement: found '{operator}', expected: in, notin, =, ==, !=, gt, lt")


def _values(tokens: list[str]) -> tuple[str, ...]:
    if not tokens or tokens.pop(0) != "(":
        raise SelectorError("found '', expected: '('")
    values: list[str] = []
    while tokens and tokens[0] != ")":
        token = tokens.pop(0)
        if token != ",":
            values.append(token)
    if not tokens:
        raise SelectorError("found '', expected: ',' or ')'")
    tokens.pop(0)
    return tuple(values)


_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")


def _checked_key(key: str) -> str:
    if not _NAME.fullmatch(key.rpartition("/")[2]):
        raise SelectorError(
            f'unable to parse requirement: <nil>: Invalid value: "{key}": name part must consist of alphanumeric '
            "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
            "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        )
    return key


class FieldRequirement(NamedTuple):
    """One condition on one field."""

    path: str
    equal: bool
    value: str


@lru_cache(maxsize=1024)
def parse_fields(text: str) -> tuple[FieldRequirement, ...]:
    """Compiles a field selector: `status.phase=Running,spec.nodeName!=worker-1`.

    Raises:
        SelectorError: if it cannot be read.
    """
    requirements = []
    for part in filter(None, text.split(",")):
        match = re.fullmatch(r"([^!=]+)(!=|==|=)(.*)", part)
        if match is None:
            raise SelectorError(f"invalid selector: '{part}'; can't understand '{part}'")
        path, operator, value = match.groups()
        requirements.append(FieldRequirement(path, operator != "!=", value))
    return tuple(requirements)


def field_value(obj: Object, path: str) -> str:
    """Returns the value of a field by its dotted path, as field selectors compare it."""
    found: object = obj
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, bool):
        return "true" if found else "false"
    return "" if found is None else str(found)
