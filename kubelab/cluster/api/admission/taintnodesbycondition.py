"""Taints a new node as not ready, so that nothing is placed there before its kubelet says so."""

from __future__ import annotations

from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.objects import Object, with_spec

TAINT: Object = {"effect": "NoSchedule", "key": "node.kubernetes.io/not-ready"}


class TaintNodesByCondition(Plugin):
    """Adds the taint to nodes that are created."""

    name = "TaintNodesByCondition"

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a Node is created."""
        return attributes.kind.name == "Node" and attributes.old is None

    def mutate(self, attributes: Attributes) -> Object:
        """Returns the node with the taint."""
        node = attributes.obj
        standing = (node.get("spec") or {}).get("taints") or []
        if any((taint["key"], taint["effect"]) == (TAINT["key"], TAINT["effect"]) for taint in standing):
            return node
        return with_spec(node, taints=[*standing, TAINT])
