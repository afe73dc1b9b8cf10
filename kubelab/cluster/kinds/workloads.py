"""Deployment, ReplicaSet, DaemonSet, StatefulSet, ReplicationController: what they have in common and apart.

Source: pkg/apis/apps/v1/defaults.go, pkg/apis/core/v1/defaults.go, pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

import json
from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds.causes import invalid, required, unsupported
from kubelab.cluster.kinds.container_restarts import causes_at
from kubelab.cluster.kinds.kind import Cause, Column
from kubelab.cluster.kinds.podspec import default_spec
from kubelab.cluster.kinds.podspec_validation import spec_causes
from kubelab.cluster.kinds.strategies import daemonset_causes, deadline_causes, deployment_causes, statefulset_causes
from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector, from_map


def default_template(spec: Object) -> Object:
    """Returns a workload's spec with the defaults of its Pod template filled in."""
    template = spec.get("template") or {}
    inner = template.get("spec") or {}
    filled = default_spec(inner) if inner.get("containers") else inner
    metadata = {"creationTimestamp": None, **(template.get("metadata") or {})}
    metadata = {field: value for field, value in metadata.items() if value is not None}
    return {**spec, "template": {**template, "metadata": metadata, "spec": filled}}


def default_deployment(deployment: Object) -> Object:
    """Returns a Deployment with its defaults."""
    spec = default_template(deployment.get("spec") or {})
    strategy = spec.get("strategy") or {}
    kind = strategy.get("type") or "RollingUpdate"
    if kind == "RollingUpdate":
        rolling = {"maxUnavailable": "25%", "maxSurge": "25%", **(strategy.get("rollingUpdate") or {})}
        strategy = {**strategy, "type": kind, "rollingUpdate": rolling}
    spec = {
        **spec,
        "replicas": spec.get("replicas", 1),
        "strategy": strategy,
        "revisionHistoryLimit": spec.get("revisionHistoryLimit", 10),
        "progressDeadlineSeconds": spec.get("progressDeadlineSeconds", 600),
    }
    return {**deployment, "spec": spec}


def default_replicaset(replicaset: Object) -> Object:
    """Returns a ReplicaSet with its defaults."""
    spec = default_template(replicaset.get("spec") or {})
    return {**replicaset, "spec": {**spec, "replicas": spec.get("replicas", 1)}}


def default_controller(controller: Object) -> Object:
    """Returns a ReplicationController with its defaults: selector and labels come from the template."""
    spec = default_template(controller.get("spec") or {})
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    spec = {**spec, "replicas": spec.get("replicas", 1)}
    if labels and not spec.get("selector"):
        spec["selector"] = labels
    metadata = controller["metadata"]
    if labels and not metadata.get("labels"):
        metadata = {**metadata, "labels": labels}
    return {**controller, "metadata": metadata, "spec": spec}


def default_daemonset(daemonset: Object) -> Object:
    """Returns a DaemonSet with its defaults."""
    spec = default_template(daemonset.get("spec") or {})
    strategy = spec.get("updateStrategy") or {}
    kind = strategy.get("type") or "RollingUpdate"
    strategy = {**strategy, "type": kind}
    if kind == "RollingUpdate":
        strategy["rollingUpdate"] = {"maxSurge": 0, "maxUnavailable": 1, **(strategy.get("rollingUpdate") or {})}
    spec = {**spec, "updateStrategy": strategy, "revisionHistoryLimit": spec.get("revisionHistoryLimit", 10)}
    return {**daemonset, "spec": spec}


def default_statefulset(statefulset: Object) -> Object:
    """Returns a StatefulSet with its defaults."""
    spec = default_template(statefulset.get("spec") or {})
    strategy = {"type": "RollingUpdate", **(spec.get("updateStrategy") or {})}
    if strategy["type"] == "RollingUpdate":
        strategy["rollingUpdate"] = {"partition": 0, **(strategy.get("rollingUpdate") or {})}
    retention = {"whenDeleted": "Retain", "whenScaled": "Retain"}
    spec = {
        **spec,
        "replicas": spec.get("replicas", 1),
        "podManagementPolicy": spec.get("podManagementPolicy") or "OrderedReady",
        "updateStrategy": strategy,
        "revisionHistoryLimit": spec.get("revisionHistoryLimit", 10),
        "persistentVolumeClaimRetentionPolicy": {
            **retention,
            **(spec.get("persistentVolumeClaimRetentionPolicy") or {}),
        },
    }
    if spec.get("volumeClaimTemplates"):
        spec["volumeClaimTemplates"] = [_default_claim(claim) for claim in spec["volumeClaimTemplates"]]
    return {**statefulset, "spec": spec}


def _default_claim(claim: Object) -> Object:
    spec = {"volumeMode": "Filesystem", **(claim.get("spec") or {})}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim, "spec": spec, "status": {"phase": "Pending"}}


def prepare_create(workload: Object) -> Object:
    """Returns a new workload as it is stored: first generation, no status yet."""
    return {**workload, "metadata": {**workload["metadata"], "generation": 1}, "status": {}}


def validate(workload: Object) -> list[Cause]:
    """Returns what is wrong with a workload: its size, its selector, its template."""
    spec = workload["spec"]
    causes: list[Cause] = []
    if spec.get("replicas", 0) < 0:
        causes.append(invalid("spec.replicas", spec["replicas"], "must be greater than or equal to 0"))
    selector = spec.get("selector")
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    if selector is None:
        causes.append(required("spec.selector"))
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        why = f"empty selector is invalid for {workload['kind'].lower()}"
        causes.append(_invalid_value("spec.selector", _json(selector), _go_selector(selector), why))
    if selector is None or not from_label_selector(selector).matches(labels):
        why = "`selector` does not match template `labels`"
        causes.append(_invalid_value("spec.template.metadata.labels", _json(labels), _go_map(labels), why))
    restart = spec["template"]["spec"].get("restartPolicy")
    claims = tuple(claim["metadata"].get("name", "") for claim in spec.get("volumeClaimTemplates") or ())
    causes += spec_causes(spec["template"]["spec"], "spec.template.spec", claims)
    if restart not in (None, "Always"):
        causes.append(unsupported("spec.template.spec.restartPolicy", restart, ("Always",)))
    return causes + deadline_causes(workload)


def validate_controller(controller: Object) -> list[Cause]:
    """Returns what is wrong with a ReplicationController, whose selector is a plain map of labels."""
    spec = controller["spec"]
    causes: list[Cause] = []
    selector, labels = spec.get("selector") or {}, (spec["template"].get("metadata") or {}).get("labels") or {}
    if spec.get("replicas", 0) < 0:
        causes.append(invalid("spec.replicas", spec["replicas"], "must be greater than or equal to 0"))
    if not selector:
        causes.append(required("spec.selector"))
    elif not selector.items() <= labels.items():
        why = "`selector` does not match template `labels`"
        causes.append(_invalid_value("spec.template.metadata.labels", _json(labels), _go_map(labels), why))
    template = spec["template"].get("spec") or {}
    causes += spec_causes(template, "spec.template.spec")
    if template.get("restartPolicy") not in (None, "Always"):
        causes.append(unsupported("spec.template.spec.restartPolicy", template["restartPolicy"], ("Always",)))
    return causes


def validate_deployment(deployment: Object) -> list[Cause]:
    """Returns what is wrong with a Deployment."""
    return [*validate(deployment), *deployment_causes(deployment["spec"])]


def validate_statefulset(statefulset: Object) -> list[Cause]:
    """Returns what is wrong with a StatefulSet."""
    return [*statefulset_causes(statefulset["spec"]), *validate(statefulset)]


def validate_daemonset(daemonset: Object) -> list[Cause]:
    """Returns what is wrong with a DaemonSet."""
    return [*validate(daemonset), *daemonset_causes(daemonset["spec"])]


def validate_update(new: Object, old: Object) -> list[Cause]:
    """Returns what an update may not change: the selector."""
    before, after = old["spec"].get("selector"), new["spec"].get("selector")
    if before == after:
        return []
    after = after or {}
    return [_invalid_value("spec.selector", _json(after), _go_selector(after), "field is immutable")]


def validate_statefulset_update(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of a StatefulSet may not change: all but a few fields."""
    before, after = ({k: v for k, v in obj["spec"].items() if k not in CHANGEABLE} for obj in (old, new))
    if before == after:
        return []
    earlier = [f"'{field}'" for field in CHANGEABLE if field != "revisionHistoryLimit"]
    listed = [f"'{field}'" for field in CHANGEABLE]
    why, in_go = (f"{', '.join(fields[:-1])} and {fields[-1]} are forbidden" for fields in (listed, earlier))
    told = "Forbidden: updates to statefulset spec for fields other than "
    return [Cause("FieldValueForbidden", told + why, "spec", told + in_go)]


def _invalid_value(field: str, shown: str, in_go: str, why: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {why}", field, f"Invalid value: {in_go}: {why}")


def _json(value: Object) -> str:
    """Writes a map as the server's messages show it; none at all is null."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True) if value else "null"


def _go_map(labels: Object) -> str:
    pairs = ", ".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in sorted(labels.items()))
    return f"map[string]string{{{pairs}}}" if labels else "map[string]string(nil)"


def _go_selector(selector: Object) -> str:
    expressions = [
        f'v1.LabelSelectorRequirement{{Key:"{found["key"]}", Operator:"{found["operator"]}", '
        f"Values:{_go_strings(found.get('values') or [])}}}"
        for found in selector.get("matchExpressions") or ()
    ]
    listed = f"{{{', '.join(expressions)}}}" if expressions else "(nil)"
    labels = _go_map(selector.get("matchLabels") or {})
    return f"v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:[]v1.LabelSelectorRequirement{listed}}}"


def _go_strings(values: list[str]) -> str:
    return f"[]string{{{', '.join(map(json.dumps, values))}}}" if values else "[]string(nil)"


def _containers(template: Object) -> list[Object]:
    return list((template.get("spec") or {}).get("containers") or ())


def _names(spec: Object) -> str:
    return ",".join(container["name"] for container in _containers(spec["template"]))


def _images(spec: Object) -> str:
    return ",".join(container.get("image", "") for container in _containers(spec["template"]))


# What of a StatefulSet's spec may change; the order is the message's.
CHANGEABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
WIDE = (Column("Containers", priority=1), Column("Images", priority=1), Column("Selector", priority=1))


def _wide(spec: Object) -> list[Any]:
    return [_names(spec), _images(spec), str(from_label_selector(spec.get("selector"))) or "<none>"]


def deployment_row(deployment: Object, now: float) -> list[Any]:
    """Returns the cells of a Deployment's row."""
    spec, status = deployment["spec"], deployment.get("status", {})
    return [
        deployment["metadata"]["name"],
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age(deployment, now),
        *_wide(spec),
    ]


def replicaset_row(replicaset: Object, now: float) -> list[Any]:
    """Returns the cells of a ReplicaSet's row."""
    spec, status = replicaset["spec"], replicaset.get("status", {})
    return [
        replicaset["metadata"]["name"],
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age(replicaset, now),
        *_wide(spec),
    ]


def controller_row(controller: Object, now: float) -> list[Any]:
    """Returns the cells of a ReplicationController's row."""
    selector = from_map(controller["spec"].get("selector"))
    return [*replicaset_row({**controller, "spec": {**controller["spec"], "selector": None}}, now)[:-1], str(selector)]


def daemonset_row(daemonset: Object, now: float) -> list[Any]:
    """Returns the cells of a DaemonSet's row."""
    spec, status = daemonset["spec"], daemonset.get("status", {})
    selector = from_map((spec["template"].get("spec") or {}).get("nodeSelector"))
    return [
        daemonset["metadata"]["name"],
        status.get("desiredNumberScheduled", 0),
        status.get("currentNumberScheduled", 0),
        status.get("numberReady", 0),
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        str(selector) or "<none>",
        age(daemonset, now),
        *_wide(spec),
    ]


def statefulset_row(statefulset: Object, now: float) -> list[Any]:
    """Returns the cells of a StatefulSet's row."""
    spec, status = statefulset["spec"], statefulset.get("status", {})
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [statefulset["metadata"]["name"], ready, age(statefulset, now), _names(spec), _images(spec)]


def _numbers(*names: str) -> list[Column]:
    return [Column(name, "integer") for name in names]


NAME, AGE = Column("Name", format="name"), Column("Age")

RULES: dict[str, dict[str, Any]] = {
    "Deployment": {
        "default": default_deployment,
        "validate": validate_deployment,
        "validate_update": validate_update,
        "prepare_create": prepare_create,
        "validate_in": causes_at("spec", "template", "spec"),
        "columns": (NAME, Column("Ready"), *_numbers("Up-to-date", "Available"), AGE, *WIDE),
        "row": deployment_row,
    },
    "ReplicaSet": {
        "default": default_replicaset,
        "validate": validate,
        "validate_update": validate_update,
        "prepare_create": prepare_create,
        "validate_in": causes_at("spec", "template", "spec"),
        "columns": (NAME, *_numbers("Desired", "Current", "Ready"), AGE, *WIDE),
        "row": replicaset_row,
        "field_labels": ("status.replicas",),
    },
    "ReplicationController": {
        "default": default_controller,
        "validate": validate_controller,
        "prepare_create": prepare_create,
        "validate_in": causes_at("spec", "template", "spec"),
        "columns": (NAME, *_numbers("Desired", "Current", "Ready"), AGE, *WIDE),
        "row": controller_row,
        "field_labels": ("status.replicas",),
    },
    "DaemonSet": {
        "default": default_daemonset,
        "validate": validate_daemonset,
        "validate_update": validate_update,
        "prepare_create": prepare_create,
        "validate_in": causes_at("spec", "template", "spec"),
        "columns": (
            NAME,
            *_numbers("Desired", "Current", "Ready", "Up-to-date", "Available"),
            Column("Node Selector"),
            AGE,
            *WIDE,
        ),
        "row": daemonset_row,
    },
    "StatefulSet": {
        "default": default_statefulset,
        "validate": validate_statefulset,
        "validate_update": validate_statefulset_update,
        "prepare_create": prepare_create,
        "validate_in": causes_at("spec", "template", "spec"),
        "columns": (NAME, Column("Ready"), AGE, *WIDE[:2]),
        "row": statefulset_row,
    },
}
