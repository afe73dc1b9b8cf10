"""Restart policies and rules of single containers, which not every version has.

Before v1.34 only init containers had a policy, "Always"; v1.34 drops the others, whose gate is off.
Source: KEP-5307 (ContainerRestartRules, on by default since v1.35); pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kubelab.cluster.kinds.causes import forbidden, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object

GATED, ENABLED = 34, 35  # minor versions
ALL_CONTAINERS = 36  # from which a rule may restart all containers
POLICIES, OPERATORS = ("Always", "Never", "OnFailure"), ("In", "NotIn")
NOT_HERE = "KubeLab does not simulate RestartAllContainers"


def causes_at(*path: str) -> Callable[[Object, Object | None, int], list[Cause]]:
    """Returns what judges a kind whose Pods' spec is at a path."""

    def causes(new: Object, old: Object | None, minor: int) -> list[Cause]:
        spec = new
        for field in path:
            spec = spec.get(field) or {}
        return list(_causes(spec, ".".join(path), minor))

    return causes


def _causes(spec: Object, path: str, minor: int) -> Iterator[Cause]:
    for field in ("containers", "initContainers"):
        for place, container in enumerate(spec.get(field) or ()):
            if "restartPolicy" in container or "restartPolicyRules" in container:
                at = f"{path}.{field}[{place}]"
                if minor >= ENABLED:
                    yield from _of_rules(container, at, minor)
                elif minor < GATED:
                    yield from _before(container, at, init=field == "initContainers")


def _before(container: Object, path: str, *, init: bool) -> Iterator[Cause]:
    policy = container.get("restartPolicy")
    if not init:
        yield forbidden(f"{path}.restartPolicy", "may not be set for non-init containers")
    elif policy != "Always":
        yield unsupported(f"{path}.restartPolicy", policy, ("Always",))


def _of_rules(container: Object, path: str, minor: int) -> Iterator[Cause]:
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is not None and policy not in POLICIES:
        yield unsupported(f"{path}.restartPolicy", policy, POLICIES)
    if rules and policy is None:
        yield required(f"{path}.restartPolicy", "must specify restartPolicy when restart rules are used")
    actions = ("Restart", "RestartAllContainers") if minor >= ALL_CONTAINERS else ("Restart",)
    for place, rule in enumerate(rules):
        at = f"{path}.restartPolicyRules[{place}]"
        action, codes = rule.get("action", ""), rule.get("exitCodes")
        if action not in actions:
            yield unsupported(f"{at}.action", action, actions)
        elif action != "Restart":
            yield forbidden(f"{at}.action", NOT_HERE)
        if codes is None:
            yield required(f"{at}.exitCodes", "must be specified")
        elif codes.get("operator", "") not in OPERATORS:
            yield unsupported(f"{at}.exitCodes.operator", codes.get("operator", ""), OPERATORS)
