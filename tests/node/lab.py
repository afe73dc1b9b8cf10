"""A three-node cluster to run Pods on: manifests go in as YAML, what became of them comes out in few words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import yaml

from kubelab.cluster.cluster import EPOCH, Cluster
from kubelab.cluster.kinds import ConfigMap, Event, Node, Pod, Secret, Service
from kubelab.cluster.kinds.pod import display_status
from kubelab.cluster.node import entry
from kubelab.cluster.objects import Key, key_of
from kubelab.cluster.store import Change
from kubelab.cluster.user import ADMIN
from kubelab.terminal.shell import INTERPRETER
from tests.console import booted, clone

KINDS = {kind.name: kind for kind in (ConfigMap, Pod, Secret, Service)}


class Lab:
    """A cluster and the words that tests tell its story in."""

    def __init__(self, version: str = "1.36", preset: str = "three-nodes") -> None:
        cluster = clone(preset, version)
        self._begin(cluster, dict(booted(preset, version, cluster.seed, EPOCH)[1]))

    def _begin(self, cluster: Cluster, rows: dict[str, Any]) -> None:
        self.cluster = cluster
        self.api = cluster.api.client(ADMIN, "test")
        self.began = cluster.clock.now
        self._rows = dict(rows)  # what is kept of the cluster in a database
        self._recorded: dict[str, int] = {}  # events in the order in which they came
        cluster.store.subscribe(Event.prefix, self._record)

    def _record(self, change: Change) -> None:
        self._recorded.setdefault(change.key, len(self._recorded))

    # doing

    def apply(self, manifest: str) -> None:
        """Creates what a manifest says; Pods get a name and a container from the least that is written."""
        for obj in yaml.safe_load_all(dedent(manifest)):
            kind = KINDS[obj["kind"]]
            metadata = {"namespace": "default", **obj["metadata"]}
            self.api.create(kind, {"apiVersion": kind.api_version, **obj, "metadata": metadata})

    def run(self, name: str, image: str, *command: str, node: str = "", **more: Any) -> None:
        """Creates a Pod of one container; `more` is the container's, but for the Pod's own fields."""
        spec: dict[str, Any] = {"nodeName": node} if node else {}
        for field in ("restartPolicy", "terminationGracePeriodSeconds", "initContainers", "volumes", "hostname",
                      "securityContext", "nodeSelector", "dnsPolicy"):  # fmt: skip
            if field in more:
                spec[field] = more.pop(field)
        container = {"name": name, "image": image, **({"command": list(command)} if command else {}), **more}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}}
        self.api.create(Pod, {**pod, "spec": {**spec, "containers": [container]}})

    def delete(self, name: str, grace: int | None = None) -> None:
        self.api.delete(Pod, Key("default", name), grace=grace)

    def advance(self, seconds: float) -> None:
        self.cluster.advance(seconds)

    def until(self, holds: Callable[[], bool], seconds: float = 600) -> float:
        """Lets time pass until something holds; returns how many seconds that took."""
        began = self.cluster.clock.now
        while not holds():
            due = self.cluster.next_due()
            assert due is not None and due <= began + seconds, f"not within {seconds} s"
            self.cluster.run_until(due)
        return self.cluster.clock.now - began

    def reloaded(self) -> Lab:
        """Returns the lab as another process loads it from what was kept."""
        self._rows |= {key: obj for key, _revision, obj in self.cluster.take_changes()}
        kept = [(key, obj) for key, obj in self._rows.items() if obj is not None]
        other = object.__new__(Lab)
        other._begin(Cluster.load(self.cluster.header(), kept, interpreter=INTERPRETER), self._rows)
        other.began, other._recorded = self.began, dict(self._recorded)
        return other

    # looking

    @property
    def seconds(self) -> float:
        """How long the story has lasted."""
        return self.cluster.clock.now - self.began

    def pod(self, name: str) -> dict[str, Any]:
        found = self.find(name)
        assert found is not None, f"no Pod {name}"
        return found

    def find(self, name: str) -> dict[str, Any] | None:
        return self.api.get(Pod, Key("default", name))

    def status(self, name: str) -> dict[str, Any]:
        return self.pod(name).get("status", {})

    def word(self, name: str) -> str:
        """What kubectl's STATUS column says; "" where there is no such Pod."""
        found = self.find(name)
        return display_status(found)[0] if found else ""

    def container(self, name: str, of: str = "") -> dict[str, Any]:
        """The status of a Pod's container."""
        status = self.status(name)
        every = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
        return next(each for each in every if each["name"] == (of or name))

    def waiting(self, name: str, of: str = "") -> tuple[str, str]:
        """Why a container waits: reason and message."""
        state = self.container(name, of)["state"].get("waiting") or {}
        return state.get("reason", ""), state.get("message", "")

    def conditions(self, name: str) -> dict[str, str]:
        return {each["type"]: each["status"] for each in self.status(name).get("conditions") or ()}

    def is_ready(self, name: str) -> bool:
        return self.conditions(name).get("Ready") == "True"

    def is_running(self, name: str) -> bool:
        return self.status(name).get("phase") == "Running"

    def started(self, name: str, *more: str) -> float:
        """Lets time pass until Pods are ready, and a moment more; returns how many seconds it took until then."""
        seconds = self.until(lambda: all(self.is_ready(each) for each in (name, *more)))
        self.advance(0.5)
        return seconds

    def node(self, name: str) -> dict[str, Any]:
        found = self.api.get(Node, Key("", name))
        assert found is not None
        return found

    def events(self, name: str) -> list[tuple[str, str, str]]:
        """Type, reason and message of the events about an object, in the order in which they first happened."""
        found = [event for event in self.api.list(Event) if event["involvedObject"]["name"] == name]
        found.sort(key=lambda event: self._recorded.get(Event.path(key_of(event)), -1))
        return [(event["type"], event["reason"], event["message"]) for event in found]

    def reasons(self, name: str) -> list[str]:
        return [reason for _, reason, _ in self.events(name)]

    def said(self, name: str, reason: str) -> list[str]:
        """The messages of the events of one reason."""
        return [message for _, found, message in self.events(name) if found == reason]

    def words(self, name: str, seconds: float) -> Iterator[tuple[float, str]]:
        """The STATUS words that a Pod goes through, each with its time since now."""
        began, last = self.cluster.clock.now, ""
        end = began + seconds
        while True:
            word = self.word(name)
            if word != last:
                yield self.cluster.clock.now - began, word
                last = word
            due = self.cluster.next_due()
            if due is None or due > end:
                self.cluster.run_until(end)
                return
            self.cluster.run_until(due)

    def log(self, name: str, of: str = "", *, previous: bool = False) -> list[str]:
        """The lines of a container's log."""
        return [line.text for line in entry.read_log(self.cluster, "default", name, of or name, previous=previous)]

    def sh(self, name: str, script: str, of: str = "") -> str:
        """What `kubectl exec POD -- sh -c SCRIPT` prints."""
        execution, progress = entry.exec(self.cluster, "default", name, of or name, ["sh", "-c", script])
        out = progress.stdout + progress.stderr
        while execution.code is None:
            wake = execution.wake
            self.cluster.run_until(wake if wake is not None else self.cluster.clock.now + 1)
            progress = execution.resume()
            out += progress.stdout + progress.stderr
        return out
