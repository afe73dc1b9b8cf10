"""kubectl describe deployment."""

from __future__ import annotations

from kubelab.cluster.objects import Object, controller_ref
from kubelab.terminal.kubectl.describing.description import NONE, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import conditions, created, head, marks
from kubelab.terminal.kubectl.describing.scheduling import selector_text
from kubelab.terminal.kubectl.describing.template import pod_template

HASH = "pod-template-hash"
_COUNTS = (
    ("updated", "updatedReplicas"),
    ("total", "replicas"),
    ("available", "availableReplicas"),
    ("unavailable", "unavailableReplicas"),
)


def describe(out: Description, deployment: Object) -> None:
    """Writes the description of a Deployment."""
    spec, status = deployment["spec"], deployment.get("status") or {}
    head(out, deployment)
    created(out, deployment)
    marks(out, deployment)
    out.field("Selector", selector_text(spec.get("selector")))
    counts = [f"{spec.get('replicas', 0)} desired", *(f"{status.get(name, 0)} {word}" for word, name in _COUNTS)]
    out.field("Replicas", " | ".join(counts))
    strategy = spec.get("strategy") or {}
    out.field("StrategyType", strategy.get("type", ""))
    out.field("MinReadySeconds", str(spec.get("minReadySeconds", 0)))
    rolling = strategy.get("rollingUpdate")
    if rolling:
        limits = f"{rolling.get('maxUnavailable', 0)} max unavailable, {rolling.get('maxSurge', 0)} max surge"
        out.field("RollingUpdateStrategy", limits)
    pod_template(out, spec["template"])
    conditions(out, status)
    _replicasets(out, deployment)
    tell_events(out, deployment)


def _replicasets(out: Description, deployment: Object) -> None:
    kind = out.api.kinds.by_gvk("apps/v1", "ReplicaSet")
    if kind is None:
        return
    metadata = deployment["metadata"]
    found = out.api.list(kind, metadata["namespace"], labels=selector_text(deployment["spec"].get("selector")))
    owned = [rs for rs in found if (controller_ref(rs) or {}).get("uid") == metadata["uid"]]
    owned.sort(key=lambda rs: (rs["metadata"]["creationTimestamp"], rs["metadata"]["name"]))
    template = deployment["spec"]["template"]
    new = next((rs for rs in owned if _without_hash(rs["spec"]["template"]) == _without_hash(template)), None)
    if owned:
        out.field("OldReplicaSets", _named([rs for rs in owned if rs is not new]))
        out.field("NewReplicaSet", _named([new] if new is not None else []))


def _without_hash(template: Object) -> Object:
    metadata = {**(template.get("metadata") or {})}
    metadata["labels"] = {key: value for key, value in (metadata.get("labels") or {}).items() if key != HASH}
    return {**template, "metadata": {key: value for key, value in metadata.items() if value}}


def _named(replicasets: list[Object]) -> str:
    return ", ".join(_created(replicaset) for replicaset in replicasets) or NONE


def _created(replicaset: Object) -> str:
    wanted, there = replicaset["spec"].get("replicas", 0), (replicaset.get("status") or {}).get("replicas", 0)
    return f"{replicaset['metadata']['name']} ({there}/{wanted} replicas created)"


DESCRIBERS = {"Deployment": describe}
