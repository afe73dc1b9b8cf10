"""Lets a kubelet change its own node and the Pods on it, and nothing else.

Only for what comes with a kubelet's credentials: the simulated kubelets write just that anyway.
Source: plugin/pkg/admission/noderestriction; kubernetes.io, reference/access-authn-authz/admission-controllers,
"NodeRestriction".
"""

from __future__ import annotations

from kubelab.cluster.api import errors
from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, annotations_of, labels_of
from kubelab.cluster.user import User

GROUP, PREFIX = "system:nodes", "system:node:"
MIRROR = "kubernetes.io/config.mirror"
RESTRICTED = "node-restriction.kubernetes.io"
# Labels below kubernetes.io and k8s.io that a kubelet may set on its node.
LABELS = frozenset(
    """
    kubernetes.io/hostname kubernetes.io/arch kubernetes.io/os beta.kubernetes.io/instance-type
    node.kubernetes.io/instance-type failure-domain.beta.kubernetes.io/region failure-domain.beta.kubernetes.io/zone
    failure-domain.kubernetes.io/region failure-domain.kubernetes.io/zone topology.kubernetes.io/region
    topology.kubernetes.io/zone beta.kubernetes.io/arch beta.kubernetes.io/os
    """.split()
)
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
OWN = ("kubelet.kubernetes.io", "node.kubernetes.io")


class NodeRestriction(Plugin):
    """Holds kubelets to their own node."""

    name = "NodeRestriction"
    by_template = True
    kinds = ("Lease", "Node", "Pod")

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a kubelet writes something that is about nodes."""
        return GROUP in attributes.user.groups

    def validate(self, attributes: Attributes) -> None:
        """Lets a kubelet's write pass that is about its own node.

        Raises:
            Forbidden: it is about another.
        """
        node = attributes.user.name.removeprefix(PREFIX)
        why = {"Node": _of_node, "Pod": _of_pod, "Lease": _of_lease}[attributes.kind.name](attributes, node)
        if why:
            raise errors.forbidden(attributes.kind, attributes.obj["metadata"]["name"], why)

    def validate_deletion_by(self, kind: Kind, obj: Object, user: User) -> None:
        """Lets a kubelet delete Pods of its own node.

        Raises:
            Forbidden: the Pod is on another.
        """
        if kind.name != "Pod" or GROUP not in user.groups:
            return
        node = user.name.removeprefix(PREFIX)
        if obj["spec"].get("nodeName") != node:
            why = f'node "{node}" can only delete pods with spec.nodeName set to itself'
            raise errors.forbidden(kind, obj["metadata"]["name"], why)


def _of_pod(attributes: Attributes, node: str) -> str:
    pod, old = attributes.obj, attributes.old
    if old is not None:
        if old["spec"].get("nodeName") != node:
            return f'node "{node}" can only update pod status for pods with spec.nodeName set to itself'
        if labels_of(pod) != labels_of(old):
            return f'node "{node}" cannot update labels through pod status'
        return ""
    if MIRROR not in annotations_of(pod):
        return f'pod does not have "{MIRROR}" annotation, node "{node}" can only create mirror pods'
    if pod["spec"].get("nodeName") != node:
        return f'node "{node}" can only create pods with spec.nodeName set to itself'
    if pod["spec"].get("serviceAccountName"):
        return f'node "{node}" can not create pods that reference a service account'
    return ""


def _of_lease(attributes: Attributes, node: str) -> str:
    metadata = attributes.obj["metadata"]
    if metadata.get("namespace") == "kube-node-lease" and metadata["name"] != node:
        return "can only access node lease with the same name as the requesting node"
    return ""


def _of_node(attributes: Attributes, node: str) -> str:
    new, old = attributes.obj, attributes.old
    name = new["metadata"]["name"]
    if name != node:
        return f'node "{node}" is not allowed to modify node "{name}"'
    before = labels_of(old) if old is not None else {}
    changed = {label for label in {*labels_of(new), *before} if labels_of(new).get(label) != before.get(label)}
    if old is None:
        changed.discard(CONTROL_PLANE)  # kubeadm's label, with which a simulated node is made in one go
    forbidden = sorted(label for label in changed if _is_forbidden(label))
    if forbidden:
        return f"is not allowed to modify labels: {', '.join(forbidden)}"
    if old is None:
        return ""
    if (new["spec"].get("taints") or []) != (old["spec"].get("taints") or []):
        return f'node "{node}" is not allowed to modify taints'
    owners = new["metadata"].get("ownerReferences"), old["metadata"].get("ownerReferences")
    return f'node "{node}" is not allowed to modify ownerReferences' if owners[0] != owners[1] else ""


def _is_forbidden(label: str) -> bool:
    namespace = label.partition("/")[0] if "/" in label else ""
    if label in LABELS or not _is_below(namespace, ("kubernetes.io", "k8s.io")):
        return False
    return _is_below(namespace, (RESTRICTED,)) or not _is_below(namespace, OWN)


def _is_below(namespace: str, domains: tuple[str, ...]) -> bool:
    return any(namespace == domain or namespace.endswith(f".{domain}") for domain in domains)
