"""The kubelets' ends of what the API server asks of them: logs, exec, attach (api/kubelets.py says what).

Source: pkg/kubelet/server; the texts are the kubelet's and containerd's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.kubelets import Consumption, LogPart, Output, Process, StreamError
from kubelab.cluster.node import entry, logs, runtime, usage
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.entry import EntryError, Execution
from kubelab.cluster.node.process import Progress
from kubelab.cluster.node.record import is_running
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


class Doors:
    """The kubelets of all nodes, as the API server reaches them."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def read_log(self, pod: Object, container: str, *, previous: bool, position: Object | None) -> LogPart:
        """Reads a log. See `Kubelets.read_log`."""
        cluster, namespace, name = self._cluster, pod["metadata"]["namespace"], pod["metadata"]["name"]
        if position is None:
            try:
                view = entry.log_of(cluster, namespace, name, container, previous=previous)
            except EntryError as error:
                raise errors.BadRequest(str(error)) from None
            position = {"attempt": view.attempt, "previous": previous}
        else:
            found = entry.container(cluster, namespace, name, container)
            before = _attempt(found, position["attempt"]) if found is not None else None
            if before is None:
                return LogPart([], position, True)
            view = before
        lines, place = logs.follow(view, cluster.clock.now, position)
        ended = position["previous"] or not is_running(view.state, cluster.clock.now)
        due = None if ended else logs.next_line(view, cluster.clock.now)
        return LogPart(lines, {**position, **place}, ended, due)

    def execute(
        self, pod: Object, container: str, argv: Sequence[str], *, stdin: bool, tty: bool, columns: int
    ) -> tuple[Process, Output]:
        """Starts a command. See `Kubelets.execute`."""
        metadata = pod["metadata"]
        try:
            execution, progress = entry.exec(
                self._cluster, metadata["namespace"], metadata["name"], container, argv,
                stdin=None if stdin else "", tty=tty, columns=columns,
            )  # fmt: skip
        except EntryError as error:
            raise StreamError(str(error)) from None
        return _Command(execution), _output(progress)

    def attach(self, pod: Object, container: str) -> Process:
        """Attaches to the first process. See `Kubelets.attach`."""
        metadata = pod["metadata"]
        try:
            view = entry.entered(self._cluster, metadata["namespace"], metadata["name"], container)
        except EntryError as error:
            raise StreamError(str(error)) from None
        _, place = logs.follow(view, self._cluster.clock.now, {})
        where = {"namespace": metadata["namespace"], "pod": metadata["name"], "container": container}
        state: Object = {"attached": True, **where, "uid": view.uid, "attempt": view.attempt, "place": place}
        state["due"] = logs.next_line(view, self._cluster.clock.now)
        return _Attached(self._cluster, state)

    def process(self, state: Object) -> Process:
        """Returns a process by its state."""
        return _Attached(self._cluster, state) if "attached" in state else _Command(Execution(self._cluster, state))

    def usage(self, node: str) -> tuple[Consumption, list[Consumption]] | None:
        """Tells what is used. See `Kubelets.usage`."""
        view = entry.node_of(self._cluster, node)
        if view is None or not (view.works):
            return None
        now = self._cluster.clock.now
        parts = []
        for container in entry.containers_on(self._cluster, node):
            if is_running(container.state, now):
                where = (container.namespace, container.pod["metadata"]["name"], container.name, container.started)
                parts.append(Consumption(*where, *usage.usage_of(container)))
        own = usage.machine_usage(node, now)
        cpu, memory = sum(part.cpu for part in parts), sum(part.memory for part in parts)
        return Consumption("", "", "", 0.0, own.cpu + cpu, own.memory + memory), parts

    def reach(self, pod: Object) -> None:
        """Makes sure that the kubelet can be reached."""
        try:
            entry.dial(self._cluster, pod)
        except EntryError as error:
            raise StreamError(str(error)) from None


def _attempt(view: Container, attempt: int) -> Container | None:
    """Returns a container in an attempt that may be the one before the present."""
    if view.attempt == attempt and "started" in view.state:
        return view
    last = view.state.get("last")
    if last is None or last.get("attempt", 0) != attempt:
        return None
    return Container(view.cluster, view.node, view.pod, view.plan, {**view.record, "containers": {view.name: last}})


def _output(progress: Progress) -> Output:
    return Output(progress.stdout, progress.stderr)


class _Command:
    """A command beside the container's first process."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    @property
    def state(self) -> Object:
        """What it is found again by."""
        return self._execution.state

    @property
    def code(self) -> int | None:
        """Its exit status once it has ended."""
        return self._execution.code

    @property
    def wake(self) -> float | None:
        """When it wants to be resumed."""
        return self._execution.wake

    @property
    def reads(self) -> bool:
        """Whether it waits for standard input."""
        return self._execution.reads

    @property
    def polls(self) -> bool:
        """Whether it waits for a change in the cluster."""
        return self._execution.polls

    @property
    def broken(self) -> bool:
        """Whether its container is gone."""
        return self._execution.code is None and self._execution.view() is None

    def resume(
        self,
        stdin: str = "",
        *,
        end_of_input: bool = False,
        signal: str | None = None,
        size: tuple[int, int] | None = None,
    ) -> Output:
        """Goes on with it."""
        return _output(self._execution.resume(stdin, end_of_input=end_of_input, signal=signal, size=size))


class _Attached:
    """A container's first process: what it writes is in its log, what it reads is given to it."""

    def __init__(self, cluster: Cluster, state: Object) -> None:
        self._cluster = cluster
        self.state = state
        self.code: int | None = state.get("code")
        self.wake: float | None = state.get("due")  # when it writes by itself
        self.reads = True
        self.polls = True
        self.broken = False

    def resume(
        self,
        stdin: str = "",
        *,
        end_of_input: bool = False,
        signal: str | None = None,
        size: tuple[int, int] | None = None,
    ) -> Output:
        """Gives it input and takes what it wrote since the last time; its exit status is the container's."""
        state, cluster = self.state, self._cluster
        found = entry.container(cluster, state["namespace"], state["pod"], state["container"])
        view = _attempt(found, state["attempt"]) if found is not None and found.uid == state["uid"] else None
        if view is None:
            return self._end(runtime.KILLED)
        if (stdin or end_of_input) and is_running(view.state, cluster.clock.now):
            entry.feed(view, stdin, end=end_of_input)
            view = entry.container(cluster, state["namespace"], state["pod"], state["container"]) or view
        lines, place = logs.follow(view, cluster.clock.now, state["place"])
        self.wake = logs.next_line(view, cluster.clock.now)
        self.state = {**state, "place": place, "due": self.wake}
        if not is_running(view.state, cluster.clock.now):
            ended = view.state.get("ended") or view.state.get("ends") or [0, runtime.KILLED]
            self._end(int(ended[1]))
        return Output("".join(line.text for line in lines))

    def _end(self, code: int) -> Output:
        self.code = code
        self.state = {**self.state, "code": code}
        return Output()
