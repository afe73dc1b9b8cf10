"""Gives Pods what their RuntimeClass says of them: what the runtime itself takes, and where it is to be found.

Source: plugin/pkg/admission/runtimeclass; kubernetes.io, concepts/containers/runtime-class.
"""

from __future__ import annotations

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.kinds import RuntimeClass
from kubelab.cluster.objects import Key, Object

DIFFERENT = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
WITHOUT = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"


class RuntimeClassPlugin(Plugin):
    """Fills in spec.overhead, and merges nodeSelector and tolerations."""

    name = "RuntimeClass"
    kinds = ("Pod",)

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a Pod is created that names a class or has an overhead."""
        spec = attributes.obj["spec"]
        return attributes.old is None and ("runtimeClassName" in spec or "overhead" in spec)

    def looked_at(self, attributes: Attributes) -> list[object]:
        """The class decides."""
        return [self._found(attributes.obj["spec"])] if self.concerns(attributes) else []

    def _found(self, spec: Object) -> Object | None:
        return self.server.find(RuntimeClass, Key("", spec.get("runtimeClassName") or ""))

    def mutate(self, attributes: Attributes) -> Object:
        """Returns the Pod as its class wants it.

        Raises:
            Forbidden: if there is no such class, or the Pod says otherwise.
        """
        pod = attributes.obj
        spec, name = pod["spec"], pod["metadata"].get("name", "")
        found = self._found(spec)
        if spec.get("runtimeClassName") and found is None:
            why = f'pod rejected: RuntimeClass "{spec["runtimeClassName"]}" not found'
            raise errors.forbidden(attributes.kind, name, why)
        overhead = ((found or {}).get("overhead") or {}).get("podFixed")
        if "overhead" in spec and spec["overhead"] != overhead:
            raise errors.forbidden(attributes.kind, name, DIFFERENT if overhead else WITHOUT)
        if overhead:
            spec = {**spec, "overhead": overhead}
        scheduling = (found or {}).get("scheduling") or {}
        own, wanted = spec.get("nodeSelector") or {}, scheduling.get("nodeSelector") or {}
        for key in sorted(wanted.keys() & own.keys()):
            if wanted[key] != own[key]:
                why = f"{key}] = {wanted[key]}; pod.spec.nodeSelector[{key}] = {own[key]}"
                raise errors.forbidden(attributes.kind, name, f"conflict: runtimeClass.scheduling.nodeSelector[{why}")
        if wanted:
            spec = {**spec, "nodeSelector": {**own, **wanted}}
        tolerated = spec.get("tolerations") or []
        more = [each for each in scheduling.get("tolerations") or () if each not in tolerated]
        if more:
            spec = {**spec, "tolerations": [*tolerated, *more]}
        return {**pod, "spec": spec}
