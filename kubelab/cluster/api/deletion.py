"""Deletion: graceful for Pods, held up by finalizers, with three ways to treat dependents.

Source: k8s.io/apiserver/pkg/registry/generic/registry/store.go; kubernetes.io, architecture/garbage-collection.
"""

from __future__ import annotations

from typing import NamedTuple

from kubelab.cluster.api import bodies, errors
from kubelab.cluster.api.request import Request
from kubelab.cluster.clock import Clock, rfc3339
from kubelab.cluster.kinds.causes import invalid
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, is_being_deleted
from kubelab.cluster.schema.decoder import Mismatch, decoder

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
OPTIONS = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"


class Options(NamedTuple):
    """How something is to be deleted.

    Args:
        grace: the seconds that it gets; None for its own.
        uid: which object must be the one.
        resource_version: in which state it must be.
    """

    grace: int | None = None
    propagation: str | None = None
    uid: str | None = None
    resource_version: str | None = None


def options_of(request: Request, version: str) -> Options:
    """Returns what a DELETE request asks for, in its body and its query.

    Raises:
        Unreadable: the body has a value of another type.
        BadRequest: the query has.
        Invalid: two ways of treating dependents are asked for.
    """
    body = _body(request, version)
    grace = body.get("gracePeriodSeconds")
    if (asked := request.options.get("gracePeriodSeconds")) is not None:
        grace = bodies.whole_number(asked)
    propagation = request.options.get("propagationPolicy") or body.get("propagationPolicy")
    orphan = body.get("orphanDependents")
    if (text := request.options.get("orphanDependents")) is not None:
        orphan = text.lower() != "false" and text != "0"
    if orphan is not None and propagation:
        why = "orphanDependents and deletionPropagation cannot be both set"
        options = Kind("meta.k8s.io", "v1", "DeleteOptions", "deleteoptions")
        raise errors.invalid(options, "", [invalid("propagationPolicy", propagation, why)])
    if orphan is not None:
        propagation = "Orphan" if orphan else "Background"
    conditions = body.get("preconditions") or {}
    return Options(grace, propagation, conditions.get("uid"), conditions.get("resourceVersion"))


def _body(request: Request, version: str) -> Object:
    try:
        found: Object = decoder(version, OPTIONS)(request.body or {}, "", "DeleteOptions", [])
    except Mismatch as mismatch:
        raise bodies.Unreadable(str(mismatch)) from None
    return found


def check_preconditions(kind: Kind, obj: Object, options: Options) -> None:
    """Lets a deletion pass that is about just this object in just this state.

    Raises:
        Conflict: it is about another.
    """
    metadata, why = obj["metadata"], ""
    if options.uid and options.uid != metadata["uid"]:
        why = f"UID in precondition: {options.uid}, UID in object meta: {metadata['uid']}"
    elif options.resource_version and options.resource_version != metadata["resourceVersion"]:
        stated, has = options.resource_version, metadata["resourceVersion"]
        why = f"ResourceVersion in precondition: {stated}, ResourceVersion in object meta: {has}"
    if why:
        raise errors.conflict(kind, metadata["name"], f"Precondition failed: {why}")


def finalizers_for(obj: Object, propagation: str | None) -> list[str]:
    """Returns the finalizers that an object has once its deletion with that policy begins."""
    finalizers = [found for found in obj["metadata"].get("finalizers") or () if found not in (FOREGROUND, ORPHAN)]
    if propagation is None:
        return list(obj["metadata"].get("finalizers") or ())
    if propagation == "Foreground":
        finalizers.append(FOREGROUND)
    if propagation == "Orphan":
        finalizers.append(ORPHAN)
    return finalizers


def grace_of(kind: str, obj: Object, asked: int | None) -> int:
    """Returns the seconds that an object gets to end; only Pods get any.

    A Pod without a node, or one that is finished, is nobody's to end and goes at once
    (pkg/registry/core/pod/strategy.go, CheckGracefulDelete).
    """
    if kind != "Pod":
        return 0
    spec, status = obj["spec"], obj.get("status", {})
    if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
        return 0
    grace: int = spec.get("terminationGracePeriodSeconds", 30) if asked is None else asked
    return max(0, grace)


def begun(obj: Object, grace: int, finalizers: list[str], clock: Clock) -> Object:
    """Returns an object whose deletion was asked for; a later, shorter grace replaces a longer one."""
    metadata = dict(obj["metadata"])
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
    before = metadata.get("deletionGracePeriodSeconds")
    if not is_being_deleted(obj):
        if "generation" in metadata:
            metadata["generation"] += 1
    elif before is None or grace >= before:
        return obj if metadata == obj["metadata"] else {**obj, "metadata": metadata}
    metadata["deletionTimestamp"] = rfc3339(clock.now + grace)
    metadata["deletionGracePeriodSeconds"] = grace
    return {**obj, "metadata": metadata}
