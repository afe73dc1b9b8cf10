"""Watches as streams: one JSON event a line, each change of the cluster once.

The cluster in memory may be replaced: another process acted on it, or an act failed. Then the watch goes on at the
revision that it had told, with what the log has of the commits in between.
Source: kubernetes.io, reference/using-api/api-concepts, "Efficient detection of changes"; KEP-956 (bookmarks).
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import orjson

from kubelab.cluster.api import revisions
from kubelab.cluster.api.errors import ApiError, Gone
from kubelab.cluster.api.request import Request
from kubelab.cluster.api.watching import Watch, WatchEvent, bookmark
from kubelab.cluster.folded import unfolded
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Change, Compacted
from kubelab.labs import log, templates
from kubelab.labs.gateway.streams import Stream
from kubelab.labs.keeping import Act
from kubelab.labs.locks import own_turn
from kubelab.labs.models import Lab, Segment
from kubelab.labs.workers import Urgency, workers

MOST_COMMITS = 1000  # that a watch may go back; etcd keeps five minutes
BOOKMARK_EVERY = 60.0  # seconds
TOO_OLD = "The resourceVersion for the provided watch is too old."
USUAL, LONGEST = 1800.0, 24 * 3600.0  # seconds of a watch that names none; --min-request-timeout


def resumed(act: Act, request: Request, failed: Watch) -> Watch:
    """Open a watch from a revision that this copy of the cluster does not remember: the log does, for a while.

    A copy remembers what happened since it was loaded; a client may have listed before, from another process's.

    Args:
        failed: what the API server has opened, which is returned where the log does not reach back so far either.
    """
    revision, lab, server = revisions.asked(request), act.lab, act.cluster.api
    commits = Segment.objects.filter(lab=lab, snapshot=False, piece=0)
    last = commits.filter(revision__lte=revision).order_by("-commit").values_list("commit", flat=True).first()
    if last is None and not lab.snapshot and revision >= templates.get(lab.template_id).header["revision"]:
        last = 0  # nothing yet but what the lab was made from
    since = lab.commits - last if last is not None and revision <= server.store.revision else 0
    if not 0 < since <= MOST_COMMITS or commits.filter(commit__gt=last).count() != since:
        return failed
    prefix = request.kind.prefix
    objects: dict[str, Object | None] = {
        key: unfolded(obj) for key, obj in log.state_at(lab, revision)[1] if key.startswith(prefix)
    }
    watch = Watch(server, request)
    watch.after = revision
    watch.replay(_changes(lab, last or 0, prefix, objects, objects.get))
    watch.replay(server.store.changes_since(lab.revision, prefix))  # what this act itself has done so far
    return watch


def _changes(
    lab: Lab, after: int, prefix: str, objects: dict[str, Object | None], before: Callable[[str], Object | None]
) -> list[Change]:
    """Return what commits after one have changed below a prefix.

    Args:
        objects: what is known of the objects before; the present ones afterwards.
        before: gives those that are not among them.
    """
    changes = []
    for _, rows in log.changes_between(lab.pk, after, lab.commits):
        for key, revision, kept in sorted(rows, key=lambda row: row[1]):
            if key.startswith(prefix):
                new = None if kept is None else unfolded(kept)
                old = objects[key] if key in objects else before(key)
                objects[key] = new
                changes.append(Change(revision, key, old, new))
    return changes


class WatchStream(Stream):
    """A watch that is sent on.

    Args:
        act: the act in which it was opened.
        watch: as the API server has opened it.
        request: what was asked.
    """

    def __init__(self, act: Act, watch: Watch, request: Request) -> None:
        super().__init__(act.lab.pk, _seconds_of(request))
        self._watch, self._request = watch, request
        self._cluster, self._seed = act.cluster, act.lab.seed
        self._asked = request.options.get("allowWatchBookmarks") in ("true", "1")
        self._revision = self._marked = act.cluster.store.revision  # committed; told at the last bookmark
        self._bell: asyncio.TimerHandle | None = None
        self._pass_on(watch)

    def follow(self, act: Act) -> None:
        """Send what the act has changed."""
        try:
            if act.cluster is not self._cluster:
                self._go_over(act)
        except ApiError as error:
            self._send([WatchEvent("ERROR", error.status())])
            self.end()
            return
        self._revision = act.cluster.store.revision
        self._pass_on(self._watch)
        if self._asked and self._revision > self._marked and self._loop is not None:
            self._loop.call_soon_threadsafe(self._set_bell)

    def closed(self) -> None:
        self._watch.close()

    def last_words(self) -> None:
        """Tell how far the watch has got."""
        if self._asked and not self._ended:
            self._marked = self._revision
            self._send([bookmark(self._cluster.api, self._request, revision=self._revision)])

    # A bookmark a minute, for as long as there is something new to tell: a quiet cluster has no bell set.

    def _set_bell(self) -> None:
        if self._bell is None and not self._ended and self._loop is not None:
            self._bell = self._loop.call_later(BOOKMARK_EVERY, self._ring_bell)

    def _ring_bell(self) -> None:
        self._bell = None
        if not self._ended:
            workers.submit(Urgency.TIME, self._bookmark)

    def _bookmark(self) -> None:
        with own_turn(self.lab_id):
            self.last_words()

    def _pass_on(self, watch: Watch) -> None:
        self._send(watch.events())
        if watch.ended:
            self.end()

    def _send(self, events: Iterable[WatchEvent]) -> None:
        self.put(b"".join(orjson.dumps({"type": event.type, "object": event.object}) + b"\n" for event in events))

    def _go_over(self, act: Act) -> None:
        """Watch the cluster that took the place of the one before.

        Raises:
            Gone: what happened in between is not known any more.
        """
        server = act.cluster.api
        self._watch.close()
        if act.lab.seed != self._seed:
            raise Gone(f"too old resource version: {self._revision} ({server.store.revision})")
        now = {"resourceVersion": str(server.store.revision)}
        left_out = ("sendInitialEvents", "resourceVersionMatch")
        options = {key: value for key, value in self._request.options.items() if key not in left_out} | now
        watch = Watch(server, _with(self._request, options))
        watch.replay(self._missed(act))
        self._watch, self._cluster = watch, act.cluster

    def _missed(self, act: Act) -> list[Change]:
        lab, before, upto = act.lab, self.commits, act.lab.commits
        kept = Segment.objects.filter(lab=lab, snapshot=False, piece=0, commit__gt=before, commit__lte=upto)
        if before < 0 or kept.count() != upto - before:
            raise Gone(TOO_OLD)
        return _changes(lab, before, self._request.kind.prefix, self._undone(), self._cluster.store.get)

    def _undone(self) -> dict[str, Object | None]:
        """Return what an act that failed had changed in the cluster before, as it was before that."""
        try:
            changes = self._cluster.store.changes_since(self._revision, self._request.kind.prefix)
        except Compacted:
            raise Gone(TOO_OLD) from None
        return {change.key: change.old for change in reversed(changes)}


def _with(request: Request, options: Mapping[str, str]) -> Request:
    return replace(request, options=options)


def _seconds_of(request: Request) -> float:
    """Return how long a watch lasts."""
    try:
        asked = float(request.options.get("timeoutSeconds") or USUAL)
    except ValueError:
        return USUAL
    return min(max(asked, 0.0), LONGEST) if asked == asked else USUAL
