"""One turn of the autoscaler's loop, with what its parts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster import componentlogs
from kubelab.cluster.autoscaler import cloud
from kubelab.cluster.autoscalers import Options
from kubelab.cluster.controllers.pods import condition
from kubelab.cluster.kinds import Node
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.quantity import to_int, to_milli
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PROCESS = "cluster-autoscaler"


class Scan:
    """A turn of the loop.

    Args:
        user: the ServiceAccount that it acts as.
        state: what the autoscaler remembers from turn to turn; changed in place, kept afterwards.

    Attributes:
        groups: the cloud's groups as they are now.
        pending: the Pods that found no room anywhere, once that is known.
        utilization: of the nodes that are unneeded: which resource most, its part, those of cpu and memory.
        again: the seconds after which it has to look again, None if only a change asks for that.
    """

    def __init__(self, cluster: Cluster, options: Options, user: User, state: Object) -> None:
        self.cluster = cluster
        self.options = options
        self.user = user
        self.state = state
        self.api = cluster.api.client(user, PROCESS, PROCESS)
        self.events = self.api
        self.now = cluster.clock.now
        self.groups = cloud.groups(cluster)
        self.pending: list[Object] = []
        self.utilization: dict[str, tuple[str, float, float, float]] = {}
        self.again: float | None = None
        self.noted: list[tuple[str, str, str]] = []

    def look_again(self, seconds: float) -> None:
        """Asks for another turn after so many seconds at the latest."""
        self.again = seconds if self.again is None else min(self.again, seconds)

    def nodes(self) -> list[Object]:
        """Returns the Nodes of all groups."""
        names = [name for group in self.options.groups for name in self.groups[group.name]["instances"]]
        found = [self.api.get(Node, Key("", name)) for name in names]
        return [node for node in found if node is not None]

    def group_of(self, node: str) -> str:
        """Returns the group that a node belongs to."""
        return next((name for name, kept in self.groups.items() if node in kept["instances"]), "")

    @staticmethod
    def is_ready(node: Object | None) -> bool:
        """Tells whether a Node is there and ready."""
        ready = condition(node, "Ready") if node is not None else None
        return ready is not None and ready["status"] == "True"

    def simulated_needs(self, pod: Object) -> dict[str, int]:
        """Returns what a Pod's containers request, as the scheduler counts it."""
        needs = {"cpu": 0, "memory": 0}
        for container in pod["spec"]["containers"]:
            requests = (container.get("resources") or {}).get("requests") or {}
            needs["cpu"] += to_milli(requests.get("cpu", 0))
            needs["memory"] += to_int(requests.get("memory", 0))
        return needs

    def note(self, reason: str, message: str, kind: str = "Normal") -> None:
        """Records an event on the status ConfigMap, once that is written."""
        self.noted.append((kind, reason, message))

    def say(self, *texts: str) -> None:
        """Writes to the autoscaler's log."""
        componentlogs.say(self.cluster, PROCESS, *texts)
