"""What it costs to run an expression, step by step, in CEL's units.

Source: cel-go, interpreter/runtimecost.go; k8s.io/apiserver/pkg/cel/library/cost.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from kubelab.cluster.expressions.values import Opaque, size

PER_CALL = 1_000_000  # what one expression may cost; k8s.io/apiserver/pkg/apis/cel/config.go
BUDGET = 10_000_000  # all those of an object or a policy's binding
MATCH_CONDITIONS = BUDGET // 4
LETTER, PATTERN_LETTER = 0.1, 0.25  # of a text that is gone through, of a regular expression
LIST, MAP, OBJECT = 10, 30, 40  # to make one
CHECK = 350_000  # to ask the authorizer
ACCESSORS = frozenset(
    "serviceAccount path group resource subresource namespace name allowed reason error errored fieldSelector "
    "labelSelector masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast "
    "isGlobalUnicast sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major "
    "minor patch".split()
)
ONCE = frozenset(
    "url lowerAscii upperAscii substring trim cidr isIP isCIDR ip quantity isQuantity semver isSemver startsWith "
    "endsWith".split()
)
TWICE = frozenset(("replace", "split", "ip.isCanonical"))
WALKS = frozenset(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"))
PATTERNS = frozenset(("find", "findAll", "matches"))
COMPARISONS = frozenset(("_<_", "_<=_", "_>_", "_>=_", "_==_", "_!=_"))


def _of_letters(count: int, factor: float = LETTER) -> int:
    return ceil(count * factor)


def _walk(value: Any) -> int:
    """The cost of going through a list and the texts in it, or through a text."""
    if isinstance(value, list):
        return sum(_walk(item) if isinstance(item, (str, bytes)) else 1 for item in value)
    return _of_letters(len(value)) if isinstance(value, (str, bytes)) else 1


def call_cost(function: str, arguments: Sequence[Any], result: Any) -> int:
    """Returns what a call has cost."""
    first = arguments[0] if arguments else None
    if function in ACCESSORS:
        return 1
    if function == "check":
        return CHECK
    if function in COMPARISONS:
        texts = isinstance(first, (str, bytes)) or function in ("_==_", "_!=_")
        return _of_letters(min(size(first), size(arguments[1]))) if texts else 1
    if function == "_+_":
        return _of_letters(len(first) + len(arguments[1])) if isinstance(first, (str, bytes)) else 1
    if function == "@in":
        return size(arguments[1]) if isinstance(arguments[1], list) else 1
    if function in ONCE:
        return 1 if isinstance(first, Opaque) else _of_letters(size(first))
    if function in PATTERNS:
        return _of_letters(1 + size(first)) * _of_letters(size(arguments[1]), PATTERN_LETTER)
    if function == "contains":
        return _of_letters(size(first)) * _of_letters(size(arguments[1]))
    if function in TWICE:
        return _of_letters(2 * size(first))
    if function in WALKS:
        return _walk(first)
    if function == "join":
        return _of_letters(2 * size(result))
    if function in ("string", "bytes"):
        other = bytes if function == "string" else str
        return _of_letters(len(first)) if isinstance(first, other) else 1
    if function in ("containsIP", "containsCIDR"):
        return _of_network(function, first, arguments[1])
    if function.startswith("sets."):
        return size(first) * size(arguments[1]) * (2 if function == "sets.equivalent" else 1)
    if function == "format":
        return _of_letters(size(first))
    return 1


def _of_network(function: str, one: Any, other: Any) -> int:
    octets = 4 if one.value.version == 4 else 16
    cost = _of_letters(2 * octets) + (_of_letters(octets) + 1 if function == "containsCIDR" else 0)
    return cost + (_of_letters(len(other)) if isinstance(other, str) else 0)
