"""What the server shows instead of an object when asked: Tables and metadata alone.

Source: k8s.io/apiserver/pkg/endpoints/handlers/response.go; columns: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubelab.cluster.ages import age
from kubelab.cluster.api import fieldmanagers, nulls
from kubelab.cluster.api.conversions import stored
from kubelab.cluster.api.request import Request
from kubelab.cluster.kinds.kind import Column, Kind, Newer
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

PLAIN = (Column("Name", format="name"), Column("Age"))


def _scale_row(scale: Object, now: float) -> list[Any]:
    return [
        scale["metadata"]["name"],
        scale.get("spec", {}).get("replicas", 0),
        scale.get("status", {}).get("replicas", 0),
        age(scale, now),
    ]


SCALE = Kind(
    group="autoscaling",
    version="v1",
    name="Scale",
    plural="scales",
    columns=(
        Column("Name", format="name"),
        Column("Desired", "integer"),
        Column("Available", "integer"),
        Column("Age"),
    ),
    row=_scale_row,
)


def shown(server: ApiServer, request: Request, obj: Object) -> Object:
    """Returns an object as the request accepts it."""
    if request.accept == "Table":
        kind = SCALE if obj.get("kind") == "Scale" else request.kind
        metadata = {"resourceVersion": obj.get("metadata", {}).get("resourceVersion", "")}
        return table(server, request, [obj], metadata, kind)
    if request.accept == "PartialObjectMetadata":
        return partial(obj)
    kind = request.kind
    if obj.get("kind") == kind.name and "watch" in kind.verbs and request.verb != "watch":
        obj = fieldmanagers.with_managers(server.version, kind, obj)
    return nulls.with_nulls(obj) if server.version < nulls.UNTIL else obj


def shown_list(server: ApiServer, request: Request, found: Object) -> Object:
    """Returns a list as the request accepts it."""
    if request.accept == "Table":
        return table(server, request, found["items"], found["metadata"])
    if request.accept == "PartialObjectMetadata":
        items = [partial(obj) for obj in found["items"]]
        return {**found, "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "items": items}
    if len(found["items"]) <= fieldmanagers.LONGEST_LIST and "watch" in request.kind.verbs:
        items = [fieldmanagers.with_managers(server.version, request.kind, obj) for obj in found["items"]]
        found = {**found, "items": items}
    if server.version < nulls.UNTIL and request.kind.name in nulls.PLACES:
        return {**found, "items": [nulls.with_nulls(obj) for obj in found["items"]]}
    return found


def partial(obj: Object) -> Object:
    """Returns an object's metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def table(
    server: ApiServer, request: Request, items: list[Object], metadata: Object, kind: Kind | None = None
) -> Object:
    """Returns a Table of objects of one kind, that of the request unless another one is given."""
    kind = kind or request.kind
    include = request.options.get("includeObject", "Metadata")
    now = server.clock.now
    rows = []
    for obj in sorted(items, key=kind.rank) if kind.rank is not None else items:
        row: Object = {"cells": cells(kind, stored(kind, obj), now, server.version)}
        if include != "None":
            row["object"] = obj if include == "Object" else partial(obj)
        rows.append(row)
    newer = _newer(kind, server.version)
    definitions = newer.columns if newer is not None else kind.columns or PLAIN
    columns = [column._asdict() for column in definitions]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": columns,
        "rows": rows,
    }


def _newer(kind: Kind, version: str) -> Newer | None:
    newer = kind.newer
    return newer if newer is not None and int(version.split(".")[1]) >= newer.since else None


def cells(kind: Kind, obj: Object, now: float, version: str) -> list[Any]:
    """Returns the cells of one object's row, as a minor version such as "1.36" has them."""
    newer = _newer(kind, version)
    if newer is not None:
        return newer.row(obj, now)
    if kind.row is not None:
        return kind.row(obj, now)
    return [obj["metadata"]["name"], age(obj, now)]
