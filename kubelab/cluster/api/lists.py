"""Lists: by namespace, label and field selector, in pages.

Source: kubernetes.io, reference/using-api/api-concepts, "Retrieving large results sets in chunks".
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from kubelab.cluster.api import errors, tables
from kubelab.cluster.api.request import Request
from kubelab.cluster.objects import Object, labels_of
from kubelab.cluster.selectors import SelectorError, field_value, parse_fields, parse_labels

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

EVERY_KIND = ("metadata.name", "metadata.namespace")


def list_objects(server: ApiServer, request: Request, *, plain: bool = False) -> Object:
    """Returns a list object, or a Table of it.

    Args:
        plain: leave the objects as they are, whatever the request accepts.
    """
    rows = server.store.table(request.kind.prefix)
    prefix = f"{request.kind.prefix}{request.namespace}/" if request.namespace else request.kind.prefix
    matches = matcher(request)
    limit = int(request.options.get("limit") or 0)
    after = _continued(request.options.get("continue", ""))
    items: list[Object] = []
    metadata: Object = {"resourceVersion": str(server.store.revision)}
    keys = [key for key in rows.keys() if key.startswith(prefix)] if request.namespace else rows.keys()
    for place, key in enumerate(keys):
        if after and key <= after:
            continue
        obj = rows.rows[key]
        if matches(obj):
            items.append(server.fresh(request.kind, obj) if request.kind.name in ("Node", "Lease") else obj)
            if limit and len(items) == limit and place + 1 < len(keys):
                metadata["continue"] = base64.urlsafe_b64encode(
                    json.dumps({"v": "meta.k8s.io/v1", "rv": server.store.revision, "start": key}).encode()
                ).decode()
                metadata["remainingItemCount"] = len(keys) - place - 1
                break
    found = {
        "kind": request.kind.list_name,
        "apiVersion": request.kind.api_version,
        "metadata": metadata,
        "items": items,
    }
    return found if plain else tables.shown_list(server, request, found)


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
        for requirement in self._fields:
            if requirement.path not in EVERY_KIND and requirement.path not in request.kind.field_labels:
                raise errors.BadRequest(f"field label not supported: {requirement.path}")
        if request.name:
            self._fields = (*self._fields, *parse_fields(f"metadata.name={request.name}"))

    def __call__(self, obj: Object) -> bool:
        if self._labels is not None and not self._labels.matches(labels_of(obj)):
            return False
        return all((field_value(obj, path) == value) == equal for path, equal, value in self._fields)


def _continued(token: str) -> str:
    if not token:
        return ""
    try:
        return str(json.loads(base64.urlsafe_b64decode(token))["start"])
    except (ValueError, KeyError):
        raise errors.BadRequest("continue key is not valid: illegal base64 data") from None
