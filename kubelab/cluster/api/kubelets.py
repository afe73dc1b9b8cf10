"""What the API server asks of kubelets: logs, commands in containers, streams to the ports of Pods.

None of that is an object, so it does not go through `handle`. The node side hands itself over
(`server.kubelets = ...`); the API knows nothing of nodes but this. Who may do it is asked first, as for any request.
Source: pkg/registry/core/pod/rest (LogREST, ExecREST, AttachREST, PortForwardREST); pod/strategy.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kubelab.cluster.api import errors
from kubelab.cluster.api.request import Request
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer


class StreamError(Exception):
    """A stream into a container did not come about or broke off; kubectl tells the text behind `error: `."""


class LogLine(NamedTuple):
    """A line of a log, or the part of one that was not read before.

    Args:
        time: seconds since the epoch.
        text: with the line's end, where it has one.
        starts: whether the line starts here.
    """

    time: float
    text: str
    starts: bool = True


@dataclass
class LogPart:
    """What was read of a log in one go.

    Args:
        position: what to go on reading from, as JSON.
        ended: nothing more will come.
        due: when the next line comes that is known already, in seconds since the epoch.
    """

    lines: list[LogLine]
    position: Object
    ended: bool
    due: float | None = None


@dataclass
class Output:
    """What a command in a container wrote since the last time."""

    stdout: str = ""
    stderr: str = ""


class Consumption(NamedTuple):
    """What a container, or a whole node, uses.

    Args:
        namespace, pod, container: which one; "" for the node.
        since: when it started, in seconds since the epoch.
        cpu: millicores, over the last full window of time.
        memory: bytes.
    """

    namespace: str
    pod: str
    container: str
    since: float
    cpu: float
    memory: float


class Process(Protocol):
    """A process in a container with which somebody speaks."""

    @property
    def state(self) -> Object:
        """What `Kubelets.process` finds it again by, as JSON."""

    @property
    def code(self) -> int | None:
        """Its exit status once it has ended."""

    @property
    def wake(self) -> float | None:
        """When it wants to be resumed, in seconds since the epoch; None: not by time."""

    @property
    def reads(self) -> bool:
        """Whether it waits for standard input."""

    @property
    def polls(self) -> bool:
        """Whether it waits for a change in the cluster."""

    @property
    def broken(self) -> bool:
        """Whether its container is gone, which its next `resume` will tell."""

    def resume(
        self,
        stdin: str = "",
        *,
        end_of_input: bool = False,
        signal: str | None = None,
        size: tuple[int, int] | None = None,
    ) -> Output:
        """Gives it input, or time, or a signal, or its terminal another size.

        Args:
            size: columns and rows.

        Raises:
            StreamError: the stream broke off.
        """


class Kubelets(Protocol):
    """The kubelets of all nodes, as the API server reaches them."""

    def read_log(self, pod: Object, container: str, *, previous: bool, position: Object | None) -> LogPart:
        """Reads a container's log, from its beginning or from where the last part ended.

        Raises:
            ApiError: the kubelet refuses, or cannot be reached.
        """

    def execute(
        self, pod: Object, container: str, argv: Sequence[str], *, stdin: bool, tty: bool, columns: int
    ) -> tuple[Process, Output]:
        """Starts a command in a container.

        Raises:
            StreamError: it could not be started.
        """

    def attach(self, pod: Object, container: str) -> Process:
        """Speaks with a container's first process from now on.

        Raises:
            StreamError: there is none.
        """

    def process(self, state: Object) -> Process:
        """Returns a process by its state."""

    def usage(self, node: str) -> tuple[Consumption, list[Consumption]] | None:
        """Tells what a node and the running containers on it use; None where its kubelet does not answer."""

    def reach(self, pod: Object) -> None:
        """Makes sure that the kubelet of a Pod can be reached.

        Raises:
            StreamError: it cannot.
        """


def read_log(server: ApiServer, request: Request, position: Object | None = None) -> LogPart:
    """Reads a log as `GET pods/NAME/log` asks; `container` and `previous` are among the request's options.

    Returns:
        The lines; none for a Pod without a node, as in life.

    Raises:
        ApiError: there is no such Pod or container, or the kubelet refuses.
    """
    server.authorizer.check(request)
    pod = server.get(request.kind, request.key)
    container = container_of(pod, request.options.get("container", ""))
    if not pod["spec"].get("nodeName"):
        return LogPart([], {}, True)
    previous = request.options.get("previous") in ("true", "1")
    return server.kubelets.read_log(pod, container, previous=previous, position=position)


def execute(
    server: ApiServer, request: Request, argv: Sequence[str], *, stdin: bool, tty: bool, columns: int
) -> tuple[Process, Output]:
    """Starts a command as `pods/NAME/exec` asks.

    Raises:
        ApiError: there is no such Pod or container.
        StreamError: the command could not be started.
    """
    pod, container = _entered(server, request)
    return server.kubelets.execute(pod, container, argv, stdin=stdin, tty=tty, columns=columns)


def attach(server: ApiServer, request: Request) -> Process:
    """Speaks with a container's first process as `pods/NAME/attach` asks.

    Raises:
        ApiError: there is no such Pod or container.
        StreamError: it does not run.
    """
    return server.kubelets.attach(*_entered(server, request))


def forward(server: ApiServer, request: Request) -> Object:
    """Opens a stream to a Pod's ports as `pods/NAME/portforward` asks; returns the Pod.

    Raises:
        ApiError: there is no such Pod.
        StreamError: its kubelet cannot be reached.
    """
    server.authorizer.check(request)
    pod = _bound(server, request)
    server.kubelets.reach(pod)
    return pod


def check(server: ApiServer, request: Request) -> None:
    """Makes sure of what can be known before a stream is opened, as exec, attach and portforward do.

    Raises:
        ApiError: the user may not, or there is no such Pod or container.
    """
    if request.subresource == "portforward":
        server.authorizer.check(request)
        _bound(server, request)
    else:
        _entered(server, request)


def _entered(server: ApiServer, request: Request) -> tuple[Object, str]:
    server.authorizer.check(request)
    pod = server.get(request.kind, request.key)
    container = container_of(pod, request.options.get("container", ""))
    return _bound(server, request), container


def _bound(server: ApiServer, request: Request) -> Object:
    pod = server.get(request.kind, request.key)
    if not pod["spec"].get("nodeName"):
        raise errors.BadRequest(f"pod {request.name} does not have a host assigned")
    return pod


def container_of(pod: Object, asked: str) -> str:
    """Returns the name of the container that is meant.

    Raises:
        BadRequest: none is named where there are several, or one that does not exist.
    """
    spec, name = pod["spec"], pod["metadata"]["name"]
    apps = _names(spec["containers"])
    if asked:
        others = _names([*(spec.get("initContainers") or ()), *(spec.get("ephemeralContainers") or ())])
        if asked not in (*apps, *others):
            raise errors.BadRequest(f"container {asked} is not valid for pod {name}")
        return asked
    inits = _names(spec.get("initContainers") or ())
    if len(apps) == 1 and not inits:
        return apps[0]
    message = f"a container name must be specified for pod {name}, choose one of: [{' '.join(apps)}]"
    if inits:
        message += f" or one of the init containers: [{' '.join(inits)}]"
    raise errors.BadRequest(message)


def _names(containers: Iterable[Object]) -> list[str]:
    return [container["name"] for container in containers]


class NoKubelets:
    """Stands in before nodes have handed themselves over."""

    def read_log(self, pod: Object, container: str, *, previous: bool, position: Object | None) -> LogPart:
        """Reaches nobody."""
        raise errors.InternalError("there are no kubelets")

    def execute(
        self, pod: Object, container: str, argv: Sequence[str], *, stdin: bool, tty: bool, columns: int
    ) -> tuple[Process, Output]:
        """Reaches nobody."""
        raise StreamError("there are no kubelets")

    def attach(self, pod: Object, container: str) -> Process:
        """Reaches nobody."""
        raise StreamError("there are no kubelets")

    def process(self, state: Object) -> Process:
        """Reaches nobody."""
        raise StreamError("there are no kubelets")

    def usage(self, node: str) -> tuple[Consumption, list[Consumption]] | None:
        """Reaches nobody."""
        return None

    def reach(self, pod: Object) -> None:
        """Reaches nobody."""
        raise StreamError("there are no kubelets")
