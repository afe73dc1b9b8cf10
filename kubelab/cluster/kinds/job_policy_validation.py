"""What a Job's podFailurePolicy and successPolicy may not be, in the server's words.

Source: pkg/apis/batch/validation/validation.go (validatePodFailurePolicy, validateSuccessPolicy).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from kubelab.cluster.kinds.causes import duplicate, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
OPERATORS = ("In", "NotIn")
STATUSES = ("False", "True", "Unknown")
INDEXES = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")


def failure_policy_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with spec.podFailurePolicy."""
    causes: list[Cause] = []
    for place, rule in enumerate((spec.get("podFailurePolicy") or {}).get("rules") or ()):
        causes += _rule_causes(spec, rule, f"{path}.podFailurePolicy.rules[{place}]")
    return causes


def _rule_causes(spec: Object, rule: Object, path: str) -> list[Cause]:
    action, codes, patterns = rule.get("action"), rule.get("onExitCodes"), rule.get("onPodConditions")
    causes: list[Cause] = []
    if not action:
        causes.append(required(f"{path}.action", f"valid values: {_listed(ACTIONS)}"))
    elif action not in ACTIONS:
        causes.append(unsupported(f"{path}.action", action, ACTIONS))
    elif action == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
        causes.append(invalid(f"{path}.action", action, "requires the backoffLimitPerIndex to be set"))
    if codes is not None:
        causes += _code_causes(spec, codes, f"{path}.onExitCodes")
    for place, pattern in enumerate(patterns or ()):
        if pattern.get("status") not in STATUSES:
            causes.append(unsupported(f"{path}.onPodConditions[{place}].status", pattern.get("status"), STATUSES))
    if codes is not None and patterns:
        causes.append(_without_value(path, "specifying both OnExitCodes and OnPodConditions is not supported"))
    if codes is None and not patterns:
        causes.append(_without_value(path, "specifying one of OnExitCodes and OnPodConditions is required"))
    return causes


def _code_causes(spec: Object, codes: Object, path: str) -> list[Cause]:
    operator, values, name = codes.get("operator"), codes.get("values") or [], codes.get("containerName")
    template = spec["template"]["spec"]
    names = [found.get("name") for field in ("containers", "initContainers") for found in template.get(field) or ()]
    causes: list[Cause] = []
    if not operator:
        causes.append(required(f"{path}.operator", f"valid values: {_listed(OPERATORS)}"))
    elif operator not in OPERATORS:
        causes.append(unsupported(f"{path}.operator", operator, OPERATORS))
    if name is not None and name not in names:
        why = "must be one of the container or initContainer names in the pod template"
        causes.append(invalid(f"{path}.containerName", name, why))
    if not values:
        causes.append(invalid(f"{path}.values", "null", "at least one value is required"))
    for place, value in enumerate(values):
        if operator == "In" and value == 0:
            causes.append(invalid(f"{path}.values[{place}]", value, "must not be 0 for the In operator"))
        if value in values[:place]:
            causes.append(duplicate(f"{path}.values[{place}]", value))
    if values != sorted(values):
        shown = json.dumps(values, separators=(",", ":"))
        causes.append(Cause("FieldValueInvalid", f"Invalid value: {shown}: must be ordered", f"{path}.values"))
    return causes


def success_policy_causes(spec: Object, path: str) -> list[Cause]:
    """Returns what is wrong with spec.successPolicy."""
    policy, at = spec.get("successPolicy"), f"{path}.successPolicy"
    if policy is None:
        return []
    if spec.get("completionMode") != "Indexed":
        shown = json.dumps(policy, separators=(",", ":"))
        return [Cause("FieldValueInvalid", f"Invalid value: {shown}: requires indexed completion mode", at)]
    rules = policy.get("rules") or ()
    if not rules:
        why = "at least one rules must be specified when the successPolicy is specified"
        return [required(f"{at}.rules", why)]
    causes: list[Cause] = []
    for place, rule in enumerate(rules):
        causes += _success_causes(rule, spec.get("completions") or 0, f"{at}.rules[{place}]")
    return causes


def _success_causes(rule: Object, completions: int, path: str) -> list[Cause]:
    count, indexes = rule.get("succeededCount"), rule.get("succeededIndexes")
    if count is None and indexes is None:
        return [required(path, "at least one of succeededCount or succeededIndexes must be specified")]
    causes: list[Cause] = []
    if indexes is not None and not INDEXES.fullmatch(indexes):
        why = f'error parsing succeededIndexes: cannot convert string to integer for index: "{indexes}"'
        causes.append(invalid(f"{path}.succeededIndexes", indexes, why))
    if count is not None and count < 0:
        causes.append(invalid(f"{path}.succeededCount", count, "must be greater than or equal to 0"))
    if count is not None and count > completions:
        why = f"must be less than or equal to {completions} (the number of specified completions)"
        causes.append(invalid(f"{path}.succeededCount", count, why))
    return causes


def _listed(values: Iterable[str]) -> str:
    return f"[{' '.join(json.dumps(value) for value in values)}]"


def _without_value(path: str, why: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {why}", path)
