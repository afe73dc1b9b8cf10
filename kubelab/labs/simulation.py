"""The parts of the simulation that clusters need from above: the shell that runs in containers, and the terminal."""

from typing import TYPE_CHECKING, Any

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.node.process import Interpreter

if TYPE_CHECKING:
    from kubelab.terminal.lines import LineShell
    from kubelab.terminal.session import Terminal
    from kubelab.terminal.workstation import Workstation


def interpreter() -> Interpreter:
    """Return what runs `sh` in containers."""
    from kubelab.terminal.shell import INTERPRETER

    return INTERPRETER


def terminal(cluster: Cluster, state: dict[str, Any] | None = None, columns: int = 80, rows: int = 24) -> "Terminal":
    """Return a lab's terminal: as it was kept, or a new one where nothing was."""
    from kubelab.terminal.session import Terminal

    return Terminal(cluster, state, columns, rows)


def workstation(cluster: Cluster) -> "Workstation":
    """Return the learner's computer, for a look at its files."""
    from kubelab.terminal.workstation import Workstation

    return Workstation(cluster)


def line_shell(cluster: Cluster) -> "LineShell":
    """Return a shell on the learner's computer that is given whole lines and leaves no trace in the terminal."""
    from kubelab.terminal.lines import LineShell

    return LineShell(cluster)
