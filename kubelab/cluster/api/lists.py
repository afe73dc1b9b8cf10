"""Lists: by namespace, label and field selector, in pages.

Source: kubernetes.io, reference/using-api/api-concepts, "Retrieving large results sets in chunks".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubelab.cluster.api import errors, tables
from kubelab.cluster.api.componentstatuses import component_statuses
from kubelab.cluster.api.request import Request
from kubelab.cluster.objects import Object, labels_of
from kubelab.cluster.selectors import SelectorError, field_value, parse_fields, parse_labels
from kubelab.cluster.store import Compacted

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
EVERY_KIND = ("metadata.name", "metadata.namespace")


def list_objects(server: ApiServer, request: Request, *, plain: bool = False) -> Object:
    """Returns a list object, or a Table of it.

    Args:
        plain: leave the objects as they are, whatever the request accepts.
    """
    if request.kind.name == "ComponentStatus":
        return _computed(server, request, component_statuses(server), plain=plain)
    rows = server.store.table(request.kind.prefix)
    prefix = f"{request.kind.prefix}{request.namespace}/" if request.namespace else request.kind.prefix
    matches = matcher(request)
    limit = int(request.options.get("limit") or 0)
    revision, after = _continued(request.options.get("continue", ""))
    items: list[Object] = []
    metadata: Object = {"resourceVersion": str(server.store.revision)}
    keys = [key for key in rows.keys() if key.startswith(prefix)] if request.namespace else rows.keys()
    objects: Mapping[str, Object] = rows.rows
    if revision:
        keys, objects = _as_of(server, revision, prefix, keys, objects)
        metadata["resourceVersion"] = str(revision)
    for place, key in enumerate(keys):
        if after and key <= after:
            continue
        obj = objects[key]
        if matches(obj):
            items.append(server.fresh(request.kind, obj) if request.kind.name in ("Node", "Lease") else obj)
            if limit and len(items) == limit and place + 1 < len(keys):
                metadata["continue"] = _token(int(metadata["resourceVersion"]), key)
                if not matches.selects:
                    metadata["remainingItemCount"] = len(keys) - place - 1
                break
    found = {
        "kind": request.kind.list_name,
        "apiVersion": request.kind.api_version,
        "metadata": metadata,
        "items": items,
    }
    return found if plain else tables.shown_list(server, request, found)


def _computed(server: ApiServer, request: Request, items: list[Object], *, plain: bool) -> Object:
    """Returns a list of objects that are not stored."""
    matches = matcher(request)
    kind = request.kind
    found: Object = {
        "kind": kind.list_name,
        "apiVersion": kind.api_version,
        "metadata": {},
        "items": [obj for obj in items if matches(obj)],
    }
    return found if plain else tables.shown_list(server, request, found)


def _as_of(
    server: ApiServer, revision: int, prefix: str, keys: list[str], objects: Mapping[str, Object]
) -> tuple[list[str], Mapping[str, Object]]:
    """Returns keys and objects as they were at the revision that a list began with.

    Raises:
        Gone: if too much was written since.
    """
    try:
        changes = server.store.changes_since(revision, prefix)
    except Compacted:
        raise errors.Gone(TOO_OLD) from None
    if not changes:
        return keys, objects
    before = {change.key: change.old for change in reversed(changes)}
    standing = {key: obj for key, obj in before.items() if obj is not None}
    return sorted({*(key for key in keys if key not in before), *standing}), {**objects, **standing}


class matcher:
    """Tells whether an object meets the selectors of a request.

    Raises:
        BadRequest: for a selector that cannot be read or that the kind does not support.
    """

    def __init__(self, request: Request) -> None:
        try:
            text = request.options.get("labelSelector", "")
            self._labels = parse_labels(text) if text else None
            self._fields = parse_fields(request.options.get("fieldSelector", ""))
        except SelectorError as error:
            raise errors.BadRequest(
                f"unable to parse requirement: {error}" if "unable" not in str(error) else str(error)
            ) from None
        self.selects = bool(text or self._fields)
        for requirement in self._fields:
            if requirement.path not in EVERY_KIND and requirement.path not in request.kind.field_labels:
                raise errors.BadRequest(f"field label not supported: {requirement.path}")
        if request.name:
            self._fields = (*self._fields, *parse_fields(f"metadata.name={request.name}"))

    def __call__(self, obj: Object) -> bool:
        if self._labels is not None and not self._labels.matches(labels_of(obj)):
            return False
        return all((field_value(obj, path) == value) == equal for path, equal, value in self._fields)


def _token(revision: int, key: str) -> str:
    """Returns what a client sends back for the next page."""
    return base64.urlsafe_b64encode(json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": key}).encode()).decode()


def _continued(token: str) -> tuple[int, str]:
    """Returns the revision and the key that a list goes on from; 0 and "" for one that begins."""
    if not token:
        return 0, ""
    try:
        read = json.loads(base64.urlsafe_b64decode(token))
        return int(read["rv"]), str(read["start"])
    except (ValueError, KeyError, TypeError):
        raise errors.BadRequest("continue key is not valid: illegal base64 data") from None
