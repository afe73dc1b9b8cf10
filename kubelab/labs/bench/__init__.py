"""The figures of `manage.py bench`, one module a bench, found by discovery: here, and in other apps' `bench`.

A module has TARGETS (figure -> what it should reach), and `run(size)` that yields figures; `size` is 1 for the real
thing, less for a quick look. Each runs in a process of its own, on one core, with a database of its own.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import NamedTuple

from django.apps import apps


class Figure(NamedTuple):
    """One measured number."""

    name: str
    value: float
    unit: str


def benches() -> dict[str, ModuleType]:
    """Return the benches by their names: those of this package, and of each app's own `bench`."""
    found = dict(_in(__name__))
    for app in apps.get_app_configs():
        if app.name.startswith("kubelab.") and importlib.util.find_spec(f"{app.name}.bench") is not None:
            found.update(_in(f"{app.name}.bench"))
    return dict(sorted(found.items()))


def _in(package: str) -> Iterator[tuple[str, ModuleType]]:
    path = importlib.import_module(package).__path__
    for name in sorted(module.name for module in pkgutil.iter_modules(path)):
        if not name.startswith("_"):
            yield name.rstrip("_"), importlib.import_module(f"{package}.{name}")  # class_, a word of Python's


def figures(name: str, size: float) -> Iterator[Figure]:
    """Run a bench here and now."""
    yield from benches()[name].run(size)
