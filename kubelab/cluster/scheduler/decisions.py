"""What the scheduler decided last, kept with the table that each decision follows from.

The last decisions are in the store, some nodes of each, so that a page can show them and a restarted process still
knows them; the scheduler's log has all of them, at the verbosity that its flags ask for (telling.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from kubelab.cluster.objects import Key, Object, key_of
from kubelab.cluster.scheduler.decision import Decision

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

Found = TypeVar("Found")

PREFIX = "/machine/decisions/"
KEPT = 32
MOST_NODES = 10  # of one decision


class Decisions:
    """The decisions of one cluster's scheduler."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._number = 0

    def start(self) -> None:
        """Goes on counting where the last process stopped."""
        self._number = max((kept["number"] for _, kept in self._cluster.store.items(PREFIX)), default=0)

    def keep(self, pod: Object, profile: str, decision: Decision, total: int) -> None:
        """Keeps one decision.

        Args:
            total: how many nodes the cluster has.
        """
        self._number += 1
        kept: Object = {
            "number": self._number,
            "time": self._cluster.clock.now,
            "pod": str(key_of(pod)),
            "uid": pod["metadata"]["uid"],
            "profile": profile,
            "node": decision.node.name if decision.node else None,
            "nodes": total,
            "feasible": decision.feasible,
            "scores": {node: {name: int(score) for name, score in by.items()} for node, by in _some(decision.scores)},
            "rejections": {
                node: {"plugin": decision.rejecting.get(node, ""), "reasons": list(found.reasons)}
                for node, found in _some(decision.rejections)
            },
        }
        if decision.node is None:
            kept["message"] = decision.message(total)
        self._cluster.store.put(f"{PREFIX}{self._number % KEPT}", kept)


def _some(found: dict[str, Found]) -> list[tuple[str, Found]]:
    return list(found.items())[:MOST_NODES]


def decisions(cluster: Cluster) -> list[Object]:
    """Returns what the scheduler decided last, the newest first.

    Returns:
        Of each `time`, `pod` ("namespace/name"), `uid`, `profile`, `node` (None: it has to wait, `message` says why),
        `nodes` and `feasible` (how many there are, and how many would do), `scores` (by node, by plugin, weights
        included) and `rejections` (by node, `plugin` and `reasons`); of a large cluster some nodes only.
    """
    return sorted((kept for _, kept in cluster.store.items(PREFIX)), key=lambda kept: -int(kept["number"]))


def decision_about(cluster: Cluster, pod: Key) -> Object | None:
    """Returns the last decision about a Pod, if it is still kept. See `decisions`."""
    return next((kept for kept in decisions(cluster) if kept["pod"] == str(pod)), None)
