"""The figures of `manage.py bench`, one module a bench, found by discovery.

A module has TARGETS (figure -> what it should reach), and `run(size)` that yields figures; `size` is 1 for the real
thing, less for a quick look. Each runs in a process of its own, on one core, with a database of its own.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import NamedTuple


class Figure(NamedTuple):
    """One measured number."""

    name: str
    value: float
    unit: str


def benches() -> dict[str, ModuleType]:
    """Return the benches by their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names if not name.startswith("_")}


def figures(name: str, size: float) -> Iterator[Figure]:
    """Run a bench here and now."""
    yield from benches()[name].run(size)
