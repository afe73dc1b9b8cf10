"""eviction: a deletion that a PodDisruptionBudget may refuse for now, as drains use it.

Source: kubernetes.io, concepts/scheduling-eviction/api-eviction; pkg/registry/core/pod/storage/eviction.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import errors
from kubelab.cluster.api.request import Request, Response, succeeded
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.kinds.policy import with_disruption_condition
from kubelab.cluster.objects import Key, Object, is_being_deleted, labels_of, with_status
from kubelab.cluster.selectors import from_label_selector

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NAME = "eviction"
REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
ENDED = ("Succeeded", "Failed")


def handle(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers the creation of a Pod's eviction."""
    pod = server.get(request.kind, request.key)
    options = (request.body or {}).get("deleteOptions") or {}
    dry_run = request.dry_run or bool(options.get("dryRun"))
    budget = None if _needs_no_budget(pod) else _budget(server, pod)
    if budget is not None and not _may_go_unhealthy(pod, budget):
        _spend(server, pod, budget, dry_run=dry_run)
    if not dry_run:
        _mark(server, request, pod)
    grace = options.get("gracePeriodSeconds")
    server.delete(
        request.kind, request.key, grace=None if grace is None else int(grace), user=request.user, dry_run=dry_run,
        uid=(options.get("preconditions") or {}).get("uid"), propagation=options.get("propagationPolicy"),
    )  # fmt: skip
    return succeeded(201, warnings)


def _needs_no_budget(pod: Object) -> bool:
    """Tells whether a Pod may go whatever budgets say: it does no work, or is going already."""
    return pod["status"].get("phase") in (*ENDED, "Pending") or is_being_deleted(pod)


def _may_go_unhealthy(pod: Object, budget: Object) -> bool:
    """Tells whether a Pod that is not ready costs the budget nothing (KEP-3017)."""
    conditions = pod["status"].get("conditions") or ()
    if any(found["type"] == "Ready" and found["status"] == "True" for found in conditions):
        return False
    status = budget.get("status") or {}
    healthy, needed = int(status.get("currentHealthy", 0)), int(status.get("desiredHealthy", 0))
    return budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow" or healthy >= needed > 0


def _mark(server: ApiServer, request: Request, pod: Object) -> None:
    """Says in a Pod's conditions why it goes."""
    if pod["status"].get("phase") in ENDED or is_being_deleted(pod):
        return
    why, now = "Eviction API: evicting", server.clock.timestamp()
    marked = with_condition(pod["status"], "DisruptionTarget", "True", "EvictionByEvictionAPI", why, now)
    server.store.put(request.kind.path(request.key), {**pod, "status": marked})


def _budget(server: ApiServer, pod: Object) -> Object | None:
    """Returns the budget that a Pod counts for.

    Raises:
        InternalError: there are several.
    """
    kind = server.resources.find("poddisruptionbudgets")
    if kind is None:
        return None
    namespace, labels = pod["metadata"]["namespace"], labels_of(pod)
    found = [
        budget
        for budget in server.store.indexed(kind.prefix, "namespace", namespace)
        if budget["spec"].get("selector") is not None
        and from_label_selector(budget["spec"]["selector"]).matches(labels)
    ]
    if len(found) > 1:
        raise errors.InternalError(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        )
    return found[0] if found else None


def _spend(server: ApiServer, pod: Object, budget: Object, *, dry_run: bool) -> None:
    """Takes one disruption off a budget.

    Raises:
        TooManyRequests: it allows none now.
    """
    name, status = budget["metadata"]["name"], budget.get("status") or {}
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 1):
        raise _refusal(f"The disruption budget {name} is still being processed by the server.")
    if status.get("disruptionsAllowed", 0) <= 0:
        for found in status.get("conditions") or ():
            if found["status"] == "False" and found["reason"] == "SyncFailed":
                unknown = f"because it failed sync: {found['message']}"
                raise _refusal(f"The disruption budget {name} does not allow evicting pods currently {unknown}")
        healthy, needed = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
        raise _refusal(f"The disruption budget {name} needs {needed} healthy pods and has {healthy} currently")
    kind = server.resources.find("poddisruptionbudgets")
    if dry_run or kind is None:
        return
    disrupted = {**(status.get("disruptedPods") or {}), pod["metadata"]["name"]: server.clock.timestamp()}
    spent = with_status(budget, disruptionsAllowed=status["disruptionsAllowed"] - 1, disruptedPods=disrupted)
    if not spent["status"]["disruptionsAllowed"]:
        now = server.clock.timestamp()
        spent = {**spent, "status": with_disruption_condition(spent["status"], "False", "InsufficientPods", now)}
    server.store.put(kind.path(Key(budget["metadata"]["namespace"], name)), spent)


def _refusal(why: str) -> errors.TooManyRequests:
    return errors.TooManyRequests(REFUSED, {"causes": [{"reason": "DisruptionBudget", "message": why}]})
