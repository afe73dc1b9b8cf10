"""What a write is about, sorted out once for all who are told of it.

Most writes are of Pods, and most of those who watch Pods do not ask for most of them: a scheduler heeds no status, an
EndpointSlice no node. Each says what it heeds, as a sum of the bits below; a write that is about nothing of that does
not come to it. `READY`, `ADDRESS`, `ENDED` and `BOUND` are told apart for Pods alone; one that comes with a node or an
address is about everything at once, so that `CREATED` is for those who ask for Pods that have neither.
"""

from __future__ import annotations

from collections.abc import Callable

from kubelab.cluster.objects import Object

CREATED = 1
GONE = 2
METADATA = 4  # of what was there: labels, annotations, owners, finalizers, a deletion that has begun
SPEC = 8
REST = 16  # the status, and whatever else is neither metadata nor spec
BOUND = 32  # a Pod got its node, which is all that happened to its spec
READY = 64  # a Pod became ready or unready
ADDRESS = 128  # a Pod's IP address
ENDED = 256  # a Pod has succeeded or failed
OWNED = 512  # an object came that has owners
EVERYTHING = 1023

PLACED = EVERYTHING - CREATED - OWNED  # of a Pod: all but that it came, without a node yet
CAME = EVERYTHING - GONE - METADATA
STATUS = REST | READY | ADDRESS | ENDED
COMES_AND_GOES = CREATED | GONE | METADATA
COUNTS = COMES_AND_GOES | READY | ENDED  # what decides whether a Pod counts as a replica, and as a ready one

Aspects = Callable[[Object | None, Object | None], int]


def of_anything(_old: Object | None, _new: Object | None) -> int:
    """What nobody has sorted out may be about everything."""
    return EVERYTHING


def of_object(old: Object | None, new: Object | None) -> int:
    """Tells what a write of an API object is about, by which of its parts are other ones."""
    if old is None:
        return CAME if new is None or "ownerReferences" in new["metadata"] else CAME - OWNED
    if new is None:
        return GONE
    found = 0
    if new["metadata"] is not old["metadata"]:
        found = METADATA
    if new.get("spec") is not old.get("spec"):
        found |= SPEC
    return found or STATUS


def of_pod(old: Object | None, new: Object | None) -> int:
    """Tells what a write of a Pod is about."""
    if old is None:
        assert new is not None
        if "nodeName" in new["spec"] or "podIP" in (new.get("status") or {}):
            return of_object(old, new)
        return CREATED | OWNED if "ownerReferences" in new["metadata"] else CREATED
    if new is None:
        return GONE
    found = METADATA if new["metadata"] is not old["metadata"] else 0
    before, after = old["spec"], new["spec"]
    if before is not after:
        found |= BOUND if "nodeName" in after and "nodeName" not in before else SPEC
    before, after = old.get("status"), new.get("status")
    if before is not after:
        found |= REST | _of_status(before or {}, after or {})
    return found


def _of_status(before: Object, after: Object) -> int:
    found = 0
    if before.get("podIP") != after.get("podIP"):
        found = ADDRESS
    if before.get("phase") != after.get("phase") and (_has_ended(before) or _has_ended(after)):
        found |= ENDED
    if before.get("conditions") is not after.get("conditions") and _is_ready(before) != _is_ready(after):
        found |= READY
    return found


def _has_ended(status: Object) -> bool:
    return status.get("phase") in ("Succeeded", "Failed")


def _is_ready(status: Object) -> bool:
    for condition in status.get("conditions") or ():
        if condition["type"] == "Ready":
            return bool(condition["status"] == "True")
    return False
