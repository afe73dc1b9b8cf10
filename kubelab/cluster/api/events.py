"""Events: recorded as client-go's recorder does it. Equal events count up; see correlator.py for too many of them.

Source: k8s.io/client-go/tools/record.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

from kubelab.cluster.api import space
from kubelab.cluster.api.correlator import COMBINED, FEW, Memory
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

PREFIX = "/registry/events/"

# In life an event's name holds the nanosecond of its birth, so that lists show what happened within one second in its
# order. Names made from what is said begin with the place that such an event has in the usual course instead.
RANKS = {
    reason: f"{rank:x}"
    for rank, reasons in enumerate((
        "Starting Scheduled ScalingReplicaSet SuccessfulCreate SawCompletedJob FailedScheduling WaitForFirstConsumer",
        "SuccessfulAttachVolume FailedAttachVolume FailedMount Provisioning ExternalProvisioning ExternalExpanding",
        "NodeHasSufficientMemory Pulling SuccessfulDelete Resizing",
        "NodeHasNoDiskPressure Pulled FileSystemResizeRequired", "NodeHasSufficientPID Created",
        "NodeAllocatableEnforced Started", "RegisteredNode Unhealthy Evicted", "NodeReady Killing",
    ))
    for reason in reasons.split()
}  # fmt: skip
LAST = "8"


class EventRecorder:
    """Records the events of one source.

    Args:
        source: its name, e.g. "kubelet".
    """

    def __init__(self, server: ApiServer, source: str) -> None:
        self._server = server
        self._store = server.store
        self._table = server.store.table(PREFIX)
        self._clock = server.clock
        self._source = source
        self._correlator = server.correlator
        self._about: tuple[Object, str, Object] = ({}, "", {})  # what the last event was about, and its reference
        self._sources: dict[str, Object] = {}  # by their host, shared by the events of each

    def record(
        self, involved: Object, kind: str, said: Iterable[tuple[str, str]], field_path: str = "", host: str = ""
    ) -> None:
        """Records events, counts those that are there up, and drops them where there are too many.

        Args:
            said: their reasons and messages.
            host: the node that the source runs on.
        """
        now, about = int(self._clock.now), involved["metadata"]
        memory = self._correlator.memory(self._source, host, about["uid"], now)
        for reason, message in said:
            if memory.total >= FEW:
                if not memory.allows(now):
                    continue
                if memory.is_combined(kind, reason, message, now):
                    message = COMBINED + message
            self._record(involved, kind, reason, message, field_path, host, memory, now)

    def _record(
        self, involved: Object, kind: str, reason: str, message: str, field_path: str, host: str,
        memory: Memory, now: int,
    ) -> None:  # fmt: skip
        table, metadata, about = self._table, involved["metadata"], self._about
        if about[0] is not involved or about[1] != field_path:  # several in a row share what they are about
            about = self._about = involved, field_path, reference(involved, field_path)
        namespace = metadata.get("namespace") or "default"
        said = self._said(metadata["uid"], kind, reason, message, field_path)
        name = f"{metadata['name']}.18{RANKS.get(reason, LAST)}{said[:13]}"
        path = f"{PREFIX}{namespace}/{name}"
        standing = table.rows.get(path)
        if standing is None:
            if not space.has_room_for_events(self._store):
                return
            timestamp = self._clock.timestamp()
            # One hash names an event and, with its revision, tells it from all others.
            uid = f"{self._store.revision + 1:08x}-{said[13:17]}-4{said[17:20]}-a{said[20:23]}-{said[20:]}"
            event: Object = {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": name, "namespace": namespace, "uid": uid, "creationTimestamp": timestamp},
                "involvedObject": about[2],
                "reason": reason,
                "message": message,
                "source": self._sources.get(host) or self._source_on(host),
                "firstTimestamp": timestamp,
                "lastTimestamp": timestamp,
                "count": 1,
                "type": kind,
                "eventTime": None,
                "reportingComponent": self._source,
                "reportingInstance": host,
            }
            count = 1
        else:
            event = {**standing, "count": standing["count"] + 1, "lastTimestamp": self._clock.timestamp()}
            if standing["message"] != message:
                event["message"] = message
            count = 1 if memory.knows(name) else event["count"]
        # What is remembered is what is stored, so that it takes no memory of its own.
        memory.take(self._store.write(table, path, event), count, now)

    def _source_on(self, host: str) -> Object:
        source = self._sources[host] = {"component": self._source, **({"host": host} if host else {})}
        return source

    def _said(self, uid: str, kind: str, reason: str, message: str, field_path: str) -> str:
        """Returns 32 hexadecimal digits of what is said, the same for the same also after a restart."""
        if message.startswith(COMBINED):
            message = COMBINED  # all combined events of a kind are one, whatever the last of them said
        said = f"{self._source}\0{uid}\0{field_path}\0{kind}\0{reason}\0{message}"
        return blake2b(said.encode(), digest_size=16).hexdigest()


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
