"""Other machines that a kernel's processes run on: those one logs in to, and those that a tool leads to.

@way_out
def to_node(machine, name, kernel): return NodeMachine(machine.cluster, name, kernel)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from kubelab.terminal.tool import tool_names

if TYPE_CHECKING:
    from kubelab.cluster.node.process import Machine
    from kubelab.terminal.shell.kernel import Kernel

Way = Callable[["Machine", str, "Kernel"], "Machine | None"]
_ways: list[Way] = []


@runtime_checkable
class Entrance(Protocol):
    """A machine from which one logs in to others."""

    def neighbour(self, name: str, kernel: Kernel) -> Machine:
        """Returns another machine, as one sees it who logged in there."""


def way_out(way: Way) -> Way:
    """Lets a function tell which machine is reached from one that nobody logs in from; None where it does not know."""
    _ways.append(way)
    return way


def neighbour(machine: Machine, name: str, kernel: Kernel) -> Machine:
    """Returns the machine of a name, as it is seen from another.

    Raises:
        LookupError: from there one reaches none of that name.
    """
    if isinstance(machine, Entrance):
        return machine.neighbour(name, kernel)
    tool_names()  # so that all ways are known
    for way in _ways:
        found = way(machine, name, kernel)
        if found is not None:
            return found
    raise LookupError(name)
