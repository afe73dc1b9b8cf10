"""What decides whether a Pod may be on a node: taints and tolerations, node selectors and affinity.

Asked by the scheduler, the DaemonSet controller and the kubelet's admission alike.
Source: k8s.io/component-helpers/scheduling/corev1 and its nodeaffinity package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from kubelab.cluster.objects import Object, labels_of


class TaintEffect(StrEnum):
    """What a taint does to a Pod that does not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


def tolerates(toleration: Object, taint: Object) -> bool:
    """Tells whether one toleration covers one taint."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    return bool(operator == "Equal" and toleration.get("value", "") == taint.get("value", ""))


def untolerated(
    taints: Iterable[Object], tolerations: Sequence[Object], effects: Sequence[TaintEffect]
) -> Object | None:
    """Returns the first taint with one of `effects` that no toleration covers, or None."""
    for taint in taints:
        if taint["effect"] in effects and not any(tolerates(toleration, taint) for toleration in tolerations):
            return taint
    return None


def fits_node_affinity(spec: Object, node: Object) -> bool:
    """Tells whether the node has what a Pod's nodeSelector and required node affinity ask for."""
    labels = labels_of(node)
    selector = spec.get("nodeSelector") or {}
    if any(labels.get(name) != value for name, value in selector.items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    return any(matches_term(term, node) for term in required.get("nodeSelectorTerms") or ())


def matches_term(term: Object, node: Object) -> bool:
    """Tells whether a node matches a node selector term; an empty term matches none."""
    expressions = term.get("matchExpressions") or ()
    fields = term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    labels = labels_of(node)
    names = {"metadata.name": node["metadata"]["name"]}
    return all(_matches(found, labels) for found in expressions) and all(_matches(found, names) for found in fields)


def _matches(requirement: Object, labels: dict[str, str]) -> bool:
    operator, value = requirement["operator"], labels.get(requirement["key"])
    values = requirement.get("values") or []
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    return _compares(operator, value, values)


def _compares(operator: str, value: str | None, values: Sequence[str]) -> bool:
    """Gt and Lt compare whole numbers; anything else does not match."""
    try:
        number, bound = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return number > bound if operator == "Gt" else number < bound
