"""The rankings of the templates whose Pods come one after the other.

In a large cluster a Pod is compared with some hundred nodes only, as in life; there the search goes on where the last
one ended. Here the Pods of an owner have the same nodes to choose from until there is one on each, then the next
ones: which these are follows from how many Pods the owner has, so that a restarted process goes on alike.
"""

from __future__ import annotations

from collections import OrderedDict
from operator import is_
from typing import TYPE_CHECKING
from zlib import crc32

from kubelab.cluster.objects import Object, controller_ref
from kubelab.cluster.scheduler.decision import feasible_wanted
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo
from kubelab.cluster.scheduler.profiles import Profile
from kubelab.cluster.scheduler.ranking import Ranking

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MOST = 512  # rankings that are remembered: where nodes are lost, Pods of all templates come one after the other

Identity = tuple[int, str, str, int]  # spec, profile, owner, and how many nodes are looked at


class Rankings:
    """Rankings by template."""

    def __init__(self, cluster: Cluster, cache: NodeCache) -> None:
        self._cluster = cluster
        self._cache = cache
        self._known: OrderedDict[Identity, Ranking] = OrderedDict()
        self.last: Ranking | None = None  # the one that chose last
        self._last_for: tuple[object, ...] = ()  # of which Pods, by what those of one template share

    def clear(self) -> None:
        """Forgets all."""
        self._known.clear()
        self.last, self._last_for = None, ()

    def choose(self, pod: Object, profile: Profile) -> NodeInfo | None:
        """Returns the best node for a Pod, or None if no node is feasible."""
        total = len(self._cache.by_index)
        wanted = feasible_wanted(total, profile.percentage)
        if wanted < total if profile.percentage else 2 * wanted < total:
            best = self._get(pod, profile, self._start(pod, wanted, total), wanted).best()
            if best is not None:
                return best
        return self._get(pod, profile, 0, total).best()

    def _start(self, pod: Object, wanted: int, total: int) -> int:
        owner = controller_ref(pod)
        uid = owner["uid"] if owner else pod["metadata"]["uid"]
        return (crc32(uid.encode()) + self._cache.placed[uid] // wanted * wanted) % total

    def _get(self, pod: Object, profile: Profile, start: int, wanted: int) -> Ranking:
        metadata, last = pod["metadata"], self.last
        alike = (pod["spec"], metadata.get("ownerReferences"), metadata.get("labels"), profile)
        if last is not None and last.start == start and last.wanted == wanted and alike[1]:
            if all(map(is_, alike, self._last_for)) and last.is_current():
                return last
        owner = controller_ref(pod)
        identity = (id(pod["spec"]), profile.name, owner["uid"] if owner else pod["metadata"]["uid"], wanted)
        ranking = self._known.get(identity)
        if ranking is None or ranking.start != start or not ranking.serves(pod):
            ranking = self._known[identity] = Ranking(pod, self._cache, profile.plugins, start, wanted)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        self._known.move_to_end(identity)
        self.last, self._last_for = ranking, alike
        return ranking
