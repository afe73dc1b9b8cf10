"""How commands run on a simulated machine: the protocol between containers (or nodes) and the shell language.

A process is data: its whole state is JSON and lives in the store while it waits, so it survives a restart.
The interpreter that brings it forward belongs to the terminal, which the cluster may not import; it is
handed to the cluster when that is made (`Cluster.create(..., interpreter=...)`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.files import FileSystem


@dataclass(frozen=True)
class ProcessInfo:
    """One line of `ps`: a process of a machine."""

    pid: int
    user: str
    started: float  # seconds since the epoch
    command: str


class Machine(Protocol):
    """Where a process runs: a container, a node, the learner's own computer."""

    @property
    def cluster(self) -> Cluster:
        """The cluster that it belongs to."""

    @property
    def hostname(self) -> str:
        """What `hostname` prints."""

    @property
    def files(self) -> FileSystem:
        """Its files, as its user sees them."""

    @property
    def env(self) -> Mapping[str, str]:
        """The environment that commands start with."""

    @property
    def user(self) -> str:
        """Its user's name, or the number where /etc/passwd has no name for it."""

    @property
    def cwd(self) -> str:
        """The directory that commands start in."""

    @property
    def place(self) -> Mapping[str, str]:
        """Who is talking on the network, as cluster.network takes it.

        {"kind": "container", "node", "namespace", "pod", "container"} or {"kind": "node", "node"}.
        """

    def now(self) -> float:
        """Returns the virtual time, in seconds since the epoch."""

    def find(self, command: str) -> str | None:
        """Returns the name of the tool that `command` (a name or a path) starts here, or None."""

    def names(self) -> Sequence[str]:
        """Returns the names of all tools that are installed here, for completion."""

    def processes(self) -> Sequence[ProcessInfo]:
        """Returns what runs here, in order of process ids."""

    def kill(self, pid: int, signal: str) -> bool:
        """Sends `signal` ("TERM", "KILL", "HUP" ...) to a process.

        Returns:
            False when there is no such process.
        """


@dataclass
class Progress:
    """What a process did in one go, and what it waits for now.

    Args:
        state: how to go on, JSON; None when the process has ended.
        stdout: what it wrote to standard output since the last time.
        stderr: what it wrote to standard error since the last time.
        code: its exit status when it has ended, else None.
        wake: when it wants to go on (a sleep, a time-out), in seconds since the epoch; None: not by time.
        reads: it waits for standard input.
        polls: it waits for something in the cluster to change, and is to be asked again after each change.
        ports: TCP ports on which it listens (nc -l, python -m http.server, httpd).
    """

    state: Object | None
    stdout: str = ""
    stderr: str = ""
    code: int | None = None
    wake: float | None = None
    reads: bool = False
    polls: bool = False
    ports: Sequence[int] = field(default_factory=tuple)


class Interpreter(Protocol):
    """Runs the shell language and its tools on any machine."""

    def knows(self, tool: str) -> bool:
        """Tells whether it can run the tool of that name."""

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
        """Starts `argv` and runs it until it ends or waits.

        Args:
            machine: where it runs; `machine.find(argv[0])` is known not to be None.
            argv: the command and its arguments, e.g. ["sh", "-c", "echo hi"].
            stdin: all of standard input; None where more may come (`exec -i`), "" where there is none.
            tty: a terminal is attached, so prompts are written and stdout and stderr are one.
            columns: the terminal's width in letters.
            pid: the number of its process; 1 for a container's first, which gets no signal that it has no handler for.
        """

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
        """Goes on with a process that waited.

        Args:
            machine: where it runs.
            state: what the last Progress gave.
            stdin: more standard input.
            end_of_input: no further input will come (Ctrl-D).
            signal: "INT", "TERM", "HUP" ... that arrived; a `trap` may handle it, process 1 without a trap ignores
                it, other processes end with 128 + its number.
            size: columns and rows that its terminal has from now on, where it has one.
        """
