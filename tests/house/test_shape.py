"""The code keeps the shape that CONTRIBUTING.md promises. What tools check (ruff, mypy, import-linter) is not here."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 500
LONGEST_FUNCTION = 60
FOR_LATER = ("TODO", "FIXME", "XXX")


@cache
def python() -> dict[str, str]:
    """Return the text of each module by its path, without those that hold nothing and those that Django makes."""
    return {path: text for path, text in texts("kubelab", "*.py") if "/migrations/" not in path and text.strip()}


def texts(folder: str, names: str) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / folder).rglob(names)):
        yield str(path.relative_to(ROOT)), path.read_text()


@cache
def docstrings_and_functions() -> tuple[dict[str, str | None], dict[str, int]]:
    """Return each module's docstring, and how many lines each function has."""
    docstrings, lengths = {}, {}
    for path, text in python().items():
        tree = ast.parse(text)
        docstrings[path] = ast.get_docstring(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths[f"{path}:{node.lineno} {node.name}"] = (node.end_lineno or 0) - node.lineno + 1
    return docstrings, lengths


def test_a_file_says_what_it_is():
    docstrings, _ = docstrings_and_functions()
    assert [path for path, docstring in docstrings.items() if not docstring] == [], "begin without a docstring"


def test_a_file_holds_one_idea():
    scripts = dict(texts("frontend", "*.*js"))
    assert scripts and len(python()) > 500, "these are all of them"
    lengths = {path: len(text.splitlines()) for path, text in {**python(), **scripts}.items()}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_a_function_is_read_without_scrolling():
    _, lengths = docstrings_and_functions()
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_nothing_is_left_for_later():
    assert [path for path, text in python().items() if any(word in text for word in FOR_LATER)] == []
