"""Looks whether all functions and variables of a filter are there before it is run, as jq does."""

from __future__ import annotations

from typing import Any

from kubelab.terminal.jq.evaluator import names_in
from kubelab.terminal.jq.natives import NATIVES, SCOPE
from kubelab.terminal.jq.parser import JqFault, Tree

Known = frozenset[Any]


def check(tree: Tree, variables: set[str]) -> None:
    """Checks a filter.

    Raises:
        JqFault: naming what is not defined.
    """
    _check(tree, frozenset((*NATIVES, *SCOPE.functions)), frozenset((*variables, "$ENV", "$__loc__")))


def _check(tree: Any, functions: Known, variables: Known) -> None:
    if isinstance(tree, list):
        for part in tree:
            _check(part, functions, variables)
        return
    if not isinstance(tree, tuple) or not tree:
        return
    kind = tree[0]
    if kind == "variable":
        if tree[1] not in variables:
            raise JqFault(f"{tree[1]} is not defined")
    elif kind == "call":
        if (tree[1], len(tree[2])) not in functions:
            raise JqFault(f"{tree[1]}/{len(tree[2])} is not defined")
        _check(tree[2], functions, variables)
    elif kind == "def":
        _check_definition(tree, functions, variables)
    elif kind in ("as", "reduce", "foreach"):
        _check(tree[1], functions, variables)
        names = {name for pattern in tree[2] for name in names_in(pattern)}
        for part in tree[3:] if kind == "as" else tree[4:]:
            _check(part, functions, variables | names)
        if kind != "as":
            _check(tree[3], functions, variables)
    elif kind == "label":
        _check(tree[2], functions, variables | {"*" + tree[1]})
    elif kind == "break":
        if "*" + tree[1] not in variables:
            raise JqFault(f"$*label-{tree[1][1:]} is not defined")
    elif kind != "literal":
        for part in tree[1:] if isinstance(kind, str) else tree:
            _check(part, functions, variables)


def _check_definition(tree: Tree, functions: Known, variables: Known) -> None:
    name, parameters, body = tree[1]
    key = (name, len(parameters))
    inner = {(parameter.removeprefix("$"), 0) for parameter in parameters}
    values = {parameter for parameter in parameters if parameter.startswith("$")}
    _check(body, functions | {key} | inner, variables | values)
    _check(tree[2], functions | {key}, variables)
