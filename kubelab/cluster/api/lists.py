"""Lists: by namespace, label and field selector, in pages.

Source: kubernetes.io, reference/using-api/api-concepts, "Retrieving large results sets in chunks".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubelab.cluster.api import errors, revisions, tables
from kubelab.cluster.api.computed import computed
from kubelab.cluster.api.extensions import shown_as
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
TOO_OLD_TO_LIST = "The resourceVersion for the provided list is too old."
EVERY_KIND = ("metadata.name", "metadata.namespace")


def list_objects(server: ApiServer, request: Request, *, plain: bool = False) -> Object:
    """Returns a list object, or a Table of it.

    Args:
        plain: leave the objects as they are, whatever the request accepts.
    """
    if (found := computed(server, request.kind, request.namespace)) is not None:
        return _computed(server, request, found, plain=plain)
    rows = server.store.table(request.kind.prefix)
    prefix = f"{request.kind.prefix}{request.namespace}/" if request.namespace else request.kind.prefix
    matches = matcher(request)
    limit = _limit(request)
    revision, after = revisions.continued(server, request, prefix)
    revision = revision or _begun(server, request, limit)
    items: list[Object] = []
    metadata: Object = {"resourceVersion": str(server.store.revision)}
    keys = _below(rows.keys(), prefix) if request.namespace else rows.keys()
    objects: Mapping[str, Object] = rows.rows
    if revision > 0:
        try:
            keys, objects = _as_of(server, revision, prefix, keys, objects)
        except Compacted:
            token = revisions.token(revisions.LATEST, after[:-1], prefix) if after else ""
            raise errors.Gone(TOO_OLD if after else TOO_OLD_TO_LIST, token) from None
        metadata["resourceVersion"] = str(revision)
    for place in range(bisect_left(keys, after), len(keys)):
        key = keys[place]
        obj = objects[key]
        if server.unreadable is not None and (why := server.unreadable(request.kind, key)):
            raise errors.InternalError(f'Internal error occurred: unable to transform key "{key}": {why}')
        if request.kind.custom is not None:
            obj = shown_as(request.kind, obj)
        if matches(obj):
            if obj.get("apiVersion") != request.kind.api_version:
                obj = shown_as(request.kind, obj)
            items.append(server.fresh(request.kind, obj) if request.kind.name in ("Node", "Lease") else obj)
            if limit and len(items) == limit and place + 1 < len(keys):
                metadata["continue"] = revisions.token(int(metadata["resourceVersion"]), key, prefix)
                if not matches.selects:
                    metadata["remainingItemCount"] = len(keys) - place - 1
                break
    shown: Object = {
        "kind": request.kind.list_name,
        "apiVersion": request.kind.api_version,
        "metadata": metadata,
        "items": items,
    }
    return shown if plain else tables.shown_list(server, request, shown)


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


def _limit(request: Request) -> int:
    """Returns how many items a page has, 0 for all.

    Raises:
        BadRequest: it is no number.
    """
    text = request.options.get("limit") or "0"
    try:
        limit = int(text)
    except ValueError:
        raise errors.BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
    # Whatever the server has in its cache comes at once (k8s.io/apiserver/pkg/storage/cacher/delegator).
    return 0 if request.options.get("resourceVersion") == "0" else max(limit, 0)


def _begun(server: ApiServer, request: Request, limit: int) -> int:
    """Returns the revision whose objects a list that begins shows, 0 for the latest."""
    revision = revisions.known(server, request)
    match = request.options.get("resourceVersionMatch", "")
    return revision if match == revisions.EXACT or (limit and not match) else 0


def _below(keys: list[str], prefix: str) -> list[str]:
    """Returns those of sorted keys that begin with a prefix, which ends with a slash."""
    return keys[bisect_left(keys, prefix) : bisect_left(keys, prefix[:-1] + "0")]  # "0" comes after "/"


def _as_of(
    server: ApiServer, revision: int, prefix: str, keys: list[str], objects: Mapping[str, Object]
) -> tuple[list[str], Mapping[str, Object]]:
    """Returns keys and objects as they were at the revision that a list began with.

    Raises:
        Compacted: if too much was written since.
    """
    changes = server.store.changes_since(revision, prefix)
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
