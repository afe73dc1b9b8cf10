"""One Pod's way through the plugins: which nodes are feasible, and which of them is best.

Source: pkg/scheduler/schedule_one.go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from kubelab.cluster.objects import Object, controller_ref, key_of
from kubelab.cluster.scheduler.framework import Cycle, Plugin, Rejection
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo

LEAST_FEASIBLE = 100  # clusters up to this size are looked at whole
LEAST_PERCENTAGE = 5


@dataclass
class Decision:
    """What became of one Pod: the node that it goes to, or why there is none.

    Attributes:
        rejections: by node, with the plugin that rejected it in `rejecting`.
        scores: by node, by plugin, weights included.
        feasible: how many nodes would do, of those that were `evaluated`.
    """

    node: NodeInfo | None
    rejections: dict[str, Rejection] = field(default_factory=dict)
    rejecting: dict[str, str] = field(default_factory=dict)
    prefilter: str = ""  # why no node at all will do
    prefiltering: str = ""  # the plugin that says so
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    feasible: int = 0
    evaluated: int = 0

    def message(self, total: int) -> str:
        """Words why no node is feasible, as FitError does.

        Args:
            total: how many nodes the cluster has.
        """
        if not total:
            return "no nodes available to schedule pods"
        reasons = Counter(reason for rejection in self.rejections.values() for reason in rejection.reasons)
        parts = sorted(f"{count} {reason}" for reason, count in reasons.items())
        text = f"0/{total} nodes are available"
        if self.prefilter:
            return f"{text}: {self.prefilter}."
        return f"{text}: {', '.join(parts)}." if parts else f"{text}."


def feasible_wanted(total: int, percentage: int = 0) -> int:
    """Returns after how many feasible nodes the search may stop (numFeasibleNodesToFind).

    Args:
        percentage: percentageOfNodesToScore; 0 where nothing is said: it follows from the cluster's size.
    """
    if total < LEAST_FEASIBLE:
        return total
    percentage = percentage or max(50 - total // 125, LEAST_PERCENTAGE)
    return max(total * percentage // 100, LEAST_FEASIBLE)


def concerned(cycle: Cycle, plugins: Sequence[Plugin]) -> list[Plugin]:
    """Returns the plugins that have something to say of the Pod, prepared for it."""
    chosen = [plugin for plugin in plugins if plugin.concerns(cycle)]
    for plugin in chosen:
        plugin.prepare(cycle)
        plugin.refresh(cycle)
    return chosen


def judge(cycle: Cycle, plugins: Sequence[Plugin], node: NodeInfo) -> tuple[Plugin, Rejection] | None:
    """Returns the first plugin that rejects the node, with its reasons; None if the node is feasible."""
    for plugin in plugins:
        if plugin.filters:
            rejection = plugin.filter(cycle, node)
            if rejection is not None:
                return plugin, rejection
    return None


class Trial:
    """A Pod tried on nodes as they would be without some of their Pods.

    Args:
        plugins: those of its profile.
    """

    def __init__(self, pod: Object, cache: NodeCache, plugins: Sequence[Plugin]) -> None:
        self._cache = cache
        self._cycle = Cycle(pod, cache.info(pod), cache.by_index, cache)
        self._plugins = concerned(self._cycle, plugins)
        self.node = NodeInfo(-1, "", {})

    def begin(self, node: NodeInfo) -> None:
        """Looks at another node, as it is."""
        for plugin in self._plugins:
            plugin.refresh(self._cycle)
        self.node = trial = NodeInfo(node.index, node.name, node.node, pool=node.pool, version=-1)
        trial.read(node.node)
        trial.requested, trial.scored = dict(node.requested), dict(node.scored)
        trial.ports, trial.pods = Counter(node.ports), dict(node.pods)

    def move(self, pod: Object, number: int) -> None:
        """Adds a Pod to the node (1) or takes it away (-1)."""
        self.node.count(self._cache.needs(pod), number)
        if number > 0:
            self.node.pods[key_of(pod)] = pod
        else:
            del self.node.pods[key_of(pod)]
        for plugin in self._plugins:
            plugin.move(self._cycle, pod, self.node, number)

    def verdict(self) -> tuple[Plugin, Rejection] | None:
        """Returns who rejects the node as it is now, and why; None if the Pod could go there."""
        return judge(self._cycle, self._plugins, self.node)


def decide(
    pod: Object,
    cache: NodeCache,
    plugins: Sequence[Plugin],
    start: int = 0,
    promised: Mapping[str, Sequence[Object]] | None = None,
    percentage: int = 0,
) -> Decision:
    """Chooses a node for a Pod by looking at each, as the real scheduler does; `Ranking` comes to the same choice.

    Args:
        start: the index of the node to begin with, so that a large cluster's nodes all get their turn.
        promised: by node, Pods no less important that room is being made for there.
        percentage: of the nodes, how many feasible ones are enough; 0 for the default.
    """
    cycle = Cycle(pod, cache.info(pod), cache.by_index, cache)
    chosen = concerned(cycle, plugins)
    decision = Decision(None)
    for plugin in chosen:
        decision.prefilter = plugin.prefilter(cycle) if plugin.filters else ""
        if decision.prefilter:
            decision.prefiltering = plugin.name
            return decision
    feasible: list[NodeInfo] = []
    wanted = feasible_wanted(len(cache.by_index), percentage)
    own = cache.nodes.get(pod.get("status", {}).get("nominatedNodeName", ""))
    for node in (*([own] if own else ()), *cache.by_index[start:], *cache.by_index[:start]):
        found = judge(cycle, chosen, node) or judge_beside(pod, cache, plugins, node, (promised or {}).get(node.name))
        if found is not None:
            decision.rejecting[node.name], decision.rejections[node.name] = found[0].name, found[1]
        else:
            feasible.append(node)
            if node is own or len(feasible) == wanted:
                break
    decision.feasible = len(feasible)
    decision.evaluated = len(feasible) + len(decision.rejections)
    if feasible:
        score(cycle, chosen, feasible, decision)
        decision.node = max(feasible, key=lambda node: (sum(decision.scores[node.name].values()), tie(pod, node)))
    return decision


def judge_beside(
    pod: Object, cache: NodeCache, plugins: Sequence[Plugin], node: NodeInfo, others: Sequence[Object] | None
) -> tuple[Plugin, Rejection] | None:
    """Judges a node as if Pods that were promised a place there had it already."""
    if not others:
        return None
    trial = Trial(pod, cache, plugins)
    trial.begin(node)
    for other in others:
        trial.move(other, 1)
    return trial.verdict()


def score(cycle: Cycle, plugins: Sequence[Plugin], nodes: Sequence[NodeInfo], decision: Decision) -> None:
    """Fills in the weighted score that each plugin gives each feasible node."""
    decision.scores = {node.name: {} for node in nodes}
    for plugin in plugins:
        if plugin.weight:
            plugin.prescore(cycle, [(node, 1) for node in nodes])
            raw = [plugin.score(cycle, node) for node in nodes]
            for node, points in zip(nodes, plugin.normalize(cycle, raw), strict=True):
                decision.scores[node.name][plugin.name] = plugin.weight * points


def tie(pod: Object, node: NodeInfo) -> int:
    """Returns what decides between equally good nodes, the same for all Pods of an owner; in life dice do."""
    owner = controller_ref(pod)
    uid = owner["uid"] if owner else pod["metadata"]["uid"]
    return crc32(f"{uid}/{node.name}".encode())
