"""awk programs as they were read, and which of their functions' parameters are arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Tree = tuple[Any, ...]


@dataclass
class Function:
    """A function of the program."""

    name: str
    parameters: list[str]
    body: Tree = ("block", [])
    arrays: set[str] = field(default_factory=set)  # parameters that are arrays


@dataclass
class Program:
    """A program that was read. A rule is (pattern, action); a pattern None, a tree, or ("range", from, to)."""

    begins: list[Tree] = field(default_factory=list)
    rules: list[tuple[Tree | None, Tree | None]] = field(default_factory=list)
    ends: list[Tree] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)
    reads: bool = False  # it has a getline of the main input


def _trees(tree: Any) -> Iterator[Tree]:
    """Yields all trees in a tree."""
    if isinstance(tree, tuple):
        yield tree
        for part in tree:
            yield from _trees(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _trees(part)


def find_arrays(program: Program) -> None:
    """Finds out which parameters of functions are arrays."""
    changed = True
    while changed:
        changed = False
        for function in program.functions.values():
            for tree in _trees(function.body):
                for name in _arrays_in(tree, program):
                    if name in function.parameters and name not in function.arrays:
                        function.arrays.add(name)
                        changed = True


def _arrays_in(tree: Tree, program: Program) -> Iterator[str]:
    kind = tree[0] if tree else None
    if kind in ("index", "delete"):
        yield tree[1]
    elif kind == "in" or kind == "for in":
        yield tree[2]
    elif kind == "builtin" and tree[1] == "split" and len(tree[2]) > 1 and tree[2][1][0] == "variable":
        yield tree[2][1][1]
    elif kind == "call" and tree[1] in program.functions:
        called = program.functions[tree[1]]
        for argument, parameter in zip(tree[2], called.parameters, strict=False):
            if argument[0] == "variable" and parameter in called.arrays:
                yield argument[1]
