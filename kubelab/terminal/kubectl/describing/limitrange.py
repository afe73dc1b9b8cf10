"""kubectl describe limitrange, and the limits of a namespace."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.metadata import head

_COLUMNS = ("Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio")
_VALUES = ("min", "max", "defaultRequest", "default", "maxLimitRequestRatio")


def describe(out: Description, limitrange: Object) -> None:
    """Writes the description of a LimitRange."""
    head(out, limitrange)
    out.header(_COLUMNS, 0)
    _limits(out, limitrange, "")


def limits_of_namespace(out: Description, limitranges: Sequence[Object]) -> None:
    """Writes all LimitRanges of a namespace as one table."""
    if not limitranges:
        out.put("No LimitRange resource.\n")
        return
    out.put("Resource Limits\n")
    out.row((f" {_COLUMNS[0]}", *_COLUMNS[1:]), 0)
    out.row([f"{' ' if not at else ''}{'-' * len(name)}" for at, name in enumerate(_COLUMNS)], 0)
    for limitrange in limitranges:
        _limits(out, limitrange, " ")


def _limits(out: Description, limitrange: Object, prefix: str) -> None:
    for limit in (limitrange.get("spec") or {}).get("limits") or ():
        # The real one goes through a map here, in no order that could be told.
        for resource in sorted({resource for name in _VALUES for resource in limit.get(name) or {}}):
            values = [str((limit.get(name) or {}).get(resource, "-")) for name in _VALUES]
            out.row((f"{prefix}{limit['type']}", resource, *values), 0)


DESCRIBERS = {"LimitRange": describe}
