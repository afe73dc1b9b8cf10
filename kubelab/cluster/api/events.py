"""Events: recorded as client-go's correlator records them, so that a noisy object stays readable.

Equal events count up; more than ten of a kind with different words are combined; a source may record 25 at
once about one object, then one every five minutes.
Source: k8s.io/client-go/tools/record/events_cache.go.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

BURST = 25.0
REFILL_SECONDS = 300.0
MOST_SIMILAR = 10
SIMILAR_SECONDS = 600.0
MOST_REMEMBERED = 4096  # objects that a source remembers at once

PREFIX = "/registry/events/"


@dataclass
class _Memory:
    """What a source remembers of one object."""

    tokens: float = BURST
    refilled: float = 0.0
    similar: dict[tuple[str, str], tuple[float, dict[str, None]]] = field(default_factory=dict)


class EventRecorder:
    """Records the events of one source.

    Args:
        source: its name, e.g. "kubelet".
    """

    def __init__(self, server: ApiServer, source: str) -> None:
        self._server = server
        self._store = server.store
        self._clock = server.clock
        self._source = source
        self._memories: OrderedDict[str, _Memory] = OrderedDict()

    def record(
        self, involved: Object, kind: str, reason: str, message: str, field_path: str = "", host: str = ""
    ) -> None:
        """Records an event, counts one that is there up, or drops it where there are too many.

        Args:
            host: the node that the source runs on.
        """
        memory = self._memory(involved["metadata"]["uid"])
        message = self._combined(memory, kind, reason, message)
        if not self._allowed(memory):
            return
        namespace = involved["metadata"].get("namespace") or "default"
        name = self._name(involved, kind, reason, message, field_path)
        path = f"{PREFIX}{namespace}/{name}"
        standing = self._store.get(path)
        timestamp = self._clock.timestamp()
        if standing is not None:
            counted = {**standing, "count": standing["count"] + 1, "lastTimestamp": timestamp}
            if standing["message"] != message:
                counted["message"] = message
            self._store.put(path, counted)
            return
        self._store.put(path, self._event(involved, kind, reason, message, field_path, host, namespace, name))

    def _event(
        self,
        involved: Object,
        kind: str,
        reason: str,
        message: str,
        field_path: str,
        host: str,
        namespace: str,
        name: str,
    ) -> Object:
        timestamp = self._clock.timestamp()
        metadata = {
            "name": name,
            "namespace": namespace,
            "uid": self._server.random.uid(self._store.revision + 1),
            "creationTimestamp": timestamp,
        }
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": metadata,
            "involvedObject": reference(involved, field_path),
            "reason": reason,
            "message": message,
            "source": {"component": self._source, "host": host} if host else {"component": self._source},
            "firstTimestamp": timestamp,
            "lastTimestamp": timestamp,
            "count": 1,
            "type": kind,
            "eventTime": None,
            "reportingComponent": self._source,
            "reportingInstance": host,
        }

    def _name(self, involved: Object, kind: str, reason: str, message: str, field_path: str) -> str:
        """Names an event by what it says, so that the same one is found again, also after a restart."""
        metadata = involved["metadata"]
        said = "\0".join((self._source, metadata["uid"], field_path, kind, reason, _key(message)))
        return f"{metadata['name']}.18{blake2b(said.encode(), digest_size=7).hexdigest()}"

    def _memory(self, uid: str) -> _Memory:
        memory = self._memories.get(uid)
        if memory is None:
            memory = self._memories[uid] = _Memory(refilled=self._clock.now)
            if len(self._memories) > MOST_REMEMBERED:
                self._memories.popitem(last=False)
        return memory

    def _allowed(self, memory: _Memory) -> bool:
        now = self._clock.now
        memory.tokens = min(BURST, memory.tokens + (now - memory.refilled) / REFILL_SECONDS)
        memory.refilled = now
        if memory.tokens < 1:
            return False
        memory.tokens -= 1
        return True

    def _combined(self, memory: _Memory, kind: str, reason: str, message: str) -> str:
        since, messages = memory.similar.get((kind, reason), (self._clock.now, {}))
        if self._clock.now - since > SIMILAR_SECONDS:
            messages = {}
        messages[message] = None
        memory.similar[kind, reason] = (self._clock.now, messages)
        if len(messages) <= MOST_SIMILAR:
            return message
        messages.pop(next(iter(messages)))
        return COMBINED + message


COMBINED = "(combined from similar events): "


def _key(message: str) -> str:
    """All combined events of a kind are one, whatever the last of them said."""
    return COMBINED if message.startswith(COMBINED) else message


def reference(involved: Object, field_path: str = "") -> Object:
    """Returns the ObjectReference of an object that an event is about."""
    metadata = involved["metadata"]
    found: Object = {"kind": involved["kind"]}
    if "namespace" in metadata:
        found["namespace"] = metadata["namespace"]
    found.update(name=metadata["name"], uid=metadata["uid"], apiVersion=involved["apiVersion"])
    if revision := metadata.get("resourceVersion"):
        found["resourceVersion"] = revision
    if field_path:
        found["fieldPath"] = field_path
    return found
