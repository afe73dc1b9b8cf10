"""Finds the parts of a cluster by looking into their packages, so that adding one means adding its file."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from kubelab.cluster.component import Component

PACKAGES = (
    "kubelab.cluster.api",
    "kubelab.cluster.controllers",
    "kubelab.cluster.scheduler",
    "kubelab.cluster.node",
    "kubelab.cluster.network",
    "kubelab.cluster.autoscaler",
)


@cache
def components() -> tuple[type[Component], ...]:
    """Returns every component class that has a name, in the order of packages and files."""
    for package in PACKAGES:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{module.name}")
    found = [part for part in _subclasses(Component) if part.name]
    return tuple(sorted(found, key=lambda part: (_rank(part.__module__), part.__module__, part.name)))


def _subclasses(base: type[Component]) -> list[type[Component]]:
    classes: dict[type[Component], None] = {}
    for part in base.__subclasses__():
        classes[part] = None
        classes.update(dict.fromkeys(_subclasses(part)))
    return list(classes)


def _rank(module: str) -> int:
    return next((rank for rank, package in enumerate(PACKAGES) if module.startswith(package)), len(PACKAGES))
