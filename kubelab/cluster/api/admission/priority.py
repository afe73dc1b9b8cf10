"""Turns a Pod's priority class into its priority.

Source: plugin/pkg/admission/priority.
"""

from __future__ import annotations

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.objects import Object

PREFIX = "/registry/priorityclasses/"


class Priority(Plugin):
    """Fills in spec.priority and spec.preemptionPolicy."""

    name = "Priority"

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a Pod is created."""
        return attributes.kind.name == "Pod" and attributes.old is None

    def looked_at(self, attributes: Attributes) -> list[object]:
        """The class decides, named or default."""
        return [self.priority_class(attributes.obj["spec"])]

    def priority_class(self, spec: Object) -> Object | None:
        """Returns the class that a spec names, or the cluster's default one."""
        if name := spec.get("priorityClassName"):
            return self.server.store.get(PREFIX + name)
        classes = self.server.store.table(PREFIX).rows.values()
        defaults = [found for found in classes if found.get("globalDefault")]
        return min(defaults, key=lambda found: int(found["value"]), default=None)

    def mutate(self, attributes: Attributes) -> Object:
        """Returns the Pod with its priority."""
        pod = attributes.obj
        spec = pod["spec"]
        name = spec.get("priorityClassName")
        found = self.priority_class(spec)
        if name and found is None:
            raise errors.forbidden(
                attributes.kind, pod["metadata"].get("name", ""), f"no PriorityClass with name {name} was found"
            )
        value = found["value"] if found else 0
        if spec.get("priority") not in (None, value):
            why = (
                f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; "
                f"priority admission controller computed {value} from the given PriorityClass name"
            )
            raise errors.forbidden(attributes.kind, pod["metadata"].get("name", ""), why)
        policy = (found or {}).get("preemptionPolicy") or "PreemptLowerPriority"
        filled = {**spec, "priority": value, "preemptionPolicy": spec.get("preemptionPolicy") or policy}
        if found and not name:
            filled["priorityClassName"] = found["metadata"]["name"]
        return {**pod, "spec": filled}
