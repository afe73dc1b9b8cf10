"""What a Job makes of a Pod's failure, and when it has succeeded early.

Source: pkg/controller/job/pod_failure_policy.go, success_policy.go (KEP-3329, KEP-3998).
"""

from __future__ import annotations

from typing import NamedTuple

from kubelab.cluster.controllers import job_indexes
from kubelab.cluster.objects import Object, key_of


class Verdict(NamedTuple):
    """What the policy says of a failed Pod: the rule's action ("" for none), and why the whole Job fails."""

    action: str = ""
    failure: str = ""

    @property
    def counts(self) -> bool:
        """Tells whether the failure counts towards backoffLimit."""
        return self.action != "Ignore"


def verdict(job: Object, pod: Object) -> Verdict:
    """Returns what spec.podFailurePolicy says of a failed Pod."""
    for place, rule in enumerate((job["spec"].get("podFailurePolicy") or {}).get("rules") or ()):
        action = rule["action"]
        if rule.get("onExitCodes"):
            container = _exited(pod, rule["onExitCodes"])
            if container is None:
                continue
            code = container["state"]["terminated"]["exitCode"]
            what = f"Container {container['name']} for pod {key_of(pod)} failed with exit code {code}"
        else:
            condition = _condition(pod, rule.get("onPodConditions") or ())
            if condition is None:
                continue
            what = f"Pod {key_of(pod)} has condition {condition['type']}"
        return Verdict(action, f"{what} matching {action} rule at index {place}" if action == "FailJob" else "")
    return Verdict()


def _exited(pod: Object, rule: Object) -> Object | None:
    status = pod.get("status", {})
    for container in (*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())):
        ended = (container.get("state") or {}).get("terminated")
        if ended is None or rule.get("containerName") not in (None, container["name"]) or not ended["exitCode"]:
            continue
        if (ended["exitCode"] in (rule.get("values") or ())) == (rule["operator"] == "In"):
            found: Object = container
            return found
    return None


def _condition(pod: Object, patterns: list[Object] | tuple[()]) -> Object | None:
    for condition in pod.get("status", {}).get("conditions") or ():
        for pattern in patterns:
            if (condition["type"], condition["status"]) == (pattern["type"], pattern.get("status", "True")):
                found: Object = condition
                return found
    return None


def success(job: Object, succeeded: set[int]) -> str:
    """Returns why an Indexed Job has succeeded by spec.successPolicy; "" while it has not."""
    for place, rule in enumerate((job["spec"].get("successPolicy") or {}).get("rules") or ()):
        wanted, count = rule.get("succeededIndexes"), rule.get("succeededCount")
        meant = succeeded
        if wanted is not None:
            listed = job_indexes.parse(wanted, job["spec"]["completions"])
            meant = succeeded & listed
            count = len(listed) if count is None else count
        if count is not None and len(meant) >= count:
            return f"Matched rules at index {place}"
    return ""
