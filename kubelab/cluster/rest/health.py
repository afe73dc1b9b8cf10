"""What /healthz, /livez and /readyz answer, check by check.

Source: kubernetes.io, reference/using-api/health-checks; k8s.io/apiserver/pkg/server/healthz; the hooks as
kube-apiserver installs them.
"""

from __future__ import annotations

from collections.abc import Mapping

FIRST = ("ping", "log", "etcd")
HOOKS = (
    "start-apiserver-admission-initializer", "generic-apiserver-start-informers",
    "priority-and-fairness-config-consumer", "priority-and-fairness-filter", "storage-object-count-tracker-hook",
    "start-apiextensions-informers", "start-apiextensions-controllers", "crd-informer-synced",
    "start-system-namespaces-controller", "start-cluster-authentication-info-controller",
    "start-kube-apiserver-identity-lease-controller", "start-kube-apiserver-identity-lease-garbage-collector",
    "start-legacy-token-tracking-controller", "start-service-ip-repair-controllers", "rbac/bootstrap-roles",
    "scheduling/bootstrap-system-priority-classes", "priority-and-fairness-config-producer", "bootstrap-controller",
    "aggregator-reload-proxy-client-cert", "start-kube-aggregator-informers",
    "apiservice-status-local-available-controller", "apiservice-status-remote-available-controller",
    "apiservice-registration-controller", "apiservice-discovery-controller", "kube-apiserver-autoregistration",
)  # fmt: skip
LAST = ("apiservice-openapi-controller", "apiservice-openapiv3-controller")
READY = ("etcd-readiness", "informer-sync")


def checks_of(endpoint: str) -> list[str]:
    """Returns the checks behind an endpoint, in their order."""
    hooks = [f"poststarthook/{name}" for name in HOOKS]
    last = ["autoregister-completion", *(f"poststarthook/{name}" for name in LAST)]
    ready = endpoint == "readyz"
    return [*FIRST, *(READY if ready else ()), *hooks, *last, *(("shutdown",) if ready else ())]


def answer(parts: list[str], query: Mapping[str, str]) -> str | None:
    """Returns what is answered at a path; None where there is no such check.

    Args:
        parts: the endpoint, and the name of one check or nothing.
    """
    checks = checks_of(parts[0])
    if len(parts) > 1:
        return "ok" if "/".join(parts[1:]) in checks else None
    if "verbose" not in query:
        return "ok"
    left_out = query.get("exclude", "")
    lines = [f"[+]{name} {'excluded: ok' if name == left_out else 'ok'}" for name in checks]
    return "\n".join([*lines, f"{parts[0]} check passed\n"])
