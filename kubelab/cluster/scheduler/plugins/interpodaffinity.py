"""Takes Pods near to, or away from, other Pods.

Source: pkg/scheduler/framework/plugins/interpodaffinity.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from kubelab.cluster.kinds import Namespace
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.scheduler.framework import MAX_SCORE, Cycle, Plugin, Rejection
from kubelab.cluster.scheduler.nodeinfo import NodeInfo
from kubelab.cluster.selectors import from_label_selector

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
SIDES = ("podAffinity", "podAntiAffinity")
HARD_WEIGHT = 1  # what another Pod's required affinity towards this one counts for (hardPodAffinityWeight)

Domain = tuple[str, str]  # topology key and value


@dataclass
class State:
    """How many Pods speak for and against each domain."""

    near: list[tuple[Object, Counter[Domain]]] = field(default_factory=list)
    apart: list[tuple[Object, Counter[Domain]]] = field(default_factory=list)
    refused: Counter[Domain] = field(default_factory=Counter)  # by Pods that are there
    wishes: Counter[Domain] = field(default_factory=Counter)
    matches_itself: bool = False


class InterPodAffinity(Plugin):
    """Filters by required affinity and anti-affinity between Pods, scores by preferred ones."""

    name = "InterPodAffinity"
    weight = 2
    local = False

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether this Pod has terms about other Pods, or one that is placed has some about it."""
        return _terms_of(cycle.info.spec) or any(self.means(other, cycle.pod) for other in cycle.cache.voices())

    def means(self, other: Object, pod: Object) -> bool:
        """Tells whether a term of a Pod that is placed is about the one being placed."""
        required = [term for side in SIDES for term in _terms(other["spec"], side, REQUIRED)]
        wished = [wish["podAffinityTerm"] for side in SIDES for wish in _terms(other["spec"], side, PREFERRED)]
        return any(self.matches(term, other, pod) for term in (*required, *wished))

    def prepare(self, cycle: Cycle) -> None:
        """Walks all placed Pods once and counts by domain."""
        pod, spec = cycle.pod, cycle.info.spec
        state = cycle.state[self.name] = State()
        state.near = [(term, Counter()) for term in _terms(spec, "podAffinity", REQUIRED)]
        state.apart = [(term, Counter()) for term in _terms(spec, "podAntiAffinity", REQUIRED)]
        near, apart = (_terms(spec, side, PREFERRED) for side in ("podAffinity", "podAntiAffinity"))
        state.matches_itself = all(self.matches(term, pod, pod) for term, _ in state.near)
        for other in cycle.cache.outspoken.values():
            there = cycle.cache.nodes.get(other["spec"]["nodeName"])
            if there is not None:
                self.hear(other, pod, labels_of(there.node), state)
        if not _terms_of(spec):
            return
        for node in cycle.nodes:
            labels = labels_of(node.node)
            for other in node.pods.values():
                for term, counter in [*state.near, *state.apart]:
                    self.count(term, pod, other, labels, counter, 1)
                for wish, sign in [*((w, 1) for w in near), *((w, -1) for w in apart)]:
                    self.count(wish["podAffinityTerm"], pod, other, labels, state.wishes, sign * wish["weight"])

    def hear(self, other: Object, pod: Object, labels: dict[str, str], state: State) -> None:
        """Counts what a Pod that is placed says about the one being placed."""
        spec = other["spec"]
        for term in _terms(spec, "podAntiAffinity", REQUIRED):
            self.count(term, other, pod, labels, state.refused, 1)
        for term in _terms(spec, "podAffinity", REQUIRED):
            self.count(term, other, pod, labels, state.wishes, HARD_WEIGHT)
        for side, sign in (("podAffinity", 1), ("podAntiAffinity", -1)):
            for wish in _terms(spec, side, PREFERRED):
                self.count(wish["podAffinityTerm"], other, pod, labels, state.wishes, sign * wish["weight"])

    def count(
        self, term: Object, owner: Object, other: Object, labels: dict[str, str], counter: Counter[Domain], by: int
    ) -> None:
        """Adds `by` to the node's domain if the owner's term means the other Pod."""
        key = term["topologyKey"]
        if key in labels and self.matches(term, owner, other):
            counter[key, labels[key]] += by

    def matches(self, term: Object, owner: Object, other: Object) -> bool:
        """Tells whether a term of `owner` means `other`."""
        if term.get("labelSelector") is None or not self._in_namespaces(term, owner, other["metadata"]["namespace"]):
            return False
        return from_label_selector(term["labelSelector"]).matches(labels_of(other))

    def _in_namespaces(self, term: Object, owner: Object, namespace: str) -> bool:
        named = term.get("namespaces") or ()
        selector = term.get("namespaceSelector")
        if not named and selector is None:
            return bool(namespace == owner["metadata"]["namespace"])
        if namespace in named:
            return True
        found = self.cluster.store.get(Namespace.path(Key("", namespace))) if selector is not None else None
        return found is not None and from_label_selector(selector).matches(labels_of(found))

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        state: State = cycle.state[self.name]
        labels = labels_of(node.node)
        if not self._near_enough(state, labels):
            return Rejection(("node(s) didn't match pod affinity rules",), hopeless=True)
        if any(_here(term, labels, counter) for term, counter in state.apart):
            return Rejection(("node(s) didn't match pod anti-affinity rules",))
        if any(labels.get(key) == value for key, value in state.refused):
            return Rejection(("node(s) didn't satisfy existing pods anti-affinity rules",))
        return None

    def _near_enough(self, state: State, labels: dict[str, str]) -> bool:
        if any(term["topologyKey"] not in labels for term, _ in state.near):
            return False
        if all(_here(term, labels, counter) for term, counter in state.near):
            return True
        # The first Pod of a group that wants to be together may go anywhere.
        return not any(counter for _, counter in state.near) and state.matches_itself

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Adds up the wishes for the node's domains."""
        labels = labels_of(node.node)
        wishes = cycle.state[self.name].wishes
        return float(sum(weight for (key, value), weight in wishes.items() if labels.get(key) == value))

    def normalize(self, cycle: Cycle, scores: list[float]) -> list[float]:
        """Scales so that the worst is 0 and the best is 100."""
        if not cycle.state[self.name].wishes:
            return [0] * len(scores)
        low, high = min(scores, default=0), max(scores, default=0)
        return [int(MAX_SCORE * (score - low) / (high - low)) if high > low else 0 for score in scores]


def _here(term: Object, labels: dict[str, str], counter: Counter[Domain]) -> bool:
    key = term["topologyKey"]
    return key in labels and counter[key, labels[key]] > 0


def _terms(spec: Object, side: str, when: str) -> list[Object]:
    return list(((spec.get("affinity") or {}).get(side) or {}).get(when) or ())


def _terms_of(spec: Object) -> bool:
    affinity = spec.get("affinity") or {}
    return any(affinity.get(side) for side in SIDES)
