"""The doors into containers for everybody else: exec, and reading logs.

`kubectl exec` and `kubectl logs` reach a container through the API server and its kubelet; these are their ends.
Error texts are the kubelet's and containerd's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.kinds import Pod
from kubelab.cluster.node import idle, logs, runtime
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.execution import process_id
from kubelab.cluster.node.host import DISTRUSTS, is_cut_off
from kubelab.cluster.node.kubelet import Kubelet
from kubelab.cluster.node.logs import Entry
from kubelab.cluster.node.process import Progress
from kubelab.cluster.node.record import RECORDS, attempt, container_key, is_running
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.nodeview import NodeView

NEVER = 1e9  # seconds: a command that waits for nothing


class EntryError(Exception):
    """Why a container could not be entered or read; `code` is the exit status that kubectl ends with."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def _kubelet(cluster: Cluster) -> Kubelet:
    kubelet = cluster.components["kubelet"]
    if not isinstance(kubelet, Kubelet):
        raise TypeError("the cluster has no kubelets")
    return kubelet


def _pod(cluster: Cluster, key: Key) -> Object:
    pod = cluster.store.get(Pod.path(key))
    if pod is None:
        raise EntryError(f'pods "{key.name}" not found')
    if not pod["spec"].get("nodeName"):
        raise EntryError(f"pod {key.name} does not have a host assigned")
    return pod


def dial(cluster: Cluster, pod: Object) -> None:
    """Reaches the kubelet, as the API server does."""
    node = pod["spec"]["nodeName"]
    view = _kubelet(cluster).view(node)
    if view is not None and view.powered and DISTRUSTS in view.record:
        raise EntryError("the server has asked for the client to provide credentials")
    if view is None or not view.powered or is_cut_off(view.record):
        where = view.ip if view else node
        raise EntryError(f"error dialing backend: dial tcp {where}:10250: connect: no route to host")
    if not view.speaks:
        raise EntryError(f"error dialing backend: dial tcp {view.ip}:10250: connect: connection refused")


def container(cluster: Cluster, namespace: str, pod: str, name: str) -> Container | None:
    """Returns a container as commands see it, None where its node has none of that name."""
    obj = cluster.store.get(Pod.path(Key(namespace, pod)))
    if obj is None or not obj["spec"].get("nodeName"):
        return None
    views = _kubelet(cluster).containers(obj["spec"]["nodeName"], namespace, pod)
    return next((view for view in views if view.name == name), None)


def node_of(cluster: Cluster, name: str) -> NodeView | None:
    """Returns a node as its kubelet sees it, None where there is no such machine."""
    return _kubelet(cluster).view(name)


def containers_on(cluster: Cluster, node: str) -> Iterator[Container]:
    """Yields the containers of all Pods that a node runs."""
    kubelet = _kubelet(cluster)
    prefix = f"{RECORDS}{node}/"
    for path, _ in list(cluster.store.items(prefix)):
        namespace, _, name = path.removeprefix(prefix).partition("/")
        yield from kubelet.containers(node, namespace, name)


# exec


class Execution:
    """A command that runs in a container beside its first process (`kubectl exec`).

    Attributes:
        code: its exit status once it has ended, else None.
    """

    def __init__(self, cluster: Cluster, state: Object) -> None:
        self.cluster = cluster
        self._state = state
        self.code: int | None = state.get("code")

    @property
    def state(self) -> Object:
        """What `Execution(cluster, state)` goes on from, as JSON."""
        return self._state

    @property
    def wake(self) -> float | None:
        """When it wants to be resumed, in seconds since the epoch; None: not by time."""
        wake: float | None = self._state.get("wake")
        return wake

    @property
    def reads(self) -> bool:
        """Whether it waits for standard input."""
        return bool(self._state.get("reads"))

    @property
    def polls(self) -> bool:
        """Whether it waits for a change in the cluster."""
        return bool(self._state.get("polls"))

    def view(self) -> Container | None:
        """Returns the container that it runs in, None when that has ended or was replaced."""
        where = self._state
        view = container(self.cluster, where["namespace"], where["pod"], where["container"])
        if view is None or view.uid != where["uid"] or view.attempt != where["attempt"]:
            return None
        return view if is_running(view.state, self.cluster.clock.now) else None

    def resume(
        self,
        stdin: str = "",
        *,
        end_of_input: bool = False,
        signal: str | None = None,
        size: tuple[int, int] | None = None,
    ) -> Progress:
        """Goes on with the command; it is killed with its container.

        Args:
            size: columns and rows that its terminal has from now on.

        Returns:
            What it wrote since the last time, and its exit status once it has ended.
        """
        view = self.view()
        if view is None:
            return self._took(Progress(None, code=runtime.KILLED))
        if "process" not in self._state:
            return self._slept(signal)
        interpreter = self.cluster.interpreter
        if interpreter is None:
            return self._took(Progress(None, code=0))
        state = self._state["process"]
        progress = interpreter.resume(view, state, stdin=stdin, end_of_input=end_of_input, signal=signal, size=size)
        return self._took(progress)

    def _slept(self, signal: str | None) -> Progress:
        if signal is not None:
            return self._took(Progress(None, code=130 if signal == "INT" else 143))
        wake = self.wake
        ended = wake is not None and wake <= self.cluster.clock.now
        return self._took(Progress(None, code=0)) if ended else Progress(self._state, wake=wake)

    def _took(self, progress: Progress) -> Progress:
        kept = {field: self._state[field] for field in ("namespace", "pod", "container", "uid", "attempt")}
        if progress.code is not None:
            self._state, self.code = {**kept, "code": progress.code}, progress.code
        else:
            self._state = {**kept, "process": progress.state, "wake": progress.wake}
            self._state.update(reads=progress.reads, polls=progress.polls)
        return progress


def exec(  # the command's own name
    cluster: Cluster,
    namespace: str,
    pod: str,
    name: str,
    argv: Sequence[str],
    *,
    stdin: str | None = "",
    tty: bool = False,
    columns: int = 80,
) -> tuple[Execution, Progress]:
    """Starts a command in a container.

    Args:
        name: the container's name.
        stdin: all of standard input; None where more may come (`-i`), "" where there is none.

    Returns:
        The command, to be resumed while `code` is None, and what it did so far.

    Raises:
        EntryError: with what kubectl shows behind "error: ", and its exit status.
    """
    view = entered(cluster, namespace, pod, name)
    if not view.node.runtime_runs:
        raise EntryError('Internal error occurred: error sending request: Post "http://127.0.0.1/": connection refused')
    command = view.command_line(argv)
    if command is None:
        number = cluster.random.hex(64, "exec", view.uid, cluster.clock.now)
        raise EntryError(
            "Internal error occurred: Internal error occurred: error executing command in container: failed to exec in "
            f'container: failed to start exec "{number}": OCI runtime exec failed: exec failed: '
            f"unable to start container process: {view.why_not(argv[0])}: unknown"
        )
    where: Object = {"namespace": namespace, "pod": pod, "container": name, "uid": view.uid, "attempt": view.attempt}
    life = idle.life_of(argv)
    if life is not None or cluster.interpreter is None:
        wake = cluster.clock.now + (NEVER if life is None or life.seconds is None else life.seconds)
        execution = Execution(cluster, {**where, "wake": wake})
        return execution, Progress({}, wake=wake)
    execution = Execution(cluster, where)
    pid = process_id(view)
    progress = cluster.interpreter.start(view, command, stdin=stdin, tty=tty, columns=columns, pid=pid)
    return execution, execution._took(progress)


def _cannot_enter(pod: Object, name: str) -> str:
    phase = (pod.get("status") or {}).get("phase")
    if phase in ("Succeeded", "Failed"):
        return f"cannot exec into a container in a completed pod; current phase is {phase}"
    return f'Internal error occurred: unable to upgrade connection: container not found ("{name}")'


# logs and first processes


def log_of(cluster: Cluster, namespace: str, pod: str, name: str, *, previous: bool = False) -> Container:
    """Returns the container, in the attempt whose log is asked for.

    Args:
        previous: the attempt before the last restart.

    Raises:
        EntryError: with the kubelet's words (kubectl puts `Error from server (BadRequest): ` before them).
    """
    obj = _pod(cluster, Key(namespace, pod))
    dial(cluster, obj)
    view = container(cluster, namespace, pod, name)
    if previous:
        return _previous(view, pod, name)
    if view is None or "started" not in view.state:
        waiting = (_status(obj, name).get("state") or {}).get("waiting") or {}
        reason = waiting.get("reason", "ContainerCreating")
        words = _pull_words(reason) if reason in ("ErrImagePull", "ImagePullBackOff") else reason
        raise EntryError(f'container "{name}" in pod "{pod}" is waiting to start: {words}')
    return view


def read_log(cluster: Cluster, namespace: str, pod: str, name: str, *, previous: bool = False) -> list[Entry]:
    """Returns a container's log, oldest line first. Args and errors are those of `log_of`."""
    view = log_of(cluster, namespace, pod, name, previous=previous)
    return logs.read(view, float(view.state["ended"][0]) if previous else cluster.clock.now)


def entered(cluster: Cluster, namespace: str, pod: str, name: str) -> Container:
    """Returns a container that runs.

    Raises:
        EntryError: it does not.
    """
    obj = _pod(cluster, Key(namespace, pod))
    dial(cluster, obj)
    view = container(cluster, namespace, pod, name)
    if view is None or not is_running(view.state, cluster.clock.now):
        raise EntryError(_cannot_enter(obj, name))
    return view


def feed(view: Container, text: str, *, end: bool = False) -> None:
    """Writes to the standard input of a container's first process, and ends it."""
    _kubelet(view.cluster).feed(view, text, end=end)


def _status(pod: Object, name: str) -> Object:
    fields = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
    statuses = [status for field in fields for status in (pod.get("status") or {}).get(field) or ()]
    return next((status for status in statuses if status["name"] == name), {})


def _pull_words(reason: str) -> str:
    return "image can't be pulled" if reason == "ErrImagePull" else "trying and failing to pull image"


def _previous(view: Container | None, pod: str, name: str) -> Container:
    last = view.state.get("last") if view is not None else None
    if view is None or last is None:
        raise EntryError(f'previous terminated container "{name}" in pod "{pod}" not found')
    return Container(view.cluster, view.node, view.pod, view.plan, {**view.record, "containers": {view.name: last}})


__all__ = [
    "EntryError", "Execution", "attempt", "container", "container_key", "dial", "entered", "exec", "feed", "log_of",
    "read_log",
]  # fmt: skip
