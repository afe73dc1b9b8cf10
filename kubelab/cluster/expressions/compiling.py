"""Compiles expressions, runs them, and says what is wrong with them in the server's words.

Source: k8s.io/apiserver/pkg/cel; cel-go's messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import cel

from kubelab.cluster.expressions.library import FUNCTIONS
from kubelab.cluster.expressions.objects import without_objects
from kubelab.cluster.expressions.optionals import without_optional_syntax

TYPES = frozenset("int uint double bool string bytes list map type null_type timestamp duration dyn optional".split())
_SPACES = frozenset("math sets lists strings base64 optional cel jsonpatch".split())
_BOUND = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|filter|map)\s*\(\s*(\w+)\s*,")
_NOT_SIMULATED = re.compile(
    r"\.\s*(?:all|exists|existsOne|transform\w+)\s*\(\s*\w+\s*,\s*\w+\s*,|\bcel\s*\.\s*bind\s*\("
)
_GROWS = re.compile(r"\.\s*(?:filter|map)\s*\(")
_RANGE = re.compile(r"\blists\s*\.\s*range\b")
_LOOP = re.compile(r"\.\s*(?:all|exists|exists_one|existsOne|filter|map)\s*$")
LONGEST = 100_000  # letters, as cel-go has it
# What loops within each other may come to; Kubernetes weighs each step, here it is their number at the most.
MOST_STEPS = 1_000_000
# What an expression may copy: bytes of texts that are put together, and those of lists that grow step by step.
MOST_JOINED, MOST_GROWN = 20_000_000, 4_000_000_000
COST = "operation cancelled: actual cost limit exceeded"
_TEXTS = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_PLACE = re.compile(r"<input>:(\d+):(\d+):\s*(.*)")


class ExpressionError(Exception):
    """An expression that does not compile, or fails when it runs; the text is the server's."""


class Expression:
    """A compiled expression.

    Args:
        text: as it stands in the object.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        plain = _TEXTS.sub(lambda found: " " * len(found[0]), text)
        self._depth, self._joins, self._grows = _depth(plain), plain.count("+"), bool(_GROWS.search(plain))
        if len(text) > LONGEST:
            raise ExpressionError(f"expression code point size exceeds limit: size: {len(text)}, limit {LONGEST}")
        if _NOT_SIMULATED.search(text):
            raise ExpressionError("KubeLab does not simulate cel.bind and macros with two variables")
        if _RANGE.search(plain):
            raise ExpressionError(self.error_at("lists", "undeclared reference to 'lists' (in container '')"))
        try:
            self._program = cel.compile(without_objects(without_optional_syntax(text)))
        except BaseException as error:  # the library's panics are none of Exception's
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            raise ExpressionError(_syntax(error, text)) from None
        bound = set(_BOUND.findall(text))
        self.variables = frozenset(self._program.variables()) - bound - TYPES - _SPACES

    def undeclared(self, declared: Iterable[str]) -> list[str]:
        """Returns the server's words for each name that stands for nothing."""
        names = sorted(self.variables - set(declared))
        return [self.error_at(name, f"undeclared reference to '{name}' (in container '')") for name in names]

    def error_at(self, name: str, message: str, *, selected: bool = False) -> str:
        """Returns an error of the compiler with its place: that of the first such name, or of the dot before it."""
        plain = _TEXTS.sub(lambda found: " " * len(found[0]), self.text)
        found = re.search(rf"(?<![\w.]){re.escape(name)}\b", plain) or re.search(rf"\b{re.escape(name)}\b", plain)
        return _placed(self.text, (found.start() - selected) if found else 0, message)

    def evaluate(self, variables: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        """Returns the expression's value.

        Raises:
            ExpressionError: there is none; the text is CEL's.
        """
        if self._costs_too_much(variables):
            raise ExpressionError(COST)
        context = cel.Context(dict(variables), {**FUNCTIONS, **(functions or {})})
        try:
            return self._program.execute(context)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            raise ExpressionError(_failure(error)) from None

    def _costs_too_much(self, variables: Mapping[str, Any]) -> bool:
        """Tells whether the expression could take more time or memory than anybody should have."""
        if self._depth > 1 and _largest(variables) ** self._depth > MOST_STEPS:
            return True
        if not self._joins and not self._grows:
            return False
        weight = _weight(variables)
        if self._joins * weight > MOST_JOINED:
            return True
        return self._grows and weight * _largest(variables) ** (self._depth + 1) > MOST_GROWN


@lru_cache(maxsize=1024)
def compiled(text: str) -> Expression:
    """Returns an expression, compiled once a process.

    Raises:
        ExpressionError: it does not compile.
    """
    return Expression(text)


def _depth(text: str) -> int:
    """Returns how many loops are within each other."""
    deepest, calls = 0, list[bool]()
    for place, letter in enumerate(text):
        if letter == "(":
            calls.append(_LOOP.search(text, max(0, place - 20), place) is not None)
            deepest = max(deepest, sum(calls))
        elif letter == ")" and calls:
            calls.pop()
    return deepest


def _largest(value: Any) -> int:
    """Returns the length of the longest list or map in a value."""
    if isinstance(value, Mapping):
        return max([len(value), *(_largest(inner) for inner in value.values())])
    if isinstance(value, (list, tuple)):
        return max([len(value), *(_largest(inner) for inner in value)])
    return 1


def _weight(value: Any) -> int:
    """Returns how much a value holds: the letters of its texts, and one for anything else."""
    if isinstance(value, Mapping):
        return 1 + sum(len(key) + _weight(inner) for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return 1 + sum(map(_weight, value))
    return len(value) if isinstance(value, str) else 1


def _placed(text: str, offset: int, message: str) -> str:
    before = text[:offset]
    line, column = before.count("\n") + 1, offset - (before.rfind("\n") + 1)
    shown = text.splitlines()[line - 1] if text else ""
    return f"ERROR: <input>:{line}:{column + 1}: {message}\n | {shown}\n | {'.' * column}^"


def _syntax(error: BaseException, text: str) -> str:
    found = _PLACE.search(str(error))
    if found is None:
        return f"ERROR: <input>:1:1: {str(error).splitlines()[0][:200]}"
    line, column, message = int(found[1]), int(found[2]), found[3]
    shown = text.splitlines()[line - 1] if text else ""
    return f"ERROR: <input>:{line}:{column}: {message}\n | {shown}\n | {'.' * (column - 1)}^"


def _failure(error: BaseException) -> str:
    """Returns what cel-go says when an expression fails."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, KeyError):
        return f"no such key: {error.args[0]}" if error.args else "no such key"
    if isinstance(error, ZeroDivisionError):
        return "division by zero"
    if isinstance(error, OverflowError):
        return "integer overflow"
    if isinstance(error, IndexError):
        return f"index out of bounds: {text}"
    if isinstance(error, TypeError):
        return "no such overload"
    unknown = re.search(r"Undefined variable or function: '(\w+)'", text)
    if unknown:
        return f"no such attribute(s): {unknown[1]}"
    return text
