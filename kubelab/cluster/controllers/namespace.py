"""Empties a namespace that is being deleted, then lets it go.

Source: pkg/controller/namespace and its deletion package.
"""

from __future__ import annotations

from collections import Counter

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.component import itself
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.kinds import Namespace, Pod
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of

# The controller waits this long after each event, for the API servers' caches to see the deletion.
GRACE = 5.0
FINALIZER = "kubernetes"

_SUCCESSES = (
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    (
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
)


class NamespaceController(Controller):
    """Deletes everything in a namespace before the namespace itself goes."""

    name = "namespace"
    user = service_account("namespace-controller")
    watches = {Namespace: itself}
    pace = GRACE

    def reconcile(self, key: str) -> None:
        """Deletes what is left, and looks again while something is."""
        namespace = self.api.get(Namespace, Key.parse(key))
        if namespace is None or not is_being_deleted(namespace):
            return
        if FINALIZER not in (namespace["spec"].get("finalizers") or ()):
            return
        self.empty(key)
        left = self.remaining(key)
        self.write_conditions(namespace, left)
        if left:
            self.later(key, self.estimate(left) / 2 + 1)
        else:
            self.api.finalize_namespace(key)

    def empty(self, name: str) -> None:
        """Deletes each object of each namespaced kind that is not being deleted already."""
        for kind in self.cluster.resources:
            if kind.namespaced:
                for obj in self.api.indexed(kind, "namespace", name):
                    if not is_being_deleted(obj):
                        self.delete(kind, obj)

    def delete(self, kind: Kind, obj: Object) -> None:
        """Deletes one object; one that refuses stays for the next look."""
        try:
            self.api.delete(kind, key_of(obj), propagation="Background")
        except ApiError:
            self.later(obj["metadata"]["namespace"], GRACE)

    def remaining(self, name: str) -> list[tuple[Kind, Object]]:
        """Returns what is still in the namespace."""
        kinds = [kind for kind in self.cluster.resources if kind.namespaced]
        return [(kind, obj) for kind in kinds for obj in self.api.indexed(kind, "namespace", name)]

    def estimate(self, left: list[tuple[Kind, Object]]) -> float:
        """Returns how long the slowest Pod may take to stop, in seconds."""
        graces = [obj["metadata"].get("deletionGracePeriodSeconds") or 0 for kind, obj in left if kind is Pod]
        return float(max(graces, default=15 if left else 0))

    def write_conditions(self, namespace: Object, left: list[tuple[Kind, Object]]) -> None:
        """Says in the status what keeps the namespace from going."""
        status = old = namespace.get("status", {})
        now = self.clock.timestamp()
        for name, reason, message in _SUCCESSES:
            status = with_condition(status, name, "False", reason, message, now)
        if left:
            kinds = Counter(_resource(kind) for kind, _ in left)
            parts = [f"{resource} has {count} resource instances" for resource, count in sorted(kinds.items())]
            message = "Some resources are remaining: " + ", ".join(parts)
            status = with_condition(status, "NamespaceContentRemaining", "True", "SomeResourcesRemain", message, now)
        finalizers = Counter(name for _, obj in left for name in obj["metadata"].get("finalizers") or ())
        if finalizers:
            parts = [f"{name} in {count} resource instances" for name, count in sorted(finalizers.items())]
            message = "Some content in the namespace has finalizers remaining: " + ", ".join(parts)
            status = with_condition(
                status, "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", message, now
            )
        if status != old:
            self.api.update_status(Namespace, {**namespace, "status": status})


def _resource(kind: Kind) -> str:
    return f"{kind.plural}.{kind.group}" if kind.group else f"{kind.plural}."
