"""kubectl describe: what is told of one object, kind by kind, in the layout of kubectl/pkg/describe/describe.go.

A kind's file gives its describers in a `DESCRIBERS` dict by the kind's name; kinds without one are described by
`generic`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing import generic
from kubelab.terminal.kubectl.describing.description import Description

Describe = Callable[[Description, Object], None]


@cache
def describers() -> dict[str, Describe]:
    """Returns what describes a kind, by the kind's name."""
    found: dict[str, Describe] = {}
    for module in pkgutil.iter_modules(__path__):
        content = importlib.import_module(f"{__name__}.{module.name}")
        found.update(getattr(content, "DESCRIBERS", {}))
    return found


def describer_of(kind: Kind) -> Describe:
    """Returns what describes the objects of a kind."""
    if kind.group and not kind.group.endswith(_BUILT_IN):
        return generic.describe  # a custom resource may have any name
    return describers().get(kind.name, generic.describe)


_BUILT_IN = ("apps", "batch", "policy", "autoscaling", ".k8s.io")
