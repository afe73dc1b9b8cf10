"""The functions that Kubernetes adds to CEL, and those of cel-go's own extensions that it has switched on.

A member's target is its first argument. Source: kubernetes.io, reference/using-api/cel, "Available extension
libraries"; k8s.io/apiserver/pkg/cel/library; cel-go, ext.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cmp_to_key
from itertools import islice, pairwise
from typing import Any

from kubelab.cluster import quantity
from kubelab.cluster.expressions.addresses import ADDRESSES
from kubelab.cluster.expressions.formatting import TEXTS
from kubelab.cluster.expressions.operators import OPERATORS, add
from kubelab.cluster.expressions.patterns import found, is_found
from kubelab.cluster.expressions.semver import SEMVER, is_semver, semver
from kubelab.cluster.expressions.signatures import QUANTITY
from kubelab.cluster.expressions.values import NO_OVERLOAD, NONE, Failure, Opaque, Optional, compare, equal

Function = Callable[..., Any]


def texts(function: Function, count: int = 1) -> Function:
    """Returns a function that takes nothing but texts, as its first arguments."""

    def guarded(*arguments: Any) -> Any:
        if len(arguments) < count or not all(isinstance(one, str) for one in arguments[:count]):
            raise Failure(NO_OVERLOAD)
        return function(*arguments)

    return guarded


# lists


def _listed(items: Any) -> list[Any]:
    if not isinstance(items, list):
        raise Failure(NO_OVERLOAD)
    return items


def _is_sorted(items: Any) -> bool:
    return all(compare(first, second) <= 0 for first, second in pairwise(_listed(items)))


def _extreme(name: str, pick: Function) -> Function:
    def function(items: Any) -> Any:
        if not _listed(items):
            raise Failure(f"{name} called on empty list")
        return pick(items, key=cmp_to_key(compare))

    return function


def _sum(items: Any) -> Any:
    total = None
    for item in _listed(items):
        total = item if total is None else add(total, item)
    return 0 if total is None else total


def _index(one: Any, other: Any, start: int = 0) -> int:
    if isinstance(one, str) and isinstance(other, str):
        if not 0 <= start <= len(one):
            raise Failure(f"index out of range: {start}")
        return one.find(other, start)
    return next((place for place, item in enumerate(_listed(one)) if equal(item, other)), -1)


def _last_index(one: Any, other: Any, start: int | None = None) -> int:
    if isinstance(one, str) and isinstance(other, str):
        if start is not None and not 0 <= start <= len(one):
            raise Failure(f"index out of range: {start}")
        return one.rfind(other) if start is None else one.rfind(other, 0, start + len(other))
    items = _listed(one)
    return next((place for place in range(len(items) - 1, -1, -1) if equal(items[place], other)), -1)


def _set_contains(one: Any, other: Any) -> bool:
    return all(any(equal(item, had) for had in _listed(one)) for item in _listed(other))


def _inserted(entries: dict[Any, Any], *added: Any) -> dict[Any, Any]:
    news = added[0] if len(added) == 1 else {added[0]: added[1]}
    for key in news:
        if key in entries:
            raise Failure(f"insert failed: key {key} already exists")
    return {**entries, **news}


# regular expressions


def _find(text: str, pattern: str) -> str:
    return next(found(pattern, text), "")


def _find_all(text: str, pattern: str, most: int = -1) -> list[str]:
    return list(islice(found(pattern, text), most if most >= 0 else None))


def _pattern_guarded(function: Function) -> Function:
    def guarded(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except ValueError as error:
            raise Failure(str(error)) from None

    return texts(guarded, 2)


# quantities


def _quantity(text: str) -> Opaque:
    try:
        return Opaque(QUANTITY, quantity.canonical(text), quantity.parse(text))
    except ValueError as error:
        raise Failure(str(error)) from None


def _is_quantity(text: str) -> bool:
    try:
        quantity.parse(text)
    except ValueError:
        return False
    return True


def _amount(one: Any) -> Any:
    return one.value if isinstance(one, Opaque) else one


def _shifted(direction: int) -> Function:
    def shift(one: Opaque, other: Any) -> Opaque:
        value = one.value + direction * _amount(other)
        return _quantity(format(value, "f"))

    return shift


def _as_integer(one: Opaque) -> int:
    if one.value != int(one.value):
        raise Failure("cannot convert value to integer")
    return int(one.value)


def _ordered(one: Any, other: Any) -> int:
    if not isinstance(one, Opaque) or not isinstance(other, Opaque) or one.kind != other.kind:
        raise Failure(NO_OVERLOAD)
    return int(one.value > other.value) - int(one.value < other.value)


# optional values


def _optional_value(one: Any) -> Any:
    if not isinstance(one, Optional):
        raise Failure(NO_OVERLOAD)
    if not one.there:
        raise Failure("optional.none() dereference")
    return one.value


def _has_value(one: Any) -> bool:
    if not isinstance(one, Optional):
        raise Failure(NO_OVERLOAD)
    return one.there


def _is_zero(value: Any) -> bool:
    return value in (None, False, 0, "", b"") or value in ([], {}) or value == timedelta(0)


FUNCTIONS: dict[str, Function] = {
    **OPERATORS,
    **TEXTS,
    **ADDRESSES,
    **SEMVER,
    "contains": texts(lambda one, other: other in one, 2),
    "startsWith": texts(str.startswith, 2),
    "endsWith": texts(str.endswith, 2),
    "matches": texts(lambda text, pattern: is_found(pattern, text), 2),
    "find": _pattern_guarded(_find),
    "findAll": _pattern_guarded(_find_all),
    "isSorted": _is_sorted,
    "min": _extreme("min", min),
    "max": _extreme("max", max),
    "sum": _sum,
    "indexOf": _index,
    "lastIndexOf": _last_index,
    "sets.contains": _set_contains,
    "sets.equivalent": lambda one, other: _set_contains(one, other) and _set_contains(other, one),
    "sets.intersects": lambda one, other: any(equal(a, b) for a in _listed(one) for b in _listed(other)),
    "cel.@mapInsert": _inserted,
    "quantity": texts(_quantity),
    "isQuantity": texts(_is_quantity),
    "isGreaterThan": lambda one, other: _ordered(one, other) > 0,
    "isLessThan": lambda one, other: _ordered(one, other) < 0,
    "compareTo": _ordered,
    "asInteger": _as_integer,
    "isInteger": lambda one: one.value == int(one.value),
    "asApproximateFloat": lambda one: float(one.value),
    "sign": lambda one: int(one.value > 0) - int(one.value < 0),
    "add": _shifted(1),
    "sub": _shifted(-1),
    "optional.of": Optional,
    "optional.none": lambda: NONE,
    "optional.ofNonZeroValue": lambda value: NONE if _is_zero(value) else Optional(value),
    "hasValue": _has_value,
    "value": _optional_value,
    "or": lambda one, other: one if _has_value(one) else other,
    "orValue": lambda one, other: one.value if _has_value(one) else other,
    "jsonpatch.escapeKey": texts(lambda key: key.replace("~", "~0").replace("/", "~1")),
    "semver": texts(semver),
    "isSemver": texts(is_semver),
}
