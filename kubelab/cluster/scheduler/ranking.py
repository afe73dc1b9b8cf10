"""The nodes in the order of their worth for the Pods of one template, kept from Pod to Pod.

10,000 Pods of one template need not be judged against every node 10,000 times: a placement changes one
node. A ranking serves templates that only local plugins and the default spreading over hosts have a say
in; all others take the way of `decision`. It comes to the same choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from kubelab.cluster.objects import Object, labels_of
from kubelab.cluster.scheduler.decision import judge, tie
from kubelab.cluster.scheduler.framework import MAX_SCORE, Cycle, Plugin, Rejection
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo
from kubelab.cluster.scheduler.plugins.podtopologyspread import HOSTNAME, PodTopologySpread, State


class Ranking:
    """The feasible nodes of one template, best first.

    Args:
        pod: a Pod of the template.
        local: the plugins that judge a node by itself, prepared for it.
        spread: the spreading plugin, prepared as well, or None where it has no say.
    """

    def __init__(
        self, pod: Object, cache: NodeCache, cycle: Cycle, local: Sequence[Plugin], spread: PodTopologySpread | None
    ) -> None:
        self.pod = pod
        self.cache = cache
        self.cycle = cycle
        self.local = local
        self.spread = spread
        self.topology = cache.topology
        self.rejections: dict[int, Rejection] = {}
        self._seen = len(cache.improved)
        self._versions = [-1] * len(cache.by_index)
        self._local: dict[int, float] = {}
        self._crowd: dict[int, float] = {}
        self._levels: Counter[float] = Counter()
        self._bounds = (0.0, 0.0)
        self._heap: list[tuple[float, int, int, int]] = []
        self._scoring = [(plugin, _Normal(plugin, cycle, cache.by_index)) for plugin in local if plugin.weight]
        for node in cache.by_index:
            self._judge(node)
        self._rebuild()

    @staticmethod
    def serves(cycle: Cycle, chosen: Sequence[Plugin]) -> bool:
        """Tells whether a ranking comes to the right choice for a template."""
        for plugin in chosen:
            if plugin.local:
                continue
            if not isinstance(plugin, PodTopologySpread):
                return False
            state: State = cycle.state[plugin.name]
            if state.hard or state.require_all or any(c.domains and c.key != HOSTNAME for c in state.soft):
                return False
        return True

    def best(self) -> NodeInfo | None:
        """Returns the best node for the next Pod, or None if none is feasible."""
        self._hear_of_improvements()
        heap, versions, nodes = self._heap, self._versions, self.cache.by_index
        while heap:
            _, _, index, version = heap[0]
            node = nodes[index]
            if version != versions[index]:
                heappop(heap)  # judged again since
            elif node.version != version:
                heappop(heap)
                self._judge(node)
                if self._bounds_moved():
                    self._rebuild()
                    heap = self._heap
                elif index in self._local:
                    heappush(heap, self._entry(index))
            else:
                return node
        return None

    def _hear_of_improvements(self) -> None:
        improved = self.cache.improved
        for index in improved[self._seen :]:
            node = self.cache.by_index[index]
            if node.version != self._versions[index]:
                self._judge(node)
                if index in self._local:
                    heappush(self._heap, self._entry(index))
        self._seen = len(improved)
        if self._bounds_moved():
            self._rebuild()

    def _judge(self, node: NodeInfo) -> None:
        """Filters and scores one node as it is now."""
        index = node.index
        self._versions[index] = node.version
        if index in self._crowd:
            self._levels[self._crowd.pop(index)] -= 1
        self._local.pop(index, None)
        rejection = judge(self.cycle, self.local, node)
        if rejection is not None:
            self.rejections[index] = rejection
            return
        self.rejections.pop(index, None)
        self._local[index] = sum(
            [plugin.weight * normal.of(plugin.score(self.cycle, node)) for plugin, normal in self._scoring]
        )
        if self.spread is not None:
            crowd = self._crowd[index] = self._crowding(node)
            self._levels[crowd] += 1

    def _crowding(self, node: NodeInfo) -> float:
        """Scores the spread over hosts by the counters as they are now, not as they were when prepared."""
        state: State = self.cycle.state[PodTopologySpread.name]
        namespace = self.pod["metadata"]["namespace"]
        crowd = 0.0
        for constraint in state.soft:
            if constraint.key in labels_of(node.node):
                count = self.cache.counter(namespace, constraint.selector).by_node.get(node.name, 0)
                crowd += count * constraint.weight + constraint.max_skew - 1
        return float(int(crowd + 0.5))

    def _bounds_moved(self) -> bool:
        return self.spread is not None and self._bounds != self._find_bounds()

    def _find_bounds(self) -> tuple[float, float]:
        levels = [level for level, count in self._levels.items() if count]
        return min(levels, default=0.0), max(levels, default=0.0)

    def _rebuild(self) -> None:
        self._bounds = self._find_bounds()
        self._levels = +self._levels
        self._heap = [self._entry(index) for index in self._local]
        heapify(self._heap)

    def _entry(self, index: int) -> tuple[float, int, int, int]:
        total = self._local[index]
        if self.spread is not None:
            low, high = self._bounds
            crowd = self._crowd[index]
            points = MAX_SCORE if high == 0 else MAX_SCORE * (high + low - crowd) // high
            total += self.spread.weight * points
        return -total, -tie(self.pod, self.cache.by_index[index]), index, self._versions[index]


class _Normal:
    """A local plugin's normalization, with the bounds taken from all nodes once."""

    def __init__(self, plugin: Plugin, cycle: Cycle, nodes: Sequence[NodeInfo]) -> None:
        self._plugin = plugin
        self._cycle = cycle
        self._normalizes = type(plugin).normalize is not Plugin.normalize
        judged = nodes if self._normalizes else ()
        self._highest = max((plugin.score(cycle, node) for node in judged), default=0.0)

    def of(self, score: float) -> float:
        """Returns the normalized score of one node."""
        if not self._normalizes:
            return score
        return self._plugin.normalize(self._cycle, [score, self._highest])[0]
