"""scale: how many replicas a workload has and should have, the same for every kind that can be scaled.

Source: autoscaling/v1 Scale; pkg/registry/apps/deployment/storage/storage.go (ScaleREST).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors, patches, tables
from kubelab.cluster.api.request import Request, Response
from kubelab.cluster.kinds.apiextensions.columns import first_at
from kubelab.cluster.kinds.kind import Cause, Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector, from_map

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NAME = "scale"


def handle(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers get, update and patch of a workload's Scale."""
    workload = server.get(request.kind, request.key)
    if request.verb == "get":
        return Response(tables.shown(server, request, scale_of(request.kind, workload)))
    standing = scale_of(request.kind, workload)
    asked = request.body if request.verb == "update" else patches.patched(server, request, standing)
    replicas = (asked.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int):
        raise errors.BadRequest("Scale in version v1 cannot be handled as a Scale: spec.replicas is no integer")
    if replicas < 0:
        why = f"Invalid value: {replicas}: must be greater than or equal to 0"
        cause = Cause("FieldValueInvalid", why, "spec.replicas")
        raise errors.invalid(request.kind, request.name, [cause])
    revision = (asked.get("metadata") or {}).get("resourceVersion")
    metadata = {**workload["metadata"], "resourceVersion": revision or workload["metadata"]["resourceVersion"]}
    scaled = server.update(
        request.kind, {**scaled_to(request.kind, workload, replicas), "metadata": metadata},
        user=request.user, manager=request.manager, subresource=NAME, dry_run=request.dry_run, warnings=warnings,
        noted=True,
    )  # fmt: skip
    return Response(scale_of(request.kind, scaled), 200, warnings)


def scaled_to(kind: Kind, workload: Object, replicas: int) -> Object:
    """Returns a workload that wants another number of replicas."""
    path = kind.custom.scale["specReplicasPath"] if kind.custom is not None and kind.custom.scale else ".spec.replicas"
    return _with_value(workload, path.removeprefix(".").split("."), replicas)


def _with_value(obj: Object, path: list[str], value: int) -> Object:
    name, *rest = path
    return {**obj, name: _with_value(obj.get(name) or {}, rest, value) if rest else value}


def scale_of(kind: Kind, workload: Object) -> Object:
    """Returns the Scale of a workload."""
    metadata = workload["metadata"]
    names = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    kept = {name: metadata[name] for name in names if name in metadata}
    if kind.custom is not None:
        return _custom_scale(kind.custom.scale or {}, workload, kept)
    spec = workload["spec"]
    selector = spec.get("selector") or {}
    plain = from_map(selector) if workload["kind"] == "ReplicationController" else from_label_selector(selector)
    replicas = spec.get("replicas", 1)
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": kept,
        "spec": {"replicas": replicas} if replicas else {},
        "status": {"replicas": workload.get("status", {}).get("replicas", 0), "selector": str(plain)},
    }


def _custom_scale(paths: Object, obj: Object, metadata: Object) -> Object:
    """Returns the Scale of a custom resource, read where its definition says."""
    replicas = first_at(obj, paths["specReplicasPath"])
    status: Object = {"replicas": first_at(obj, paths["statusReplicasPath"]) or 0}
    selector = first_at(obj, paths["labelSelectorPath"]) if paths.get("labelSelectorPath") else None
    if selector:
        status["selector"] = selector
    spec = {"replicas": replicas} if replicas else {}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}
