"""How many Pods that a selector means run on each node, counted as they come and go.

Spreading asks this for each Pod that is placed; a recount would walk all Pods of the cluster each time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from kubelab.cluster.objects import Object, is_being_deleted, labels_of
from kubelab.cluster.selectors import Selector, from_label_selector

MOST_COUNTERS = 1000

Pair = tuple[str, str, str]  # namespace, label, value


class PodCounter:
    """The Pods of one namespace that match one selector, by node name."""

    def __init__(self, namespace: str, selector: Selector) -> None:
        self.namespace = namespace
        self.selector = selector
        self.by_node: dict[str, int] = {}

    def add(self, node: str, sign: int) -> None:
        """Counts one Pod more, or one less, on a node."""
        count = self.by_node.get(node, 0) + sign
        if count:
            self.by_node[node] = count
        else:
            self.by_node.pop(node, None)


class PodCounters:
    """The counters that somebody asked for, found by the labels of a Pod that comes or goes."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, str], PodCounter] = {}
        # By the selector's identity; it is held, so that no other gets the same one.
        self._asked: dict[tuple[str, int], tuple[Object, PodCounter]] = {}
        self._by_pair: dict[Pair, list[PodCounter]] = {}
        self._by_namespace: dict[str, list[PodCounter]] = {}  # selectors without a matchLabels pair

    def clear(self) -> None:
        """Forgets all counters; they are counted anew when asked for."""
        self._counters.clear()
        self._asked.clear()
        self._by_pair.clear()
        self._by_namespace.clear()

    def get(self, namespace: str, selector: Object, pods: Iterator[Object]) -> PodCounter:
        """Returns the counter of a label selector.

        Args:
            selector: a metav1.LabelSelector.
            pods: all placed Pods, walked only when the counter is new.
        """
        asked = self._asked.get((namespace, id(selector)))
        if asked is not None:
            return asked[1]
        counter = self._found(namespace, selector, pods)
        if len(self._asked) >= MOST_COUNTERS:
            self._asked.clear()
        self._asked[namespace, id(selector)] = selector, counter
        return counter

    def _found(self, namespace: str, selector: Object, pods: Iterator[Object]) -> PodCounter:
        identity = (namespace, json.dumps(selector, sort_keys=True))
        counter = self._counters.get(identity)
        if counter is None:
            if len(self._counters) >= MOST_COUNTERS:
                self.clear()
            counter = self._counters[identity] = PodCounter(namespace, from_label_selector(selector))
            pairs = (selector.get("matchLabels") or {}).items()
            home = next((self._by_pair.setdefault((namespace, *pair), []) for pair in pairs), None)
            (self._by_namespace.setdefault(namespace, []) if home is None else home).append(counter)
            for pod in pods:
                if _counts(counter, pod):
                    counter.add(pod["spec"]["nodeName"], 1)
        return counter

    def moved(self, pod: Object, sign: int) -> None:
        """Follows a Pod that was placed (1) or went away (-1)."""
        namespace = pod["metadata"]["namespace"]
        if is_being_deleted(pod):
            return
        labels = labels_of(pod)
        for label, value in labels.items():
            for counter in self._by_pair.get((namespace, label, value), ()):
                if counter.selector.matches(labels):
                    counter.add(pod["spec"]["nodeName"], sign)
        for counter in self._by_namespace.get(namespace, ()):
            if counter.selector.matches(labels):
                counter.add(pod["spec"]["nodeName"], sign)


def _counts(counter: PodCounter, pod: Object) -> bool:
    return (
        pod["metadata"]["namespace"] == counter.namespace
        and not is_being_deleted(pod)
        and counter.selector.matches(labels_of(pod))
    )
