"""Blueprints, remembered: what the specs of Pods mean, worked out once for all Pods that share their parts."""

from __future__ import annotations

from operator import is_

from kubelab.cluster.node.blueprint import Blueprint
from kubelab.cluster.node.versions import Kubelet
from kubelab.cluster.objects import Object

SIZE = 4000
PARTS = ("containers", "initContainers", "ephemeralContainers", "securityContext", "readinessGates", "overhead")
SCALARS = ("restartPolicy", "hostNetwork", "terminationGracePeriodSeconds")


class Blueprints:
    """A cache by the identity of a spec's containers, which Pods of one template share."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Facts, Blueprint]] = {}

    def of(self, pod: Object, kubelet: Kubelet) -> Blueprint:
        """Returns a Pod's blueprint."""
        spec: Object = pod["spec"]
        key = (id(spec["containers"]), kubelet.minor)
        found = self._known.get(key)
        facts = Facts(spec)
        if found is not None and found[0].equal(facts):
            return found[1]
        blueprint = Blueprint(pod, kubelet)
        if len(self._known) >= SIZE:
            self._known.clear()
        self._known[key] = (facts, blueprint)
        return blueprint


class Facts:
    """What a blueprint is made from; it is held, so that the identities of a spec's parts stay theirs."""

    __slots__ = ("parts", "scalars")

    def __init__(self, spec: Object) -> None:
        self.parts = [spec.get(part) or None for part in PARTS]  # an empty part says as little as none
        self.scalars = [*map(spec.get, SCALARS)]

    def equal(self, other: Facts) -> bool:
        """Tells whether two specs come to the same blueprint."""
        return all(map(is_, self.parts, other.parts)) and self.scalars == other.scalars
