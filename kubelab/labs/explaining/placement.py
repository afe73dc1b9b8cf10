"""Why a Pod is on its node, or on none: the scheduler's table, sorted for people."""

from dataclasses import dataclass

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.kinds import Pod
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.scheduler.decisions import decision_about


@dataclass(frozen=True)
class Candidate:
    """A node that would do.

    Attributes:
        scores: of the plugins, in the order of the table's columns; weights included.
    """

    node: str
    scores: tuple[int, ...]
    total: int
    chosen: bool


@dataclass(frozen=True)
class Rejected:
    """A node that would not do, and who says why."""

    node: str
    plugin: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Placement:
    """What is known of a Pod's place.

    Attributes:
        node: where it is now; "" for nowhere yet.
        decision: as the scheduler keeps it (scheduler/decisions.py); None if it has none of this Pod.
        columns: the scoring plugins.
        left_out: how many nodes are not in the tables.
    """

    node: str
    decision: Object | None
    columns: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    left_out: int = 0


def placement_of(cluster: Cluster, pod: Key) -> Placement | None:
    """Explain a Pod's place; None if there is no such Pod."""
    obj = cluster.store.get(Pod.path(pod))
    if obj is None:
        return None
    node = obj["spec"].get("nodeName", "")
    decision = decision_about(cluster, pod)
    if decision is None or decision["uid"] != obj["metadata"]["uid"]:
        return Placement(node, None)
    columns = tuple(dict.fromkeys(plugin for scores in decision["scores"].values() for plugin in scores))
    candidates = sorted(
        (candidate_of(name, scores, columns, decision["node"]) for name, scores in decision["scores"].items()),
        key=lambda each: (-each.total, not each.chosen, each.node),
    )
    rejected = tuple(
        Rejected(name, why["plugin"], tuple(why["reasons"])) for name, why in sorted(decision["rejections"].items())
    )
    told = max(len(candidates), decision["feasible"] if not candidates else 0) + len(rejected)
    left_out = max(0, decision["nodes"] - told)
    return Placement(node, decision, columns, tuple(candidates), rejected, left_out)


def candidate_of(node: str, scores: dict[str, int], columns: tuple[str, ...], chosen: str | None) -> Candidate:
    return Candidate(node, tuple(scores.get(name, 0) for name in columns), sum(scores.values()), node == chosen)
