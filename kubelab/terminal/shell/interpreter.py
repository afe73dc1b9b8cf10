"""What runs commands in containers and on nodes: the cluster's `Interpreter` (cluster/node/process.py).

A process lives in a kernel of its own, which is made for each go and written as JSON at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.node.process import Progress
from kubelab.cluster.objects import Object
from kubelab.terminal.shell.flavour import SHELLS
from kubelab.terminal.shell.kernel import Kernel
from kubelab.terminal.shell.saving import restore, save
from kubelab.terminal.shell.tty import Tty
from kubelab.terminal.tool import find_tool

if TYPE_CHECKING:
    from kubelab.cluster.node.process import Machine

BUDGET = 20_000  # instructions of one go
# A process that wants more has them a virtual second later; one that never waits more and more rarely.
BUSY, RAREST = 1.0, 32.0


class ShellInterpreter:
    """Runs the shell language and its tools on any machine."""

    def knows(self, tool: str) -> bool:
        """Tells whether it can run the tool of that name."""
        return tool in SHELLS or find_tool(tool) is not None

    def start(
        self,
        machine: Machine,
        argv: Sequence[str],
        *,
        stdin: str | None = None,
        tty: bool = False,
        columns: int = 80,
        pid: int = 1,
    ) -> Progress:
        """Starts `argv` and runs it until it ends or waits. See `Interpreter.start`."""
        kernel = Kernel(machine, tty=Tty(columns) if tty else None, columns=columns, first_pid=pid)
        kernel.first(list(argv), stdin, init=pid == 1)
        return _go(kernel, pid)

    def resume(
        self,
        machine: Machine,
        state: Object,
        *,
        stdin: str = "",
        end_of_input: bool = False,
        signal: str | None = None,
        size: tuple[int, int] | None = None,
    ) -> Progress:
        """Goes on with a process that waited. See `Interpreter.resume`."""
        tty = Tty.restored(state["tty"]) if "tty" in state else None
        if tty is not None and size is not None:
            tty.resize(*size)
        kernel = restore(machine, state["kernel"], tty=tty)
        pid: int = state["pid"]
        if signal is not None:
            kernel.signal(pid, signal)
        if tty is None:
            kernel.feed(stdin, end=end_of_input)
            return _go(kernel, pid, state.get("busy", 0.0))
        keys = stdin + ("\x04" if end_of_input else "")
        progress = _go(kernel, pid, state.get("busy", 0.0))
        while keys and progress.code is None:
            keys = tty.feed(keys)
            kernel.take_signals()
            following = _go(kernel, pid)
            following.stdout = progress.stdout + following.stdout
            progress = following
        return progress


def _go(kernel: Kernel, pid: int, busy: float = 0.0) -> Progress:
    """Brings a process forward; tells what it did and what it waits for.

    Args:
        busy: virtual seconds since it was last stopped in the midst of its work; 0 when it waited.
    """
    kernel.poked = True
    left = kernel.run(BUDGET)
    stdout = kernel.tty.take_output() if kernel.tty is not None else "".join(kernel.out)
    stderr = "".join(kernel.err)
    if pid not in kernel.tasks:
        return Progress(None, stdout, stderr, code=kernel.exits.get(pid, 0))
    state: Object = {"pid": pid, "kernel": save(kernel)}
    if kernel.tty is not None:
        state["tty"] = kernel.tty.saved()
    wake = kernel.wake()
    if left <= 0:
        state["busy"] = min(2 * busy, RAREST) or BUSY
        wake = kernel.machine.now() + state["busy"]
    return Progress(state, stdout, stderr, wake=wake, reads=kernel.reads(), polls=kernel.polls(), ports=kernel.ports())


INTERPRETER = ShellInterpreter()
