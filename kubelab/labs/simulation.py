"""The parts of the simulation that clusters need from above: the shell that runs in containers."""

from kubelab.cluster.node.process import Interpreter


def interpreter() -> Interpreter:
    """Return what runs `sh` in containers."""
    from kubelab.terminal.shell import INTERPRETER

    return INTERPRETER
