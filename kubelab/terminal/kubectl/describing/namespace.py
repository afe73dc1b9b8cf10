"""kubectl describe namespace: with its quotas and limits."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.limitrange import limits_of_namespace
from kubelab.terminal.kubectl.describing.metadata import head, marks, time_text
from kubelab.terminal.kubectl.describing.resourcequota import quotas_of_namespace


def describe(out: Description, namespace: Object) -> None:
    """Writes the description of a Namespace."""
    head(out, namespace, namespaced=False)
    marks(out, namespace)
    status = namespace.get("status") or {}
    out.field("Status", status.get("phase", ""))
    if status.get("conditions"):
        dated_conditions(out, status["conditions"])
    out.put("\n")
    quotas_of_namespace(out, _inside(out, namespace, "ResourceQuota"))
    out.put("\n")
    limits_of_namespace(out, _inside(out, namespace, "LimitRange"))


def _inside(out: Description, namespace: Object, kind_name: str) -> list[Object]:
    kind = out.api.kinds.by_gvk("v1", kind_name)
    return out.api.list(kind, namespace["metadata"]["name"]) if kind is not None else []


def dated_conditions(out: Description, conditions: list[Object]) -> None:
    """Writes conditions with the times of their last change."""
    out.heading("Conditions")
    out.header(("Type", "Status", "LastTransitionTime", "Reason", "Message"))
    for found in conditions:
        changed = time_text(found.get("lastTransitionTime"))
        out.row((found["type"], found["status"], changed, found.get("reason", ""), found.get("message", "")))


DESCRIBERS = {"Namespace": describe}
