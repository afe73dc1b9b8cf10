"""Takes Pods near to, or away from, other Pods.

Source: pkg/scheduler/framework/plugins/interpodaffinity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kubelab.cluster.kinds import Namespace
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.scheduler.domains import Domains
from kubelab.cluster.scheduler.framework import MAX_SCORE, Cycle, Event, Plugin, Rejection, Scope
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo, Voice
from kubelab.cluster.scheduler.podcounter import Census
from kubelab.cluster.scheduler.pools import HOSTNAME
from kubelab.cluster.selectors import from_label_selector

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
SIDES = ("podAffinity", "podAntiAffinity")
HARD_WEIGHT = 1  # what another Pod's required affinity towards this one counts for (hardPodAffinityWeight)


@dataclass
class State:
    """Which Pods speak for and against each domain.

    Attributes:
        near: what the Pod's required affinity asks for; Pods count that match all its terms.
        apart: what its required anti-affinity forbids, each with its term.
        refused: what other Pods' required anti-affinity forbids, by topology key.
        wishes: what preferences add for each Pod counted.
    """

    near: list[Domains] = field(default_factory=list)
    apart: list[tuple[Object, Domains]] = field(default_factory=list)
    refused: dict[str, Domains] = field(default_factory=dict)
    wishes: list[tuple[int, Domains]] = field(default_factory=list)
    matches_itself: bool = False

    def domains(self) -> Iterator[Domains]:
        """Yields all counts."""
        yield from self.near
        yield from (domains for _, domains in self.apart)
        yield from self.refused.values()
        yield from (domains for _, domains in self.wishes)


class InterPodAffinity(Plugin):
    """Filters by required affinity and anti-affinity between Pods, scores by preferred ones."""

    name = "InterPodAffinity"
    scope = Scope.PODS
    wakes = frozenset({Event.NODE_CAME, Event.NODE_LABELS, Event.POD_GONE, Event.POD_CAME})
    default_weight = 2

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether this Pod has terms about other Pods, or one that is placed has some about it."""
        if _terms_of(cycle.info.spec):
            return True
        return any(self.means(voice.pod, cycle.pod) for voice in cycle.cache.voices.values())

    def means(self, other: Object, pod: Object) -> bool:
        """Tells whether a term of a Pod that is placed is about the one being placed."""
        required = [term for side in SIDES for term in _terms(other["spec"], side, REQUIRED)]
        wished = [wish["podAffinityTerm"] for side in SIDES for wish in _terms(other["spec"], side, PREFERRED)]
        return any(self.matches(term, other, pod) for term in (*required, *wished))

    def prepare(self, cycle: Cycle) -> None:
        """Finds the counts of all Pods that matter."""
        pod, spec, cache = cycle.pod, cycle.info.spec, cycle.cache
        state = cycle.state[self.name] = State()
        near = _terms(spec, "podAffinity", REQUIRED)
        together = self._counters(near, pod, cache)
        state.near = [Domains(term["topologyKey"], together) for term in near]
        state.matches_itself = all(self.matches(term, pod, pod) for term in near)
        for term in _terms(spec, "podAntiAffinity", REQUIRED):
            state.apart.append((term, Domains(term["topologyKey"], self._counters([term], pod, cache))))
        for side, sign in (("podAffinity", 1), ("podAntiAffinity", -1)):
            for wish in _terms(spec, side, PREFERRED):
                term = wish["podAffinityTerm"]
                counted = Domains(term["topologyKey"], self._counters([term], pod, cache))
                state.wishes.append((sign * wish["weight"], counted))
        refusing: dict[str, list[Census]] = {}
        for voice in cache.voices.values():
            self._hear(voice, pod, state, refusing)
        state.refused = {key: Domains(key, censuses) for key, censuses in refusing.items()}

    def _hear(self, voice: Voice, pod: Object, state: State, refusing: dict[str, list[Census]]) -> None:
        """Notes what Pods that are placed say about the one being placed."""
        other, spec = voice.pod, voice.pod["spec"]
        for term in _terms(spec, "podAntiAffinity", REQUIRED):
            if self.matches(term, other, pod):
                refusing.setdefault(term["topologyKey"], []).append(voice)
        if self.arguments.get("ignorePreferredTermsOfExistingPods") and not _wishes_of(pod["spec"]):
            return
        hard_weight = self.arguments.get("hardPodAffinityWeight", HARD_WEIGHT)
        heard = [(hard_weight, term) for term in _terms(spec, "podAffinity", REQUIRED)]
        for side, sign in (("podAffinity", 1), ("podAntiAffinity", -1)):
            wishes = _terms(spec, side, PREFERRED)
            heard += [(sign * wish["weight"], wish["podAffinityTerm"]) for wish in wishes]
        for weight, term in heard:
            if self.matches(term, other, pod):
                state.wishes.append((weight, Domains(term["topologyKey"], [voice])))

    def _counters(self, terms: list[Object], owner: Object, cache: NodeCache) -> list[Census]:
        """Returns the counters of the Pods that match all the terms."""
        if not terms or any(term.get("labelSelector") is None for term in terms):
            return []
        selector: Object = {"matchLabels": {}, "matchExpressions": []}
        for term in terms:
            found = term["labelSelector"]
            pairs = (found.get("matchLabels") or {}).items()
            asked = [{"key": key, "operator": "In", "values": [value]} for key, value in pairs]
            selector["matchExpressions"] += [*asked, *(found.get("matchExpressions") or ())]
        if len(terms) == 1:
            selector = terms[0]["labelSelector"]
        namespaces = set.intersection(*[self._namespaces(term, owner) for term in terms])
        return [cache.counter(namespace, selector, terminating=True) for namespace in sorted(namespaces)]

    def _namespaces(self, term: Object, owner: Object) -> set[str]:
        selector = term.get("namespaceSelector")
        named = set(term.get("namespaces") or ())
        if not named and selector is None:
            return {owner["metadata"]["namespace"]}
        if selector is not None:
            wanted = from_label_selector(selector)
            rows = self.cluster.store.table(Namespace.prefix).rows.values()
            named.update(found["metadata"]["name"] for found in rows if wanted.matches(labels_of(found)))
        return named

    def refresh(self, cycle: Cycle) -> None:
        """Counts the Pods as they are now."""
        for domains in cycle.state[self.name].domains():
            domains.refresh(cycle.cache)

    def move(self, cycle: Cycle, pod: Object, node: NodeInfo, number: int) -> None:
        """Follows a trial."""
        state: State = cycle.state[self.name]
        near = _terms(cycle.info.spec, "podAffinity", REQUIRED)
        if near and all(self.matches(term, cycle.pod, pod) for term in near):
            for domains in state.near:
                domains.move(node, number)
        for term, domains in state.apart:
            if self.matches(term, cycle.pod, pod):
                domains.move(node, number)
        for term in _terms(pod["spec"], "podAntiAffinity", REQUIRED):
            if term["topologyKey"] in state.refused and self.matches(term, pod, cycle.pod):
                state.refused[term["topologyKey"]].move(node, number)

    def hosts(self, cycle: Cycle) -> list[Domains]:
        """Returns the counts by host."""
        return [domains for domains in cycle.state[self.name].domains() if domains.key == HOSTNAME]

    def is_local(self, cycle: Cycle) -> bool:
        """Tells whether all that counts is which Pods each host has."""
        state: State = cycle.state[self.name]
        return not state.near and all(domains.are_hosts(cycle.cache) for domains in state.domains())

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
        if state.near and not self._near_enough(state, node):
            return Rejection(("node(s) didn't match pod affinity rules",), hopeless=True)
        if any(domains.at(node) > 0 for _, domains in state.apart):
            return Rejection(("node(s) didn't match pod anti-affinity rules",))
        if any(domains.at(node) > 0 for domains in state.refused.values()):
            return Rejection(("node(s) didn't satisfy existing pods anti-affinity rules",))
        return None

    def _near_enough(self, state: State, node: NodeInfo) -> bool:
        if not all(domains.has(node) for domains in state.near):
            return False
        if all(domains.at(node) > 0 for domains in state.near):
            return True
        # The first Pod of a group that wants to be together may go anywhere.
        return state.matches_itself and all(domains.is_empty() for domains in state.near)

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Adds up the wishes for the node's domains."""
        state: State = cycle.state[self.name]
        return float(sum(weight * domains.at(node) for weight, domains in state.wishes))

    def normalize(self, cycle: Cycle, scores: list[float]) -> list[float]:
        """Scales so that the worst is 0 and the best is 100."""
        low, high = min(scores, default=0), max(scores, default=0)
        return [int(MAX_SCORE * ((score - low) / (high - low))) if high > low else 0 for score in scores]


def _wishes_of(spec: Object) -> bool:
    return any(_terms(spec, side, PREFERRED) for side in SIDES)


def _terms(spec: Object, side: str, when: str) -> list[Object]:
    return list(((spec.get("affinity") or {}).get(side) or {}).get(when) or ())


def _terms_of(spec: Object) -> bool:
    affinity = spec.get("affinity") or {}
    return any(affinity.get(side) for side in SIDES)
