"""The code keeps the shape that CONTRIBUTING.md promises. What tools check (ruff, mypy, import-linter) is not here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 500
LONGEST_FUNCTION = 60

PYTHON = sorted(
    path for path in (ROOT / "kubelab").rglob("*.py") if "migrations" not in path.parts and path.read_text().strip()
)
SCRIPTS = sorted(path for path in (ROOT / "frontend").rglob("*.*js"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_a_file_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text())), "begins without a docstring"


@pytest.mark.parametrize("path", [*PYTHON, *SCRIPTS], ids=name_of)
def test_a_file_holds_one_idea(path):
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_a_function_is_read_without_scrolling(path):
    tree = ast.parse(path.read_text())
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(tree) if f.end_lineno - f.lineno >= LONGEST_FUNCTION}
    assert not long


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_nothing_is_left_for_later(path):
    assert not any(word in path.read_text() for word in ("TODO", "FIXME", "XXX"))
