"""Lets Pods stay on a node in trouble for five minutes, unless they say otherwise."""

from __future__ import annotations

from kubelab.cluster.api.admission.plugin import Attributes, Plugin
from kubelab.cluster.objects import Object

SECONDS = 300
TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


class DefaultTolerationSeconds(Plugin):
    """Adds the tolerations for not-ready and unreachable nodes."""

    name = "DefaultTolerationSeconds"

    def concerns(self, attributes: Attributes) -> bool:
        """Tells whether a Pod is written."""
        return attributes.kind.name == "Pod"

    def mutate(self, attributes: Attributes) -> Object:
        """Returns the Pod with the tolerations that it lacks."""
        pod = attributes.obj
        standing = pod["spec"].get("tolerations") or []
        added = [
            {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS}
            for key in TAINTS
            if not any(_covers(toleration, key) for toleration in standing)
        ]
        return {**pod, "spec": {**pod["spec"], "tolerations": [*standing, *added]}} if added else pod


def _covers(toleration: Object, key: str) -> bool:
    return (not toleration.get("key") or toleration["key"] == key) and toleration.get("effect") in (
        None,
        "",
        "NoExecute",
    )
