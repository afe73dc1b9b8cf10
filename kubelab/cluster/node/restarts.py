"""Whether a container that ended is started again.

Source: pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted), KEP-5307 (container restart rules).
"""

from __future__ import annotations

from kubelab.cluster.node.blueprint import EPHEMERAL, INIT, SIDECAR, ContainerPlan
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.objects import Object, is_being_deleted

OWN_POLICY = 35  # the minor version from which containers have policies of their own (ContainerRestartRules)


def may_restart(work: PodWork, plan: ContainerPlan, container: Object) -> bool:
    """Tells whether a container that ended, or never was, is to be started again."""
    if is_being_deleted(work.pod) or plan.kind == EPHEMERAL:
        return False
    ended = container.get("ended")
    if ended is None:
        return True
    code: int = ended[1]
    own = work.node.kubelet.minor >= OWN_POLICY
    rule = _rule(plan, code) if own else None
    if rule is not None:
        return rule == "Restart"
    policy = (plan.spec.get("restartPolicy") if own else None) or work.blueprint.restart_policy
    if plan.kind == SIDECAR:
        return True
    if plan.kind == INIT:
        return code != 0 and policy != "Never"
    return policy == "Always" or (policy == "OnFailure" and code != 0)


def _rule(plan: ContainerPlan, code: int) -> str | None:
    """Returns the action of the container's first rule that matches an exit code."""
    for rule in plan.spec.get("restartPolicyRules") or ():
        codes = rule.get("exitCodes") or {}
        if (code in (codes.get("values") or ())) == (codes.get("operator") == "In"):
            return str(rule["action"])
    return None
