"""Watches: every change from a revision on, none twice, none left out.

Source: kubernetes.io, reference/using-api/api-concepts, "Efficient detection of changes".
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.api import errors, revisions, tables
from kubelab.cluster.api.extensions import shown_as
from kubelab.cluster.api.lists import list_objects, matcher
from kubelab.cluster.api.request import Request
from kubelab.cluster.objects import Object, with_metadata
from kubelab.cluster.store import Change, Compacted

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer


class WatchEvent(NamedTuple):
    """One event of a watch: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR."""

    type: str
    object: Object


class Watch:
    """The changes of one kind that a request asks for, as they come."""

    def __init__(self, server: ApiServer, request: Request) -> None:
        self._server = server
        self._request = request
        self._matches = matcher(request)
        self._prefix = f"{request.kind.prefix}{request.namespace}/" if request.namespace else request.kind.prefix
        self._pending: deque[WatchEvent] = deque()
        self.after = 0  # the revision that it began at: what is older is not told
        self.ended = False  # it will tell nothing more
        self._close = server.store.subscribe(request.kind.prefix, self._changed)

    def events(self) -> list[WatchEvent]:
        """Returns what came since the last call."""
        events = list(self._pending)
        self._pending.clear()
        return events

    def close(self) -> None:
        """Ends the watch."""
        self._close()

    def replay(self, changes: list[Change]) -> None:
        """Puts changes that were before the watch."""
        for change in changes:
            self._changed(change)

    def add(self, event: WatchEvent) -> None:
        """Puts an event of the watch's own."""
        self._pending.append(event)

    def _changed(self, change: Change) -> None:
        if change.revision <= self.after or not change.key.startswith(self._prefix):
            return
        before = change.old is not None and self._matches(change.old)
        after = change.new is not None and self._matches(change.new)
        if change.new is not None and after:
            self._put("MODIFIED" if before else "ADDED", change.new)
        elif change.old is not None and before:
            # The last state in which it matched, at the revision of its end.
            self._put("DELETED", with_metadata(change.old, resourceVersion=str(change.revision)))

    def _put(self, kind: str, obj: Object) -> None:
        obj = shown_as(self._request.kind, obj)
        self._pending.append(WatchEvent(kind, tables.shown(self._server, self._request, obj)))


def bookmark(
    server: ApiServer, request: Request, *, revision: int | None = None, initial_events_end: bool = False
) -> WatchEvent:
    """Returns the event that tells a watch how far it has got.

    Args:
        revision: how far; by default as far as the cluster.
        initial_events_end: whether all that was there at the beginning has been sent (KEP-3157).
    """
    metadata: Object = {"resourceVersion": str(revision or server.store.revision), "creationTimestamp": None}
    if initial_events_end:
        metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
    obj: Object = {"kind": request.kind.name, "apiVersion": request.kind.api_version, "metadata": metadata}
    return WatchEvent("BOOKMARK", obj)


def open_watch(server: ApiServer, request: Request) -> Watch:
    """Opens a watch where the request says: with all there is, from a revision, or from now on.

    Raises:
        Invalid: its options do not go together.
        Gone: the revision is too old.
        UnknownRevision: all there is at a revision that is not there yet.
    """
    revisions.check(request, server.version)
    initial = request.options.get("sendInitialEvents")
    revision = revisions.known(server, request) if initial == "true" else revisions.asked(request)
    watch = Watch(server, request)
    if initial == "true" or (revision == 0 and initial is None):
        for obj in list_objects(server, _all_of(request), plain=True)["items"]:
            watch.add(WatchEvent("ADDED", tables.shown(server, request, obj)))
        if initial and request.options.get("allowWatchBookmarks") in ("true", "1"):
            watch.add(bookmark(server, request, initial_events_end=True))
    elif revision:
        watch.after = revision
        try:
            watch.replay(server.store.changes_since(revision, request.kind.prefix))
        except Compacted:
            watch.close()
            raise errors.Gone(f"too old resource version: {revision} ({server.store.revision})") from None
    return watch


def failed_watch(server: ApiServer, request: Request, error: errors.ApiError) -> Watch:
    """Returns a watch that tells an error and ends: the way of those that fail once they may be opened."""
    watch = Watch(server, request)
    watch.close()
    watch.ended = True
    watch.add(WatchEvent("ERROR", error.status()))
    return watch


def _all_of(request: Request) -> Request:
    """Returns a watch's request as one for the list that it begins with."""
    kept = {name: request.options[name] for name in ("labelSelector", "fieldSelector") if name in request.options}
    return replace(request, options=kept)
