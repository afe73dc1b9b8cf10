"""Job: its defaults, the selector that it is given, what it may not be and what of it may not change.

Source: pkg/apis/batch/v1/defaults.go, pkg/registry/batch/job/strategy.go, pkg/apis/batch/validation/validation.go.
"""

from __future__ import annotations

import json
from typing import Any

from kubelab.cluster.kinds.causes import invalid, required, unsupported
from kubelab.cluster.kinds.container_restarts import causes_at
from kubelab.cluster.kinds.job_policy_validation import failure_policy_causes, success_policy_causes
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import label_causes
from kubelab.cluster.kinds.podspec_validation import spec_causes
from kubelab.cluster.kinds.workloads import default_template
from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector

MOST_PARALLEL = 100_000  # Pods of an Indexed Job
UNLIMITED = 2**31 - 1
PREFIX = "batch.kubernetes.io/"
NUMBERS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)
FIXED = ("selector", "template", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy")
# What of the template may change while a Job is suspended and has not begun (KEP-2926).
PLACEMENT = ("nodeSelector", "tolerations", "schedulingGates")


def default_job(job: Object) -> Object:
    """Returns a Job with its defaults."""
    return {**job, "spec": default_job_spec(job.get("spec") or {})}


def default_job_spec(given: Object) -> Object:
    """Returns a Job's spec with its defaults."""
    spec = default_template(given)
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    replacement = "Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed"
    limit = 6 if spec.get("backoffLimitPerIndex") is None else UNLIMITED
    defaults = {
        "parallelism": 1,
        "backoffLimit": limit,
        "completionMode": "NonIndexed",
        "suspend": False,
        "podReplacementPolicy": replacement,
        "manualSelector": False,
    }
    missing = {field: value for field, value in defaults.items() if spec.get(field) is None}
    return {**spec, **missing, **_default_policy(spec)}


def _default_policy(spec: Object) -> Object:
    policy = spec.get("podFailurePolicy")
    if not policy:
        return {}
    rules = []
    for rule in policy.get("rules") or ():
        patterns = rule.get("onPodConditions")
        if patterns:
            rule = {**rule, "onPodConditions": [{**each, "status": each.get("status") or "True"} for each in patterns]}
        rules.append(rule)
    return {"podFailurePolicy": {**policy, "rules": rules}}


def prepare_job(job: Object) -> Object:
    """Returns a new Job as it is stored: with the labels and the selector by which it knows its Pods."""
    spec, metadata = job["spec"], job["metadata"]
    template = spec["template"]
    if not spec.get("manualSelector"):
        own = {"controller-uid": metadata["uid"], "job-name": metadata["name"]}
        marks = {**own, **{PREFIX + name: value for name, value in own.items()}}
        inner = template.get("metadata") or {}
        template = {**template, "metadata": {**inner, "labels": {**marks, **(inner.get("labels") or {})}}}
        selector = spec.get("selector") or {}
        matched = {**(selector.get("matchLabels") or {}), f"{PREFIX}controller-uid": metadata["uid"]}
        spec = {**spec, "template": template, "selector": {**selector, "matchLabels": matched}}
    labels = (template.get("metadata") or {}).get("labels")
    metadata = {**metadata, "generation": 1}
    if labels and not metadata.get("labels"):
        metadata["labels"] = labels
    return {**job, "metadata": metadata, "spec": spec, "status": {}}


def validate_job(job: Object) -> list[Cause]:
    """Returns what is wrong with a Job."""
    spec, uid, name = job["spec"], job["metadata"]["uid"], job["metadata"]["name"]
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    selector, causes = spec.get("selector"), []
    if not spec.get("manualSelector") and selector is not None:
        expected = {f"{PREFIX}controller-uid": uid, f"{PREFIX}job-name": name, "controller-uid": uid, "job-name": name}
        for label, value in expected.items():
            if labels.get(label) != value:
                path = "spec.template.metadata.labels"
                causes.append(_shown(path, labels, f"must be '{value}'"))
        if not from_label_selector(selector).matches(expected):
            causes.append(_shown("spec.selector", selector, "`selector` not auto-generated"))
    causes += job_causes(spec, "spec")
    if selector is None:
        causes.append(required("spec.selector"))
    elif not from_label_selector(selector).matches(labels):
        causes.append(_shown("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"))
    return causes


def _shown(path: str, value: Any, why: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {json.dumps(value, separators=(',', ':'))}: {why}", path)


def job_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with a Job's spec, or with one that a CronJob makes Jobs of."""
    causes = [
        invalid(f"{path}.{field}", spec[field], "must be greater than or equal to 0")
        for field in NUMBERS
        if (spec.get(field) or 0) < 0
    ]
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        causes.append(required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    causes += _mode_causes(spec, path)
    causes += failure_policy_causes(spec, path)
    causes += success_policy_causes(spec, path)
    replacement = spec.get("podReplacementPolicy")
    allowed = ("Failed",) if spec.get("podFailurePolicy") else ("Failed", "TerminatingOrFailed")
    if replacement is not None and replacement not in allowed:
        causes.append(unsupported(f"{path}.podReplacementPolicy", replacement, allowed))
    template = spec["template"]
    causes += label_causes((template.get("metadata") or {}).get("labels") or {}, f"{path}.template.labels")
    causes += spec_causes(template["spec"], f"{path}.template.spec")
    return causes + _restart_causes(spec, f"{path}.template.spec.restartPolicy")


def _mode_causes(spec: Object, path: str) -> list[Cause]:
    mode = spec.get("completionMode") or "NonIndexed"
    if mode == "Indexed":
        causes, most, completions = [], spec.get("maxFailedIndexes"), spec.get("completions")
        if completions is None:
            causes.append(required(f"{path}.completions", "when completion mode is Indexed"))
        if (spec.get("parallelism") or 0) > MOST_PARALLEL:
            why = f"must be less than or equal to {MOST_PARALLEL} when completion mode is Indexed"
            causes.append(invalid(f"{path}.parallelism", spec["parallelism"], why))
        if most is not None and completions is not None and most > completions:
            causes.append(invalid(f"{path}.maxFailedIndexes", most, "must be less than or equal to completions"))
        return causes
    if mode != "NonIndexed":
        return [unsupported(f"{path}.completionMode", mode, ("Indexed", "NonIndexed"))]
    return [
        invalid(f"{path}.{field}", spec[field], "requires indexed completion mode")
        for field in ("backoffLimitPerIndex", "maxFailedIndexes")
        if spec.get(field) is not None
    ]


def _restart_causes(spec: Object, path: str) -> list[Cause]:
    restart = spec["template"]["spec"].get("restartPolicy")
    if restart in (None, "Always"):
        return [required(path, 'valid values: "OnFailure", "Never"')]
    if restart not in ("OnFailure", "Never"):
        return [unsupported(path, restart, ("Never", "OnFailure"))]
    if spec.get("podFailurePolicy") and restart != "Never":
        return [invalid(path, restart, 'only "Never" is supported when podFailurePolicy is specified')]
    return []


def validate_job_update(new: Object, old: Object) -> list[Cause]:
    """Returns what an update may not change of a Job."""
    after, before = new["spec"], old["spec"]
    causes = [] if after.get("completions") == before.get("completions") else _completions_causes(after, before)
    for field in (*FIXED, "successPolicy"):
        earlier = before.get(field)
        if field == "template" and before.get("suspend") and "startTime" not in old.get("status", {}):
            earlier = _with_placement(before["template"], after["template"])
        if after.get(field) != earlier:
            causes.append(_shown(f"spec.{field}", after.get(field), "field is immutable"))
    return causes


def _completions_causes(after: Object, before: Object) -> list[Cause]:
    """An Indexed Job may grow or shrink when its parallelism does alike (KEP-3715)."""
    completions = after.get("completions")
    elastic = after["completionMode"] == "Indexed" and None not in (completions, before.get("completions"))
    if not elastic:
        return [_shown("spec.completions", completions, "field is immutable")]
    if completions == after["parallelism"]:
        return []
    why = "can only be modified in tandem with spec.parallelism"
    return [invalid("spec.completions", completions, f"{why}")]


def _with_placement(template: Object, changed: Object) -> Object:
    """Returns the template with what decides on which nodes its Pods may run taken from the changed one."""
    spec, wanted = dict(template["spec"]), changed["spec"]
    for field in PLACEMENT:
        spec.pop(field, None)
        if field in wanted:
            spec[field] = wanted[field]
    affinity = {k: v for k, v in (spec.pop("affinity", None) or {}).items() if k != "nodeAffinity"}
    if "nodeAffinity" in (wanted.get("affinity") or {}):
        affinity["nodeAffinity"] = wanted["affinity"]["nodeAffinity"]
    if affinity or "affinity" in wanted:
        spec["affinity"] = affinity
    metadata = {k: v for k, v in (template.get("metadata") or {}).items() if k not in ("labels", "annotations")}
    marks = {k: v for k, v in (changed.get("metadata") or {}).items() if k in ("labels", "annotations")}
    return {**template, "metadata": {**metadata, **marks}, "spec": spec}


RULES: dict[str, dict[str, Any]] = {
    "Job": {
        "default": default_job,
        "prepare_create": prepare_job,
        "validate": validate_job,
        "validate_in": causes_at("spec", "template", "spec"),
        "validate_update": validate_job_update,
        "field_labels": ("status.successful",),
    },
}
