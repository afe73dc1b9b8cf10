"""Events: recorded as client-go's recorder does it. Equal events count up; see correlator.py for too many of them.

Source: k8s.io/client-go/tools/record.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.api import space
from kubelab.cluster.api.correlator import COMBINED, FEW, Memory
from kubelab.cluster.api.foldedevents import FoldedEvent, Manner
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


class Way(NamedTuple):
    """How one source records one thing that happens to one kind of objects: what is the same for all of them.

    Attributes:
        hashed: of what is hashed, the part before the object's uid.
        after: the part between the uid and the message.
        mark: stands in an event's name between the object's and the hash.
    """

    manner: Manner
    hashed: blake2b
    after: str
    mark: str


Ways = dict[tuple[str, str, str, str, str], Way]  # by source, type, reason, field path and kind of object


class EventRecorder:
    """Records the events of one source.

    Args:
        source: its name, e.g. "kubelet".
    """

    def __init__(self, server: ApiServer, source: str) -> None:
        self._store = server.store
        self._table = server.store.table(PREFIX)
        self._clock = server.clock
        self._source = source
        self._correlator = server.correlator
        self._ways = server.ways

    def record(
        self, involved: Object, kind: str, said: Iterable[tuple[str, str]], field_path: str = "", host: str = ""
    ) -> None:
        """Records events, counts those that are there up, and drops them where there are too many.

        Args:
            said: their reasons and messages.
            host: the node that the source runs on.
        """
        now, about = int(self._clock.now), involved["metadata"]
        store, uid, version = self._store, about["uid"], about.get("resourceVersion")
        rows, time = self._table.rows, self._clock.timestamp()
        path = f"{PREFIX}{about.get('namespace') or 'default'}/{about['name']}"
        memory, room = self._correlator.memory(self._source, host, uid, now), space.room_for_events(store)
        for reason, message in said:
            words = message
            if memory.total >= FEW:
                if not memory.allows(now):
                    continue
                if memory.is_combined(kind, reason, message, now):
                    words, message = COMBINED, COMBINED + message  # one event, whatever the last of them said
            way = self._ways.get((self._source, kind, reason, field_path, involved["kind"]))
            if way is None:
                way = self._way(involved, kind, reason, field_path)
            # One hash names an event and, with its revision, tells it from all others; the same also after a restart.
            hashed = way.hashed.copy()
            hashed.update(f"{uid}{way.after}{words}".encode())
            digits = hashed.hexdigest()
            key = f"{path}{way.mark}{digits[:13]}"
            if key in rows:
                self._count_up(key, message, memory, now)
            elif store.registered < room:
                event = FoldedEvent((
                    key, way.manner, host, digits[13:], store.revision + 1, time, message, uid, version
                ))  # fmt: skip
                store.write_folded(self._table, key, event)
                memory.take(event, 1, now)

    def _count_up(self, key: str, message: str, memory: Memory, now: int) -> None:
        standing = self._table.rows[key]
        event = {**standing, "count": standing["count"] + 1, "lastTimestamp": self._clock.timestamp()}
        if standing["message"] != message:
            event["message"] = message
        count = 1 if memory.knows(event["metadata"]["name"]) else event["count"]
        # What is remembered is what is stored, so that it takes no memory of its own.
        memory.take(self._store.write(self._table, key, event), count, now)

    def _way(self, involved: Object, kind: str, reason: str, field_path: str) -> Way:
        namespaced = "namespace" in involved["metadata"]
        about = involved["kind"], involved["apiVersion"], namespaced
        way = self._ways[self._source, kind, reason, field_path, involved["kind"]] = Way(
            manner=Manner(self._source, kind, reason, field_path, *about),
            hashed=blake2b(f"{self._source}\0".encode(), digest_size=16),
            after=f"\0{field_path}\0{kind}\0{reason}\0",
            mark=f".18{RANKS.get(reason, LAST)}",
        )
        return way
