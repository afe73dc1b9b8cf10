"""Blueprints, remembered: what the specs of Pods mean, worked out once for all Pods that share their parts."""

from __future__ import annotations

from kubelab.cluster.node.blueprint import Blueprint
from kubelab.cluster.node.versions import Kubelet
from kubelab.cluster.objects import Object

SIZE = 4000
PARTS = (
    "containers", "initContainers", "ephemeralContainers", "securityContext", "readinessGates", "overhead", "volumes",
)  # fmt: skip
SCALARS = ("restartPolicy", "hostNetwork", "terminationGracePeriodSeconds", "runtimeClassName")


class Blueprints:
    """A cache by the identity of a spec's containers, which Pods of one template share."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[Facts, Blueprint]] = {}
        self._specs: dict[tuple[int, int], tuple[Object, Blueprint]] = {}  # by a whole spec: a Pod is looked at often

    def of(self, pod: Object, kubelet: Kubelet) -> Blueprint:
        """Returns a Pod's blueprint."""
        spec: Object = pod["spec"]
        whole = (id(spec), kubelet.minor)
        seen = self._specs.get(whole)
        if seen is not None:
            return seen[1]
        if len(self._specs) >= SIZE:
            self._specs.clear()
        blueprint = self._of(spec, pod, kubelet)
        self._specs[whole] = spec, blueprint  # held, so that its identity stays its own
        return blueprint

    def _of(self, spec: Object, pod: Object, kubelet: Kubelet) -> Blueprint:
        key = (id(spec["containers"]), kubelet.minor)
        found = self._known.get(key)
        if found is not None and found[0].hold_for(spec):
            return found[1]
        blueprint = Blueprint(pod, kubelet)
        if len(self._known) >= SIZE:
            self._known.clear()
        self._known[key] = (Facts(spec), blueprint)
        return blueprint


class Facts:
    """What a blueprint is made from; it is held, so that the identities of a spec's parts stay theirs."""

    __slots__ = ("parts", "scalars")

    def __init__(self, spec: Object) -> None:
        self.parts = [(name, spec.get(name) or None) for name in PARTS]  # an empty part says as little as none
        self.scalars = [(name, spec.get(name)) for name in SCALARS]

    def hold_for(self, spec: Object) -> bool:
        """Tells whether a spec comes to the same blueprint."""
        for name, part in self.parts:
            if (spec.get(name) or None) is not part:
                return False
        return all(spec.get(name) == value for name, value in self.scalars)
