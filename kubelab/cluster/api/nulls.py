"""What servers before 1.34 tell of templates that have no creationTimestamp: that it is null.

Go's JSON wrote the empty time of each embedded ObjectMeta until then; what is stored here never has it.
Source: k8s.io/apimachinery/pkg/apis/meta/v1/types.go, ObjectMeta ("omitzero" since 1.34).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubelab.cluster.objects import Object

UNTIL = "1.34"
_TEMPLATE = (("spec", "template"),)
# Where each kind has metadata besides its own, outermost first.
PLACES: dict[str, Sequence[tuple[str, ...]]] = {
    "CronJob": (("spec", "jobTemplate"), ("spec", "jobTemplate", "spec", "template")),
    "PodTemplate": (("template",),),
    **dict.fromkeys(
        ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"), _TEMPLATE
    ),
}


def with_nulls(obj: Object) -> Object:
    """Returns an object as older servers tell it."""
    for place in PLACES.get(obj.get("kind", ""), ()):
        obj = _at(obj, place)
    if obj.get("kind") == "StatefulSet" and obj["spec"].get("volumeClaimTemplates"):
        claims = [_dated(claim) for claim in obj["spec"]["volumeClaimTemplates"]]
        obj = {**obj, "spec": {**obj["spec"], "volumeClaimTemplates": claims}}
    return obj


def _at(value: Any, place: tuple[str, ...]) -> Any:
    if not place:
        return _dated(value)
    name, *rest = place
    if not isinstance(value, dict) or value.get(name) is None:
        return value
    return {**value, name: _at(value[name], tuple(rest))}


def _dated(template: Object) -> Object:
    return {**template, "metadata": {"creationTimestamp": None, **(template.get("metadata") or {})}}
