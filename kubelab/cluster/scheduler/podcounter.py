"""How many Pods that a selector means run on each node, counted as they come and go.

Spreading asks this for each Pod that is placed; a recount would walk all Pods of the cluster each time. What a new
selector means is found among the different sets of labels, which are few: 300 Deployments have 300.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

from kubelab.cluster.objects import Object, is_being_deleted, labels_of
from kubelab.cluster.selectors import Selector, from_label_selector

if TYPE_CHECKING:
    from kubelab.cluster.scheduler.nodeinfo import NodeInfo

MOST_COUNTERS = 2000

Pair = tuple[str, str, str]  # namespace, label, value
Labels = tuple[tuple[str, str], ...]


class Census:
    """Some of the placed Pods, by their nodes and by their nodes' pools."""

    def __init__(self) -> None:
        self.by_node: dict[str, int] = {}
        self.by_pool: dict[int, int] = {}

    def add(self, node: NodeInfo, number: int) -> None:
        """Counts Pods that came to a node, or went (a negative number)."""
        _add(self.by_node, node.name, number)
        _add(self.by_pool, node.pool, number)

    def repooled(self, node: NodeInfo, before: int) -> None:
        """Follows a node that has gone from one pool to another."""
        number = self.by_node.get(node.name, 0)
        if number:
            _add(self.by_pool, before, -number)
            _add(self.by_pool, node.pool, number)


class PodCounter(Census):
    """The Pods of one namespace that match one selector."""

    def __init__(self, selector: Selector) -> None:
        super().__init__()
        self.selector = selector


class PodCounters:
    """The counters that somebody asked for, found by the labels of a Pod that comes or goes.

    Args:
        forgot: is called when counters that were given out are followed no longer.
        terminating: whether Pods that are being deleted count as well.
    """

    def __init__(self, forgot: Callable[[], None], *, terminating: bool) -> None:
        self._forgot = forgot
        self._terminating = terminating
        self._placed: dict[str, dict[Labels, dict[NodeInfo, int]]] = {}  # namespace, labels, node -> Pods
        self._counters: dict[tuple[str, str], PodCounter] = {}
        # By the selector's identity; it is held, so that no other gets the same one.
        self._asked: dict[tuple[str, int], tuple[Object, PodCounter]] = {}
        self._by_pair: dict[Pair, list[PodCounter]] = {}
        self._by_namespace: dict[str, list[PodCounter]] = {}  # selectors without a matchLabels pair
        # The counters of Pods that share their labels, by the identity of these, which are held; while none comes.
        self._meaning: dict[tuple[str, int], tuple[dict[str, str], Labels, list[PodCounter]]] = {}

    def clear(self) -> None:
        """Forgets all Pods."""
        self._placed.clear()
        self._forget_counters()

    def _forget_counters(self) -> None:
        """Forgets all counters; they are made anew when asked for."""
        self._counters.clear()
        self._asked.clear()
        self._by_pair.clear()
        self._by_namespace.clear()
        self._meaning.clear()
        self._forgot()

    def get(self, namespace: str, selector: Object) -> PodCounter:
        """Returns the counter of a label selector.

        Args:
            selector: a metav1.LabelSelector.
        """
        asked = self._asked.get((namespace, id(selector)))
        if asked is not None:
            return asked[1]
        counter = self._found(namespace, selector)
        if len(self._asked) >= MOST_COUNTERS:
            self._asked.clear()
        self._asked[namespace, id(selector)] = selector, counter
        return counter

    def _found(self, namespace: str, selector: Object) -> PodCounter:
        identity = (namespace, json.dumps(selector, sort_keys=True))
        counter = self._counters.get(identity)
        if counter is None:
            if len(self._counters) >= MOST_COUNTERS:
                self._forget_counters()
            counter = self._counters[identity] = PodCounter(from_label_selector(selector))
            self._meaning.clear()
            pairs = (selector.get("matchLabels") or {}).items()
            home = next((self._by_pair.setdefault((namespace, *pair), []) for pair in pairs), None)
            (self._by_namespace.setdefault(namespace, []) if home is None else home).append(counter)
            for labels, by_node in self._placed.get(namespace, {}).items():
                if counter.selector.matches(dict(labels)):
                    for node, count in by_node.items():
                        counter.add(node, count)
        return counter

    def censuses(self) -> Iterable[Census]:
        """Returns all counters."""
        return self._counters.values()

    def moved(self, pod: Object, node: NodeInfo, sign: int) -> None:
        """Follows a Pod that was placed (1) or went away (-1)."""
        namespace = pod["metadata"]["namespace"]
        if is_being_deleted(pod) and not self._terminating:
            return
        labels = labels_of(pod)
        known = self._meaning.get((namespace, id(labels)))
        if known is None or known[0] is not labels:
            if len(self._meaning) >= MOST_COUNTERS:
                self._meaning.clear()
            known = self._meaning[namespace, id(labels)] = labels, tuple(labels.items()), self._meant(namespace, labels)
        self._move(namespace, known[1], node, sign)
        for counter in known[2]:
            counter.add(node, sign)

    def _meant(self, namespace: str, labels: dict[str, str]) -> list[PodCounter]:
        """Returns the counters that Pods with these labels are counted by."""
        paired = (self._by_pair.get((namespace, *pair), ()) for pair in labels.items())
        candidates = (*chain.from_iterable(paired), *self._by_namespace.get(namespace, ()))
        return [counter for counter in candidates if counter.selector.matches(labels)]

    def _move(self, namespace: str, labels: Labels, node: NodeInfo, sign: int) -> None:
        placed = self._placed.setdefault(namespace, {})
        by_node = placed.setdefault(labels, {})
        _add(by_node, node, sign)
        if not by_node:
            del placed[labels]


def _add(counts: dict[Any, int], place: Any, number: int) -> None:
    count = counts.get(place, 0) + number
    if count:
        counts[place] = count
    else:
        counts.pop(place, None)
