"""What an update strategy may not be, in the server's words.

Source: pkg/apis/apps/validation/validation.go (ValidateDeploymentStrategy, ValidateRollingUpdateDaemonSet).
"""

from __future__ import annotations

import re

from kubelab.cluster.kinds.causes import forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    "validation is '[0-9]+%')"
)
NUMBERS = ("minReadySeconds", "revisionHistoryLimit")
NOT_NEGATIVE = "must be greater than or equal to 0"


def deployment_causes(spec: Object) -> list[Cause]:
    """Returns what is wrong with a Deployment's strategy and its limits."""
    strategy, path = spec["strategy"], "spec.strategy"
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    causes: list[Cause] = []
    if kind == "Recreate":
        if rolling is not None:
            causes.append(forbidden(f"{path}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"))
    elif kind == "RollingUpdate":
        causes += _rolling_causes(rolling or {}, f"{path}.rollingUpdate")
    else:
        causes.append(unsupported(f"{path}.type", kind, ("Recreate", "RollingUpdate")))
    causes += number_causes(spec)
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None:
        at = "spec.progressDeadlineSeconds"
        if deadline < 0:
            causes.append(invalid(at, deadline, "must be greater than or equal to 0"))
        if deadline <= spec.get("minReadySeconds", 0):
            causes.append(invalid(at, deadline, "must be greater than minReadySeconds"))
    return causes


def daemonset_causes(spec: Object) -> list[Cause]:
    """Returns what is wrong with a DaemonSet's strategy and its limits."""
    strategy, path = spec["updateStrategy"], "spec.updateStrategy"
    causes = number_causes(spec)
    if strategy.get("type") not in ("OnDelete", "RollingUpdate"):
        return [*causes, unsupported(f"{path}.type", strategy.get("type"), ("OnDelete", "RollingUpdate"))]
    rolling = strategy.get("rollingUpdate") or {}
    if strategy["type"] == "OnDelete":
        return causes
    wrong = _amount_causes(rolling, f"{path}.rollingUpdate")
    surge, unavailable = (_number(rolling.get(field, 0)) for field in ("maxSurge", "maxUnavailable"))
    if not wrong and surge and unavailable:
        why = "may not be set when maxUnavailable is non-zero"
        wrong = [invalid(f"{path}.rollingUpdate.maxSurge", rolling["maxSurge"], why)]
    elif not wrong and not surge and not unavailable:
        wrong = [required(f"{path}.rollingUpdate.maxUnavailable", "cannot be 0 when maxSurge is 0")]
    return [*causes, *wrong]


def number_causes(spec: Object) -> list[Cause]:
    """Returns which of the limits that workloads have in common are below 0."""
    return [
        invalid(f"spec.{field}", spec[field], "must be greater than or equal to 0")
        for field in NUMBERS
        if spec.get(field, 0) < 0
    ]


def _rolling_causes(rolling: Object, path: str) -> list[Cause]:
    causes = _amount_causes(rolling, path)
    unavailable = rolling.get("maxUnavailable", 0)
    if not causes and not _number(unavailable) and not _number(rolling.get("maxSurge", 0)):
        causes.append(invalid(f"{path}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0"))
    return causes


def _amount_causes(rolling: Object, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for field in ("maxUnavailable", "maxSurge"):
        amount = rolling.get(field, 0)
        if isinstance(amount, str):
            if not re.fullmatch(r"[0-9]+%", amount):
                causes.append(invalid(f"{path}.{field}", amount, PERCENT))
            elif field == "maxUnavailable" and _number(amount) > 100:
                causes.append(invalid(f"{path}.{field}", amount, "must not be greater than 100%"))
        elif amount < 0:
            causes.append(invalid(f"{path}.{field}", amount, "must be greater than or equal to 0"))
    return causes


def _number(amount: int | str) -> int:
    return int(amount.removesuffix("%")) if isinstance(amount, str) else amount


MANAGEMENTS, UPDATES, RETENTIONS = ("OrderedReady", "Parallel"), ("RollingUpdate", "OnDelete"), ("Retain", "Delete")


def statefulset_causes(spec: Object) -> list[Cause]:
    """Returns what is wrong with how a StatefulSet's Pods come, are replaced and leave their claims behind."""
    causes: list[Cause] = []
    management, strategy = spec.get("podManagementPolicy"), spec.get("updateStrategy") or {}
    if management not in (None, *MANAGEMENTS):
        causes.append(invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'"))
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind not in (None, *UPDATES):
        causes.append(invalid("spec.updateStrategy", strategy, "must be 'RollingUpdate' or 'OnDelete'"))
    elif kind == "OnDelete" and rolling is not None:
        why = "only allowed for updateStrategy 'RollingUpdate'"
        causes.append(invalid("spec.updateStrategy.rollingUpdate", rolling, why))
    elif rolling and rolling.get("partition", 0) < 0:
        path = "spec.updateStrategy.rollingUpdate.partition"
        causes.append(invalid(path, rolling["partition"], NOT_NEGATIVE))
    for field, policy in (spec.get("persistentVolumeClaimRetentionPolicy") or {}).items():
        if policy not in RETENTIONS:
            causes.append(unsupported(f"spec.persistentVolumeClaimRetentionPolicy.{field}", policy, RETENTIONS))
    for field in ("minReadySeconds", "revisionHistoryLimit"):
        if (spec.get(field) or 0) < 0:
            causes.append(invalid(f"spec.{field}", spec[field], NOT_NEGATIVE))
    start = (spec.get("ordinals") or {}).get("start", 0)
    return causes + ([invalid("spec.ordinals.start", start, NOT_NEGATIVE)] if start < 0 else [])


def deadline_causes(workload: Object) -> list[Cause]:
    """Returns that Pods which are to run for ever have no deadline."""
    if workload["spec"]["template"]["spec"].get("activeDeadlineSeconds") is None:
        return []
    kind = "ReplicaSet" if workload["kind"] == "Deployment" else workload["kind"]
    why = f"activeDeadlineSeconds in {kind} is not Supported"
    return [forbidden("spec.template.spec.activeDeadlineSeconds", why)]
