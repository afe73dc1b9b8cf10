"""The nodes in the order of their worth for the Pods of one template, kept from Pod to Pod.

10,000 Pods of one template need not be judged against every node 10,000 times: a placement changes one node. And most
nodes are alike: those of one pool that carry the same load get the same judgement, and those with as many Pods
that matter are one bucket, of which only the best one counts. It comes to the same choice as `decision.decide`.

Where plugins look at nothing beyond that (`Plugin.is_local`), what nodes of one bucket share stands until a bucket
opens or closes: then a Pod of a burst costs the judgement of the one node that the last Pod went to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import inf

from kubelab.cluster.objects import Object, labels_of
from kubelab.cluster.scheduler.decision import Decision, tie
from kubelab.cluster.scheduler.domains import Domains
from kubelab.cluster.scheduler.framework import Cycle, Plugin, Rejection, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo
from kubelab.cluster.scheduler.plugins.imagelocality import normalized

STALE = 32  # entries that are out of date and do not hurt
SMALL = 100  # nodes up to which all is judged anew when images have come to other nodes

Scores = dict[str, float]  # by plugin, weights included
BucketKey = tuple[object, ...]
Entry = tuple[float, int, int, int]  # -score, -tie, node index, version


@dataclass
class Bucket:
    """Nodes that only their load tells apart, the best first; `entries` may have some that are out of date."""

    entries: list[Entry] = field(default_factory=list)
    size: int = 0


@dataclass
class Verdict:
    """What plugins of one scope say of nodes that are the same to them."""

    plugin: str = ""
    rejection: Rejection | None = None
    scores: Scores = field(default_factory=dict)
    total: float = 0.0


class Ranking:
    """The feasible nodes of one template, best first.

    Args:
        pod: a Pod of the template.
        plugins: those of its profile.
        start: the index of the node to begin with.
        wanted: how many nodes are looked at, those of pools where the Pod may never go left out.
    """

    def __init__(self, pod: Object, cache: NodeCache, plugins: Iterable[Plugin], start: int, wanted: int) -> None:
        self.pod = pod
        self.cache = cache
        self.topology = cache.topology
        self.start = start
        self.cycle = Cycle(pod, cache.info(pod), cache.by_index, cache)
        chosen = [plugin for plugin in plugins if plugin.concerns(self.cycle)]
        for plugin in chosen:
            plugin.prepare(self.cycle)
        self._by_pool, self._by_load, self._by_pods = (
            [plugin for plugin in chosen if plugin.scope == scope] for scope in Scope
        )
        self._order = [plugin.name for plugin in chosen if plugin.weight]
        self._by_name = any(plugin.by_name(self.cycle) for plugin in chosen)
        self._hosts: list[Domains] = [domains for plugin in self._by_pods for domains in plugin.hosts(self.cycle)]
        self._is_local = all(plugin.is_local(self.cycle) for plugin in self._by_pods)
        self._images, self._imaged = self._image_counts(), cache.imaged
        self._pools: dict[object, Verdict] = {}
        self._loads: dict[int, Verdict] = {}
        self._buckets: dict[BucketKey, Bucket] = {}
        self._places: dict[int, BucketKey] = {}
        self._open: list[tuple[BucketKey, NodeInfo, int]] = []  # as they were for the last Pod
        self._shared: dict[str, list[float]] = {}
        self._standing: list[tuple[BucketKey, Bucket, float]] = []  # those open, with what they share, while that holds
        self._feasible_nodes = 0  # in those
        self._ties: dict[int, int] = {}
        self._nodes: dict[int, NodeInfo] = {}
        self.wanted = wanted
        self._looked = 0  # how many nodes were looked at for these
        self._seen, self._repooled = len(cache.changed), len(cache.repooled)
        self._look()

    def _look(self) -> None:
        """Goes on until there are as many nodes as are wanted, or no more."""
        nodes, start = self.cache.by_index, self.start
        while len(self._nodes) < self.wanted and self._looked < len(nodes):
            node = nodes[(start + self._looked) % len(nodes)]
            self._looked += 1
            if self._pool(node).rejection is None:
                self._nodes[node.index] = node
                self._judge(node)

    def serves(self, pod: Object) -> bool:
        """Tells whether a Pod of the same owner is of the same template, and all that is known still holds."""
        return self.pod["spec"] is pod["spec"] and labels_of(self.pod) == labels_of(pod) and self.is_current()

    def is_current(self) -> bool:
        """Tells whether nothing has changed that it does not follow."""
        cache = self.cache
        if self.topology != cache.topology:
            return False
        if self._repooled != len(cache.repooled) and (self._by_name or not self._is_local):
            return False
        if self._imaged != cache.imaged:
            if len(cache.by_index) <= SMALL and self._images != self._image_counts():
                return False
            self._imaged = cache.imaged
        return True

    def _image_counts(self) -> list[int]:
        return [self.cache.image_nodes[normalized(image)] for image in self.cycle.info.images]

    # what nodes have in common

    def _pool_of(self, node: NodeInfo) -> object:
        return node.index if self._by_name else node.pool

    def _pool(self, node: NodeInfo) -> Verdict:
        """Returns what is true of the node's pool; scores are not weighted yet, they are compared first."""
        key = -1 - node.index if self._by_name else node.pool
        verdict = self._pools.get(key)
        if verdict is None:
            verdict = self._pools[key] = self._filtered(self._by_pool, node)
            if verdict.rejection is None:
                verdict.scores = {p.name: p.score(self.cycle, node) for p in self._by_pool if p.weight}
        return verdict

    def _load(self, node: NodeInfo) -> Verdict:
        """Returns what is true of all nodes with the node's load."""
        number = self.cache.load_of(node)
        verdict = self._loads.get(number)
        if verdict is None:
            verdict = self._loads[number] = self._filtered(self._by_load, node)
            if verdict.rejection is None:
                for plugin in self._by_load:
                    if plugin.weight:
                        (points,) = plugin.normalize(self.cycle, [plugin.score(self.cycle, node)])
                        verdict.scores[plugin.name] = plugin.weight * points
                verdict.total = sum(verdict.scores.values())
        return verdict

    def _filtered(self, plugins: list[Plugin], node: NodeInfo) -> Verdict:
        for plugin in plugins:
            rejection = plugin.filter(self.cycle, node) if plugin.filters else None
            if rejection is not None:
                return Verdict(plugin.name, rejection)
        return Verdict()

    # buckets

    def _judge(self, node: NodeInfo) -> None:
        """Puts one node, as it is now, into the bucket where it belongs."""
        self._leave(node)
        load = self._load(node)
        if load.rejection is not None:
            return
        key = (self._pool_of(node), *[domains.on(node.name) for domains in self._hosts])
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket()
        if not bucket.size:
            self._standing = []
        self._places[node.index] = key
        bucket.size += 1
        if len(bucket.entries) > 2 * bucket.size + STALE:
            bucket.entries = [entry for entry in bucket.entries if self._stands(key, entry)]
            heapify(bucket.entries)
        tied = self._ties.get(node.index)
        if tied is None:
            tied = self._ties[node.index] = -tie(self.pod, node)
        heappush(bucket.entries, (-load.total, tied, node.index, node.version))

    def _follow(self) -> None:
        """Judges the nodes anew that have changed since the last Pod."""
        if self._repooled < len(self.cache.repooled):
            self._follow_pools()
        changed = self.cache.changed
        if self._seen < len(changed):
            for node in dict.fromkeys(changed[self._seen :]):
                if self._nodes.get(node.index) is node:
                    self._judge(node)
            self._seen = len(changed)

    def _follow_pools(self) -> None:
        """Takes in nodes where Pods of the template may go by now, and lets go of those where they may not."""
        moved, total = self.cache.repooled[self._repooled :], len(self.cache.by_index)
        self._repooled += len(moved)

        def distance(node: NodeInfo) -> int:
            return (node.index - self.start) % total

        is_longer = False
        for node in dict.fromkeys(moved):
            if distance(node) >= self._looked:
                continue
            is_open, is_known = self._pool(node).rejection is None, node.index in self._nodes
            if is_open and not is_known:
                self._nodes[node.index] = node
                is_longer = True
            elif is_known and not is_open:
                self._drop(node)
            if is_open:
                self._judge(node)
        if is_longer:  # in the order in which nodes are looked at; sorted once, however many came
            self._nodes = {one.index: one for one in sorted(self._nodes.values(), key=distance)}
        while len(self._nodes) > self.wanted:
            last = next(reversed(self._nodes.values()))
            self._drop(last)
            self._looked = distance(last)
        self._look()

    def _drop(self, node: NodeInfo) -> None:
        """Lets go of a node."""
        del self._nodes[node.index]
        self._leave(node)

    def _leave(self, node: NodeInfo) -> None:
        """Takes a node out of its bucket, if it is in one."""
        key = self._places.pop(node.index, None)
        if key is not None:
            bucket = self._buckets[key]
            bucket.size -= 1
            if not bucket.size:
                self._standing = []

    def _best_of(self, key: BucketKey, bucket: Bucket) -> NodeInfo:
        """Returns the best node of a bucket that is not empty."""
        entries = bucket.entries
        while not self._stands(key, entries[0]):
            heappop(entries)
        return self._nodes[entries[0][2]]

    def _stands(self, key: BucketKey, entry: Entry) -> bool:
        return self._places.get(entry[2]) == key and self._nodes[entry[2]].version == entry[3]

    # choosing

    def best(self) -> NodeInfo | None:
        """Returns the best node for the next Pod, or None if none is feasible."""
        self._follow()
        standing = self._standing
        if not standing or sum([bucket.size for _, bucket, _ in standing]) != self._feasible_nodes:
            standing = self._compared()
        best, winner = (-inf, 0), None
        for key, bucket, shared in standing:
            node = self._best_of(key, bucket)
            total, tied, _, _ = bucket.entries[0]
            rank = shared - total, -tied
            if rank > best:
                best, winner = rank, node
        return winner

    def _compared(self) -> list[tuple[BucketKey, Bucket, float]]:
        """Returns the buckets that are open, with what the nodes of each share."""
        feasible = self._open = self._feasible()
        if not feasible:
            return []
        self._shared = dict(self._shared_scores(feasible))
        columns = list(self._shared.values())
        compared = [
            (key, self._buckets[key], sum([points[place] for points in columns]))
            for place, (key, _, _) in enumerate(feasible)
        ]
        if self._is_local:
            self._standing, self._feasible_nodes = compared, sum(size for _, _, size in feasible)
        return compared

    def _feasible(self) -> list[tuple[BucketKey, NodeInfo, int]]:
        """Returns the buckets that other Pods leave open, each with its best node and its size."""
        for plugin in self._by_pods:
            plugin.refresh(self.cycle)
        if any(plugin.filters and plugin.prefilter(self.cycle) for plugin in self._by_pods):
            return []
        found = []
        for key, bucket in list(self._buckets.items()):
            if not bucket.size:
                del self._buckets[key]
                continue
            node = self._best_of(key, bucket)
            if self._filtered(self._by_pods, node).rejection is None:
                found.append((key, node, bucket.size))
        return found

    def _shared_scores(self, feasible: list[tuple[BucketKey, NodeInfo, int]]) -> Iterable[tuple[str, list[float]]]:
        """Yields the scores of each plugin that nodes of one bucket share."""
        for plugin in self._by_pool:
            if plugin.weight:
                raw = [self._pool(node).scores[plugin.name] for _, node, _ in feasible]
                yield plugin.name, [plugin.weight * points for points in plugin.normalize(self.cycle, raw)]
        for plugin in self._by_pods:
            if plugin.weight:
                plugin.prescore(self.cycle, [(node, size) for _, node, size in feasible])
                raw = [plugin.score(self.cycle, node) for _, node, _ in feasible]
                yield plugin.name, [plugin.weight * points for points in plugin.normalize(self.cycle, raw)]

    def table(self, chosen: NodeInfo, most: int) -> Decision:
        """Returns how the choice came about that `best` made last.

        Args:
            most: how many nodes are told of; the chosen one is always among them.
        """
        total = len(self.cache.by_index)
        evaluated = total if total <= SMALL else len(self._nodes)
        decision = Decision(chosen, feasible=sum(size for _, _, size in self._open), evaluated=evaluated)
        places = {key: place for place, (key, _, _) in enumerate(self._open)}
        shown = self.cache.by_index if len(self.cache.by_index) <= most else list(self._nodes.values())[:most]
        for node in shown if chosen in shown else [chosen, *shown[1:]]:
            self._tell(node, places, decision)
        return decision

    def _tell(self, node: NodeInfo, places: dict[BucketKey, int], decision: Decision) -> None:
        key = self._places.get(node.index)
        if key in places:
            shared = {name: points[places[key]] for name, points in self._shared.items()}
            scores = {**shared, **self._load(node).scores}
            decision.scores[node.name] = {name: scores[name] for name in self._order}
            return
        for verdict in (self._pool(node), self._load(node), self._filtered(self._by_pods, node)):
            if verdict.rejection is not None:
                decision.rejecting[node.name], decision.rejections[node.name] = verdict.plugin, verdict.rejection
                return
