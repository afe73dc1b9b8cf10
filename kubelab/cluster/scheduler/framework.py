"""What a scheduler plugin is: the extension points that ours implement.

Source: k8s.io/kube-scheduler/framework; kubernetes.io, concepts/scheduling-eviction/scheduling-framework.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from kubelab.cluster.objects import Object
from kubelab.cluster.scheduler.domains import Domains
from kubelab.cluster.scheduler.nodeinfo import NodeCache, NodeInfo
from kubelab.cluster.scheduler.podinfo import PodInfo

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

MAX_SCORE = 100


class Scope(IntEnum):
    """What a plugin's judgement of a node depends on, which is how long it stands."""

    POOL = 0  # what the nodes of a pool have in common
    LOAD = 1  # that, and what the Pods there take
    PODS = 2  # which Pods run where


class Event(IntEnum):
    """What may make a Pod fit that did not."""

    NODE_CAME = 0
    POD_GONE = 1  # one that had a node ended or was deleted
    POD_CAME = 2  # one got its node
    VOLUME = 3
    NODE_LABELS = 4
    NODE_TAINTS = 5  # or whether it is cordoned
    NODE_ROOM = 6  # what it has for Pods


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

    Args:
        arguments: what a profile's pluginConfig says.
    """

    name: ClassVar[str] = ""
    scope: ClassVar[Scope] = Scope.POOL
    wakes: ClassVar[frozenset[Event]] = frozenset({Event.NODE_CAME})  # what may change its mind (EventsToRegister)
    hints: ClassVar[bool] = False  # whether its filter tells of an empty node if that may help (QueueingHintFn)
    default_weight: ClassVar[int] = 0  # of its score; 0 for one that only filters

    def __init__(self, cluster: Cluster, arguments: Object | None = None) -> None:
        self.cluster = cluster
        self.arguments: Object = arguments or {}
        self.weight = self.default_weight
        self.filters = True

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the plugin has anything to say of this Pod (PreFilter's and PreScore's Skip)."""
        return True

    def by_name(self, cycle: Cycle) -> bool:
        """Tells whether nodes of one pool may differ for this Pod, as where it asks for a node's name."""
        return False

    def prepare(self, cycle: Cycle) -> None:
        """Works out what is the same for all nodes and for all Pods of a template (PreFilter)."""

    def refresh(self, cycle: Cycle) -> None:
        """Brings what was prepared up to date, for the template's next Pod; for plugins of scope PODS."""

    def prefilter(self, cycle: Cycle) -> str:
        """Returns why no node at all will do, "" if that is not so; asked of plugins of scope PODS."""
        return ""

    def filter(self, cycle: Cycle, node: NodeInfo) -> Rejection | None:
        """Returns why the Pod cannot go to the node, or None if it can."""
        return None

    def holds(self, pod: Object, node: NodeInfo) -> bool | str:
        """Does what has to be done before a Pod is bound to the node that was chosen (Reserve, PreBind).

        Returns:
            True while the Pod has to wait for it, an error when it has waited too long; the plugin sees to it that the
            Pod is tried again.
        """
        return False

    def move(self, cycle: Cycle, pod: Object, node: NodeInfo, number: int) -> None:
        """Follows a trial that adds a Pod to a node (1) or takes it away (-1) (PreFilterExtensions)."""

    def hosts(self, cycle: Cycle) -> Sequence[Domains]:
        """Returns the counts that make nodes of one pool differ from each other, for plugins of scope PODS."""
        return ()

    def is_local(self, cycle: Cycle) -> bool:
        """Tells whether it judges a node by its pool, its `hosts` counts and the number of feasible nodes alone.

        What it said of a node then still holds after a Pod has come to another one.
        """
        return False

    def prescore(self, cycle: Cycle, feasible: Sequence[tuple[NodeInfo, int]]) -> None:
        """Works out what scores need to know of all feasible nodes (PreScore).

        Args:
            feasible: nodes, each with the number of those that it stands for.
        """

    def score(self, cycle: Cycle, node: NodeInfo) -> float:
        """Returns how good the node is, before normalization."""
        return 0

    def normalize(self, cycle: Cycle, scores: list[float]) -> list[float]:
        """Brings the scores of all feasible nodes to 0 to 100; which of them are equal does not matter."""
        return scores


def by_maximum(scores: list[float], *, reverse: bool = False) -> list[float]:
    """Scales scores so that the highest is 100, or so that the lowest is (DefaultNormalizeScore)."""
    highest = max(scores, default=0)
    if highest == 0:
        return [MAX_SCORE] * len(scores) if reverse else scores
    scaled = [MAX_SCORE * score // highest for score in scores]
    return [MAX_SCORE - score for score in scaled] if reverse else scaled
