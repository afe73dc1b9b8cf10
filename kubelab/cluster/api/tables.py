"""What the server shows instead of an object when asked: Tables and metadata alone.

Source: k8s.io/apiserver/pkg/endpoints/handlers/response.go; columns: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Callable
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


class ShownList:
    """A list as a request accepts it: what stands before its items, and how each of them is shown.

    Attributes:
        head: all but the items.
        place: the field that they stand in.
        items: the objects, in the order in which they are shown.
        show: shows one of them.
    """

    def __init__(self, server: ApiServer, request: Request, found: Object, now: float) -> None:
        self.head = {name: value for name, value in found.items() if name != "items"}
        self.place, self.items, kind = "items", found["items"], request.kind
        self.show: Callable[[Object], Object] = lambda obj: obj
        if request.accept == "Table":
            self.head, self.place = _table_head(server, kind, found["metadata"]), "rows"
            self.items = _ranked(kind, found["items"])
            self.show = _row_of(server, request, kind, now)
        elif request.accept == "PartialObjectMetadata":
            self.head |= {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
            self.show = partial
        elif len(self.items) <= fieldmanagers.LONGEST_LIST and "watch" in kind.verbs:
            self.show = lambda obj: fieldmanagers.with_managers(server.version, kind, obj)
        if not request.accept and server.version < nulls.UNTIL and kind.name in nulls.PLACES:
            shown = self.show
            self.show = lambda obj: nulls.with_nulls(shown(obj))

    def whole(self) -> Object:
        """Returns the list with all of its items."""
        return {**self.head, self.place: list(map(self.show, self.items))}


def partial(obj: Object) -> Object:
    """Returns an object's metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def table(
    server: ApiServer, request: Request, items: list[Object], metadata: Object, kind: Kind | None = None
) -> Object:
    """Returns a Table of objects of one kind, that of the request unless another one is given."""
    kind = kind or request.kind
    row = _row_of(server, request, kind, server.clock.now)
    return {**_table_head(server, kind, metadata), "rows": [row(obj) for obj in _ranked(kind, items)]}


def _table_head(server: ApiServer, kind: Kind, metadata: Object) -> Object:
    newer = _newer(kind, server.version)
    definitions = newer.columns if newer is not None else kind.columns or PLAIN
    columns = [column._asdict() for column in definitions]
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": columns}


def _ranked(kind: Kind, items: list[Object]) -> list[Object]:
    return sorted(items, key=kind.rank) if kind.rank is not None else items


def _row_of(server: ApiServer, request: Request, kind: Kind, now: float) -> Callable[[Object], Object]:
    """Returns what makes an object a row, as of a moment."""
    include, version = request.options.get("includeObject", "Metadata"), server.version

    def row(obj: Object) -> Object:
        made: Object = {"cells": cells(kind, stored(kind, obj), now, version)}
        if include != "None":
            made["object"] = obj if include == "Object" else partial(obj)
        return made

    return row


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
