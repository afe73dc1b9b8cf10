"""Blueprints, remembered: what the specs of Pods mean, worked out once for all Pods that share their parts."""

from __future__ import annotations

from kubelab.cluster.node.blueprint import Blueprint
from kubelab.cluster.node.versions import Kubelet
from kubelab.cluster.objects import Object

SIZE = 4000
PARTS = ("initContainers", "ephemeralContainers", "securityContext", "readinessGates", "overhead")
SCALARS = ("restartPolicy", "hostNetwork", "terminationGracePeriodSeconds")


class Blueprints:
    """A cache by the identity of a spec's containers, which Pods of one template share."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Object, Blueprint]] = {}

    def of(self, pod: Object, kubelet: Kubelet) -> Blueprint:
        """Returns a Pod's blueprint."""
        spec: Object = pod["spec"]
        key = (id(spec["containers"]), kubelet.minor)
        found = self._known.get(key)
        if found is not None and _same(found[0], spec):
            return found[1]
        blueprint = Blueprint(pod, kubelet)
        if len(self._known) >= SIZE:
            self._known.clear()
        self._known[key] = (spec, blueprint)
        return blueprint


def _same(known: Object, spec: Object) -> bool:
    """Tells whether two specs share what a blueprint is made from; `known` is held, so its parts' ids stay theirs."""
    if known is spec:
        return True
    if known["containers"] is not spec["containers"]:
        return False
    get, got = known.get, spec.get
    return all(get(part) is got(part) for part in PARTS) and all(get(scalar) == got(scalar) for scalar in SCALARS)
