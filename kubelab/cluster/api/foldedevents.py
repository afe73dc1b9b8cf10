"""An Event as recorders write it, folded: the values that tell it from the others that are said in the same manner."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from kubelab.cluster.folded import Folded, Kept
from kubelab.cluster.objects import Object

NAMED = 17  # letters of an event's name after that of the object that it is about


class Manner(NamedTuple):
    """What events have in common that one source records of one thing that happens to one kind of objects."""

    source: str
    type: str
    reason: str
    field_path: str
    kind: str
    api_version: str
    namespaced: bool


class FoldedEvent(Folded):
    """An Event that was seen once.

    Key, manner, the source's host, last digits of its uid, revision, time, message; uid and resourceVersion (which may
    be None) of the object that it is about.
    """

    __slots__ = ()
    sort: ClassVar[str] = "event"

    def unfolded(self) -> Object:
        key, manner, host, digits, revision, time, message, about, version = self
        source, kind, reason, field_path, about_kind, api_version, namespaced = manner
        _, _, _, namespace, name = key.split("/")
        involved: Object = {"kind": about_kind}
        if namespaced:
            involved["namespace"] = namespace
        involved.update(name=name[:-NAMED], uid=about, apiVersion=api_version)
        if version:
            involved["resourceVersion"] = version
        if field_path:
            involved["fieldPath"] = field_path
        uid = f"{revision:08x}-{digits[:4]}-4{digits[4:7]}-a{digits[7:10]}-{digits[7:]}"
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": uid,
                "creationTimestamp": time,
                "resourceVersion": str(revision),
            },
            "involvedObject": involved,
            "reason": reason,
            "message": message,
            "source": {"component": source, **({"host": host} if host else {})},
            "firstTimestamp": time,
            "lastTimestamp": time,
            "count": 1,
            "type": kind,
            "eventTime": None,
            "reportingComponent": source,
            "reportingInstance": host,
        }


def last_seen(event: Kept) -> str:
    """Returns when an event was seen last; "" for one that does not say."""
    seen: str | None = event[5] if isinstance(event, Folded) else event.get("lastTimestamp")
    return seen or ""
