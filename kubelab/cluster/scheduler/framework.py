"""What a scheduler plugin is: the extension points that ours implement.

Source: k8s.io/kube-scheduler/framework; kubernetes.io, concepts/scheduling-eviction/scheduling-framework.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from kubelab.cluster.objects import Object
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo
from kubelab.cluster.scheduler.podinfo import PodInfo

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MAX_SCORE = 100


class Rejection(NamedTuple):
    """Why a Pod cannot go to a node; `hopeless` if evicting Pods there would not help either."""

    reasons: tuple[str, ...]
    hopeless: bool = False


@dataclass
class Cycle:
    """One Pod on its way, with what plugins work out once for all nodes."""

    pod: Object
    info: PodInfo
    nodes: Sequence[NodeInfo]
    cache: NodeCache
    state: dict[str, Any] = field(default_factory=dict)


class Plugin:
    """A rule of the scheduler.

    A `local` plugin judges a node by the node alone, so that its judgement stands until the node changes.
    """

    name: ClassVar[str] = ""
    weight: ClassVar[int] = 0  # of its score; 0 for one that only filters
    local: ClassVar[bool] = True

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the plugin has anything to say of this Pod (PreFilter's and PreScore's Skip)."""
        return True

    def prepare(self, cycle: Cycle) -> None:
        """Works out what is the same for all nodes (PreFilter, PreScore)."""

    def prefilter(self, cycle: Cycle) -> str:
        """Returns why no node at all will do, "" if that is not so; asked of plugins that are not local."""
        return ""

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        return None

    def holds(self, pod: Object, node: NodeInfo) -> bool:
        """Does what has to be done before a Pod is bound to the node that was chosen (Reserve, PreBind).

        Returns:
            True while the Pod has to wait for it; the plugin sees to it that it is tried again.
        """
        return False

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Returns how good the node is, before normalization."""
        return 0

    def normalize(self, cycle: Cycle, scores: list[float]) -> list[float]:
        """Brings the scores of all feasible nodes to 0 to 100."""
        return scores


def by_maximum(scores: list[float], *, reverse: bool = False) -> list[float]:
    """Scales scores so that the highest is 100, or so that the lowest is (DefaultNormalizeScore)."""
    highest = max(scores, default=0)
    if highest == 0:
        return [MAX_SCORE] * len(scores) if reverse else scores
    scaled = [MAX_SCORE * score // highest for score in scores]
    return [MAX_SCORE - score for score in scaled] if reverse else scaled
