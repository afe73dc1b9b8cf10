"""kubectl describe resourcequota, and the quotas of a namespace."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import canonical
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.metadata import head

_SCOPES = {
    "Terminating": "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before "
    "being actively terminated by the system.",
    "NotTerminating": "Matches all pods that do not have an active deadline. These pods usually include long running "
    "pods whose container command is not expected to terminate.",
    "BestEffort": "Matches all pods that do not have resource requirements set. These pods have a best effort quality "
    "of service.",
    "NotBestEffort": "Matches all pods that have at least one resource requirement set. These pods have a burstable or "
    "guaranteed quality of service.",
}


def describe(out: Description, quota: Object) -> None:
    """Writes the description of a ResourceQuota."""
    head(out, quota)
    _scopes(out, quota, 0, " ")
    out.header(("Resource", "Used", "Hard"), 0)
    _amounts(out, quota, 0)


def quotas_of_namespace(out: Description, quotas: Sequence[Object]) -> None:
    """Writes the ResourceQuotas of a namespace."""
    if not quotas:
        out.put("No resource quota.\n")
        return
    out.put("Resource Quotas\n")
    for quota in sorted(quotas, key=lambda quota: str(quota["metadata"]["name"])):
        out.field("Name", quota["metadata"]["name"], 1)
        _scopes(out, quota, 1, "")
        out.header(("Resource", "Used", "Hard"), 1, (8, 3, 3))
        _amounts(out, quota, 1)


def _scopes(out: Description, quota: Object, level: int, indent: str) -> None:
    scopes = sorted((quota.get("spec") or {}).get("scopes") or ())
    if scopes:
        out.field("Scopes", ", ".join(scopes), level)
    for scope in scopes:
        if scope in _SCOPES:
            out.put(f"{indent}* {_SCOPES[scope]}\n", level)


def _amounts(out: Description, quota: Object, level: int) -> None:
    status = quota.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    for resource in sorted(hard):
        out.row((resource, canonical(used.get(resource, "0")), str(hard[resource])), level)


DESCRIBERS = {"ResourceQuota": describe}
