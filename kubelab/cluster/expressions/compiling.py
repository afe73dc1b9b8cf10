"""Compiles expressions, runs them, and says what is wrong with them in the server's words.

Source: k8s.io/apiserver/pkg/cel; cel-go's messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from kubelab.cluster.expressions.checking import Checker
from kubelab.cluster.expressions.costs import PER_CALL
from kubelab.cluster.expressions.environments import Environment
from kubelab.cluster.expressions.evaluating import COST, CostExceeded, Run, prepared
from kubelab.cluster.expressions.parsing import parse
from kubelab.cluster.expressions.syntax import Node, SyntaxProblem, free_names
from kubelab.cluster.expressions.types import ERROR, Type
from kubelab.cluster.expressions.values import Failure

__all__ = ["COST", "Checked", "Expression", "ExpressionError", "Outcome", "checked", "compiled"]
LONGEST = 100_000  # letters, as cel-go has it
MOST_ERRORS = 100
STORED = Environment()


class ExpressionError(Exception):
    """An expression that does not compile, or fails when it runs; the text is the server's."""


class Outcome(NamedTuple):
    """What came of a run."""

    value: Any
    error: str  # in CEL's words; "" for none
    cost: int


class Expression:
    """An expression that can be run.

    Args:
        text: as it stands in the object.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tree = _tree(text, STORED)
        self.variables = free_names(self._tree)

    @cached_property
    def _part(self) -> Callable[[Run], Any]:
        return prepared(self._tree)

    def run(
        self, variables: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None,
        limit: int = PER_CALL,
    ) -> Outcome:  # fmt: skip
        """Returns what comes of a run, with what it has cost."""
        run = Run(variables, functions or {}, limit)
        try:
            value = self._part(run)
        except Failure as failure:
            return Outcome(None, str(failure), run.cost)
        except (CostExceeded, RecursionError):
            return Outcome(None, COST, max(run.cost, limit + 1))
        return Outcome(value, COST if run.cost > limit else "", run.cost)

    def evaluate(self, variables: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]] | None = None) -> Any:
        """Returns the expression's value.

        Raises:
            ExpressionError: there is none; the text is CEL's.
        """
        outcome = self.run(variables, functions)
        if outcome.error:
            raise ExpressionError(outcome.error)
        return outcome.value


class Checked(NamedTuple):
    """What the compiler knows of an expression: its type, what is wrong, and the types within."""

    type: Type
    errors: tuple[str, ...]
    tree: Node | None
    checker: Checker | None

    @property
    def message(self) -> str:
        """All that is wrong, as the server says it."""
        return "\n".join(self.errors)


@lru_cache(maxsize=1024)
def compiled(text: str) -> Expression:
    """Returns an expression, compiled once a process.

    Raises:
        ExpressionError: it does not compile.
    """
    try:
        return Expression(text)
    except SyntaxProblem as problem:
        raise ExpressionError(_placed(text, problem.at, problem.why)) from None


def checked(text: str, environment: Environment) -> Checked:
    """Returns what the compiler says of a new expression."""
    try:
        tree = _tree(text, environment)
    except SyntaxProblem as problem:
        return Checked(ERROR, (_placed(text, problem.at, problem.why),), None, None)
    checker = Checker(environment)
    found = checker.check(tree)
    wrong = sorted(dict.fromkeys(checker.errors), key=lambda error: error[0])
    return Checked(found, tuple(_placed(text, at, why) for at, why in wrong[:MOST_ERRORS]), tree, checker)


def _tree(text: str, environment: Environment) -> Node:
    if len(text) > LONGEST:
        raise SyntaxProblem(-1, f"expression code point size exceeds limit: size: {len(text)}, limit {LONGEST}")
    return parse(text, environment.known)


def _placed(text: str, offset: int, message: str) -> str:
    if offset < 0:
        return f"ERROR: <input>:-1:0: {message}"
    before = text[:offset]
    line, column = before.count("\n") + 1, offset - (before.rfind("\n") + 1)
    shown = (text.split("\n") or [""])[line - 1]
    return f"ERROR: <input>:{line}:{column + 1}: {message}\n | {shown}\n | {'.' * column}^"
