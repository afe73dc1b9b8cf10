"""Watches as streams: one JSON event a line, each change of the cluster once.

The cluster in memory may be replaced: another process acted on it, or an act failed. Then the watch goes on at the
revision that it had told, with what the log has of the commits in between.
Source: kubernetes.io, reference/using-api/api-concepts, "Efficient detection of changes"; KEP-956 (bookmarks).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import orjson

from kubelab.cluster.api.errors import ApiError, Gone
from kubelab.cluster.api.request import Request
from kubelab.cluster.api.watching import Watch, WatchEvent, bookmark
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Change
from kubelab.labs import log
from kubelab.labs.gateway.streams import Stream
from kubelab.labs.keeping import Act
from kubelab.labs.models import Segment

USUAL, LONGEST = 1800.0, 24 * 3600.0  # seconds of a watch that names none; --min-request-timeout


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
        self._send(watch.events())

    def follow(self, act: Act) -> None:
        """Send what the act has changed."""
        try:
            if act.cluster is not self._cluster:
                self._go_over(act)
        except ApiError as error:
            self._send([WatchEvent("ERROR", error.status())])
            self.end()
            return
        self._send(self._watch.events())

    def closed(self) -> None:
        self._watch.close()

    def last_words(self) -> None:
        """Tell how far the watch has got."""
        if self._asked:
            self._send([bookmark(self._cluster.api, self._request)])

    def _send(self, events: Iterable[WatchEvent]) -> None:
        self.put(b"".join(orjson.dumps({"type": event.type, "object": event.object}) + b"\n" for event in events))

    def _go_over(self, act: Act) -> None:
        """Watch the cluster that took the place of the one before.

        Raises:
            Gone: what happened in between is not known any more.
        """
        old, server = self._cluster.store, act.cluster.api
        self._watch.close()
        if act.lab.seed != self._seed:
            raise Gone(f"too old resource version: {old.revision} ({server.store.revision})")
        now = {"resourceVersion": str(server.store.revision)}
        options = {key: value for key, value in self._request.options.items() if key != "sendInitialEvents"} | now
        watch = Watch(server, _with(self._request, options))
        watch.replay(self._missed(act))
        self._watch, self._cluster = watch, act.cluster

    def _missed(self, act: Act) -> list[Change]:
        lab, before, upto = act.lab, self.commits, act.lab.commits
        kept = Segment.objects.filter(lab=lab, snapshot=False, piece=0, commit__gt=before, commit__lte=upto)
        if before < 0 or kept.count() != upto - before:
            raise Gone("The resourceVersion for the provided watch is too old.")
        objects: dict[str, Object | None] = {}
        changes = []
        prefix = self._request.kind.prefix
        for _, rows in log.changes_between(lab.pk, before, upto):
            for key, revision, new in sorted(rows, key=lambda row: row[1]):
                if key.startswith(prefix):
                    old = objects[key] if key in objects else self._cluster.store.get(key)
                    objects[key] = new
                    changes.append(Change(revision, key, old, new))
        return changes


def _with(request: Request, options: Mapping[str, str]) -> Request:
    return replace(request, options=options)


def _seconds_of(request: Request) -> float:
    """Return how long a watch lasts."""
    try:
        asked = float(request.options.get("timeoutSeconds") or USUAL)
    except ValueError:
        return USUAL
    return min(max(asked, 0.0), LONGEST) if asked == asked else USUAL
