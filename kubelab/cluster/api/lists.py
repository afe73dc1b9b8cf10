"""Lists: by namespace, label and field selector, in pages.

Source: kubernetes.io, reference/using-api/api-concepts, "Retrieving large results sets in chunks".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
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
PIECE = 250  # objects, of which none of a longer list is picked or shown in one go where others wait
# Kinds whose heartbeats are worked out when they are read, by what `ApiServer.fresh` is set to.
BEATING = ("Node", "Lease")
EVERY_KIND = ("metadata.name", "metadata.namespace")


def list_objects(server: ApiServer, request: Request, *, plain: bool = False) -> Object:
    """Returns a list object, or a Table of it.

    Args:
        plain: leave the objects as they are, whatever the request accepts.
    """
    listing = Listing(server, request)
    listing.pick_all()
    return listing.found if plain else listing.shown().whole()


def answered(server: ApiServer, request: Request) -> Object | Listing:
    """Returns a list as it is shown; of a long one that may be told in pieces, what it will be made of."""
    listing = Listing(server, request)
    if request.in_pieces and listing.is_long:
        listing.put_aside()
        return listing
    listing.pick_all()
    return listing.shown().whole()


class Listing:
    """A list that is being made.

    Objects are never changed in place: what was put aside at one moment may be picked from and shown later, while the
    cluster goes on.

    Attributes:
        found: the list object, whose items are there when all are picked.
        picking: picks them; pauses after each piece of what it looks through.
    """

    def __init__(self, server: ApiServer, request: Request) -> None:
        self.server, self.request = server, request
        self._now, kind = server.clock.now, request.kind
        self._items: list[Object] = []
        self._metadata: Object = {}
        self.found: Object = {
            "kind": kind.list_name, "apiVersion": kind.api_version, "metadata": self._metadata, "items": self._items,
        }  # fmt: skip
        self._computed = computed(server, kind, request.namespace)
        self._matches = matcher(request)
        if self._computed is None:
            self._begin()
        self.picking = self._pick()

    def _begin(self) -> None:
        server, request = self.server, self.request
        rows, prefix = server.store.table(request.kind.prefix), request.kind.prefix
        self._prefix = f"{prefix}{request.namespace}/" if request.namespace else prefix
        self._limit = _limit(request)
        revision, self._after = revisions.continued(server, request, self._prefix)
        revision = revision or _begun(server, request, self._limit)
        self._keys = _below(rows.keys(), self._prefix) if request.namespace else rows.keys()
        self._objects, self._before = rows.rows, dict[str, Object]()
        if revision > 0:
            self._go_back(revision)
        self._metadata["resourceVersion"] = str(revision if revision > 0 else server.store.revision)

    def _go_back(self, revision: int) -> None:
        """Picks from the objects as they were at a revision.

        Raises:
            Gone: too much was written since.
        """
        try:
            self._keys, self._before = _as_of(self.server, revision, self._prefix, self._keys)
        except Compacted:
            after = self._after
            token = revisions.token(revisions.LATEST, after[:-1], self._prefix) if after else ""
            raise errors.Gone(TOO_OLD if after else TOO_OLD_TO_LIST, token) from None

    @property
    def is_long(self) -> bool:
        """Tells whether making it would hold up others."""
        return self._computed is None and not self._limit and len(self._keys) > PIECE

    def put_aside(self) -> None:
        """Has the rest need nothing of the cluster any more."""
        if self.server.unreadable is not None or self.request.kind.name in BEATING:
            self.pick_all()  # they are asked of the cluster's present state
        else:
            self._keys, self._objects = list(self._keys), type(self._objects)(self._objects)  # folded ones stay so

    def pick_all(self) -> None:
        """Picks what is asked for, in one go."""
        for _ in self.picking:
            pass

    def shown(self) -> tables.ShownList:
        """Returns how it is shown; call it when all are picked."""
        return tables.ShownList(self.server, self.request, self.found, self._now)

    def _pick(self) -> Iterator[None]:
        if self._computed is not None:
            self._items += filter(self._matches, self._computed)
            return
        server, kind, keys, limit, matches = self.server, self.request.kind, self._keys, self._limit, self._matches
        objects, before = self._objects, self._before
        for place in range(bisect_left(keys, self._after), len(keys)):
            if place % PIECE == PIECE - 1:
                yield
            key = keys[place]
            obj = before[key] if key in before else objects[key]
            if server.unreadable is not None and (why := server.unreadable(kind, key)):
                raise errors.InternalError(f'Internal error occurred: unable to transform key "{key}": {why}')
            if kind.custom is not None:
                obj = shown_as(kind, obj)
            if matches(obj):
                if obj.get("apiVersion") != kind.api_version:
                    obj = shown_as(kind, obj)
                self._items.append(server.fresh(kind, obj) if kind.name in BEATING else obj)
                if limit and len(self._items) == limit and place + 1 < len(keys):
                    self._end_page(key, len(keys) - place - 1)
                    return

    def _end_page(self, key: str, left: int) -> None:
        """Says where the next page begins, and how many objects it leaves."""
        self._metadata["continue"] = revisions.token(int(self._metadata["resourceVersion"]), key, self._prefix)
        if not self._matches.selects:
            self._metadata["remainingItemCount"] = left


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


def _as_of(server: ApiServer, revision: int, prefix: str, keys: list[str]) -> tuple[list[str], dict[str, Object]]:
    """Returns keys as they were at the revision that a list began with, and the objects that were others then.

    Raises:
        Compacted: if too much was written since.
    """
    changes = server.store.changes_since(revision, prefix)
    if not changes:
        return keys, {}
    before = {change.key: change.old for change in reversed(changes)}
    standing = {key: obj for key, obj in before.items() if obj is not None}
    return sorted({*(key for key in keys if key not in before), *standing}), standing


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
