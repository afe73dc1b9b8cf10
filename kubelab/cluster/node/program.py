"""What a container runs: a program with a start-up, listening ports, answers, log lines and an end.

An image's file makes programs from these parts. A program keeps no state of its own: what it does follows
from its container's configuration and files, so a server that runs for ever costs nothing while nobody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubelab.cluster.node import serving
from kubelab.cluster.sockets import HttpReply, HttpRequest, Reply, Request, TextReply

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container


@dataclass(frozen=True)
class Life:
    """What becomes of a program that starts.

    Args:
        seconds: how long it runs, None for ever.
        code: its exit status when it ends by itself.
        reason: "OOMKilled" where the kernel ends it; "" for what follows from the code.
    """

    seconds: float | None = None
    code: int = 0
    reason: str = ""


FOREVER = Life()


@dataclass(frozen=True)
class Line:
    """A line of a container's log.

    Args:
        after: seconds since the container's start.
        text: without the line's end.
        stream: "stdout" or "stderr".
    """

    after: float
    text: str
    stream: str = "stdout"


@dataclass(frozen=True)
class Load:
    """What a program takes of its machine.

    Args:
        cpu: millicores.
        memory: bytes.
    """

    cpu: float = 0.0
    memory: float = 0.0


NO_LOAD = Load()


@dataclass(frozen=True)
class Stop:
    """How a program answers a signal.

    Args:
        seconds: how long it takes to end.
        code: its exit status.
        lines: what it writes to its log on the way, `after` counted from the signal.
    """

    seconds: float
    code: int
    lines: Sequence[Line] = ()


QUICK = Stop(0.05, 0)


class Program:
    """A server that runs for ever, says nothing and listens nowhere; the others override what they do.

    Args:
        ports: TCP ports on which it listens.
        process: the name by which `cluster.processes` knows it, "" for none.
        stop: what it does on its stop signal; None where it ignores it and waits to be killed.
        ready: seconds after its start from which it listens.

    Attributes:
        steady: once it answers health checks well, it does so until it ends, whatever happens around it.
    """

    steady = False

    def __init__(
        self, *, ports: Sequence[int] = (), process: str = "", stop: Stop | None = QUICK, ready: float = 0.05
    ) -> None:
        self.ports = tuple(ports)
        self.process = process
        self.stop = stop
        self.ready = ready

    def begin(self, container: Container) -> Life:
        """Decides at its start what becomes of it."""
        return FOREVER

    def listens(self, container: Container) -> Sequence[int]:
        """Returns the TCP ports on which it listens once it is ready."""
        return self.ports

    def listens_udp(self, container: Container) -> Sequence[int]:
        """Returns the UDP ports on which it listens."""
        return ()

    def speaks(self, port: int) -> str:
        """Returns what it understands on a port: "http", "https", "dns" or "text"."""
        return "http"

    def health(self, container: Container, port: int) -> str:
        """Returns what the gRPC health service on a port answers, "SERVING" for well; "" where there is none."""
        return ""

    def certificate(self, container: Container, port: int, name: str) -> str:
        """Returns the certificate (PEM) that it shows to a client that asks for a name; "" for one of the cluster's."""
        return ""

    def processes(self, container: Container) -> Sequence[tuple[int, str, str]]:
        """Returns its processes as pid, user ("" for the container's) and command line."""
        return ((1, "", " ".join(container.argv)),)

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns what it writes by itself, whatever is asked of it."""
        return ()

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Answers a request that reached one of its ports."""
        return HttpReply(body="") if isinstance(request, HttpRequest) else TextReply("")

    def load(self, container: Container) -> Load:
        """Returns what it takes by itself beyond what its like take at rest (usage.py), whatever is asked of it."""
        return NO_LOAD

    def on_signal(self, container: Container, signal: str) -> Stop | None:
        """Returns how it ends on a signal, None where it does not."""
        return self.stop


class Command(Program):
    """A command that the shell language's interpreter runs: `sh -c ...`, `sleep`, `tail -f`.

    As process 1 of its namespace it gets no signal that it has no handler for, so it waits to be killed.
    """

    def __init__(self) -> None:
        super().__init__(stop=None)

    def answer(self, container: Container, port: int, request: Request) -> Reply:
        """Answers with what the command said that it serves."""
        return serving.answer(container, port, request)


class OneShot(Program):
    """A program that writes some lines and ends."""

    def __init__(self, lines: Sequence[str], *, code: int = 0, seconds: float = 0.1, stream: str = "stdout") -> None:
        super().__init__()
        self._lines = tuple(Line(0.02, text, stream) for text in lines)
        self._life = Life(seconds, code)

    def begin(self, container: Container) -> Life:
        return self._life

    def started_log(self, container: Container) -> Sequence[Line]:
        return self._lines
