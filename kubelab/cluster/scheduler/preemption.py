"""Makes room for a Pod by evicting less important ones.

Source: pkg/scheduler/framework/plugins/defaultpreemption and pkg/scheduler/framework/preemption;
kubernetes.io, concepts/scheduling-eviction/pod-priority-preemption.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kubelab.cluster.clock import parse_time
from kubelab.cluster.kinds import Pod, PodDisruptionBudget
from kubelab.cluster.objects import Object, is_being_deleted, labels_of
from kubelab.cluster.scheduler.decision import Decision, Trial
from kubelab.cluster.scheduler.framework import Plugin
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo
from kubelab.cluster.selectors import from_label_selector
from kubelab.cluster.store import Store

NOT_HELPFUL = "Preemption is not helpful for scheduling"
CANDIDATES_PERCENT, CANDIDATES = 10, 100  # where the search may stop (DefaultPreemptionArgs)
NO_VICTIMS = "No preemption victims found for incoming pod"


@dataclass
class Candidate:
    """A node with the Pods that would have to go."""

    node: NodeInfo
    victims: list[Object]
    violations: int  # of disruption budgets


@dataclass
class Preemption:
    """What preemption comes to: a node with its victims, or why there is none."""

    candidate: Candidate | None
    message: str
    is_under_way: bool = False  # room is being made already


def preempt(pod: Object, decision: Decision, cache: NodeCache, plugins: Sequence[Plugin], store: Store) -> Preemption:
    """Looks for the node on which evicting the least lets the Pod in."""
    if pod["spec"].get("preemptionPolicy") == "Never":
        return Preemption(None, "not eligible due to preemptionPolicy=Never.")
    priority = pod["spec"].get("priority") or 0
    if _is_under_way(pod, priority, decision, cache):
        return Preemption(None, "not eligible due to a terminating pod on the nominated node.", is_under_way=True)
    reasons: Counter[str] = Counter()
    candidates: list[Candidate] = []
    trial = Trial(pod, cache, plugins)
    wanted = max(len(cache.by_index) * CANDIDATES_PERCENT // 100, CANDIDATES)
    for node in cache.by_index:
        rejection = decision.rejections.get(node.name)
        if rejection is None or rejection.hopeless:
            reasons[NOT_HELPFUL] += 1
            continue
        candidate = victims_on(node, priority, trial, store)
        if candidate:
            candidates.append(candidate)
            if len(candidates) >= wanted and not all(found.violations for found in candidates):
                break
        else:
            reasons[NO_VICTIMS] += 1
    if candidates:
        return Preemption(min(candidates, key=_cost), "")
    total = len(cache.by_index)
    parts = sorted(f"{count} {reason}" for reason, count in reasons.items())
    return Preemption(None, f"0/{total} nodes are available: {', '.join(parts)}.")


def _is_under_way(pod: Object, priority: int, decision: Decision, cache: NodeCache) -> bool:
    """Tells whether Pods are going already to make room on the node that the Pod was promised."""
    node = cache.nodes.get(pod.get("status", {}).get("nominatedNodeName", ""))
    rejection = decision.rejections.get(node.name) if node else None
    if node is None or (rejection is not None and rejection.hopeless):
        return False
    return any(is_being_deleted(other) and _priority(other) < priority for other in node.pods.values())


def victims_on(node: NodeInfo, priority: int, trial: Trial, store: Store) -> Candidate | None:
    """Returns the fewest and least important Pods of a node without which the Pod fits there, or None."""
    placed = [store.get(Pod.path(key)) or other for key, other in node.pods.items()]
    lower = [other for other in placed if _priority(other) < priority and not is_being_deleted(other)]
    if not lower:
        return None
    trial.begin(node)
    for other in lower:
        trial.move(other, -1)
    if trial.verdict() is not None:
        return None
    violating, others = _by_budget(lower, store)
    victims: list[Object] = []
    violations = 0
    for group in (violating, others):
        for other in sorted(group, key=_importance):
            trial.move(other, 1)
            if trial.verdict() is not None:  # it cannot be spared
                trial.move(other, -1)
                victims.append(other)
                violations += group is violating
    return Candidate(node, sorted(victims, key=_importance), violations)


def _by_budget(pods: Sequence[Object], store: Store) -> tuple[list[Object], list[Object]]:
    """Splits Pods into those whose eviction would break a disruption budget, and the others."""
    budgets = [budget for _, budget in store.items(PodDisruptionBudget.prefix)]
    allowed = [budget.get("status", {}).get("disruptionsAllowed", 0) for budget in budgets]
    violating: list[Object] = []
    others: list[Object] = []
    for pod in sorted(pods, key=_importance):
        broken = False
        for place, budget in enumerate(budgets):
            if _is_covered(pod, budget) and pod["metadata"]["name"] not in _disrupted(budget):
                allowed[place] -= 1
                broken = broken or allowed[place] < 0
        (violating if broken else others).append(pod)
    return violating, others


def _disrupted(budget: Object) -> Object:
    """Returns the Pods that a budget has counted as gone already, by name."""
    return budget.get("status", {}).get("disruptedPods") or {}


def _is_covered(pod: Object, budget: Object) -> bool:
    selector = budget["spec"].get("selector")
    return (
        budget["metadata"]["namespace"] == pod["metadata"]["namespace"]
        and selector is not None
        and from_label_selector(selector).matches(labels_of(pod))
    )


def _priority(pod: Object) -> int:
    return pod["spec"].get("priority") or 0


def _started(pod: Object) -> float:
    return parse_time(pod.get("status", {}).get("startTime") or pod["metadata"]["creationTimestamp"])


def _importance(pod: Object) -> tuple[int, float]:
    """Sorts the most important first: higher priority, then started earlier (MoreImportantPod)."""
    return -_priority(pod), _started(pod)


def _cost(candidate: Candidate) -> tuple[float, ...]:
    """Sorts candidates as pickOneNodeForPreemption does: what is lost weighs least first."""
    priorities = [_priority(pod) for pod in candidate.victims]
    highest = max(priorities, default=-(2**31))
    # Of the victims of the highest priority, the one that started first: the later the better.
    earliest = min((_started(pod) for pod in candidate.victims if _priority(pod) == highest), default=0.0)
    return (
        candidate.violations,
        highest,
        sum(priority + 2**31 for priority in priorities),
        len(candidate.victims),
        -earliest,
        candidate.node.index,
    )
