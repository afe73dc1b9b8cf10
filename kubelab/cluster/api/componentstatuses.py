"""ComponentStatus: the health of the control plane, worked out when it is asked for and never stored.

Source: pkg/registry/core/componentstatus; kube-scheduler and kube-controller-manager listen on their own node only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

PROCESSES = "/machine/processes/"
PARTS = (
    ("controller-manager", "kube-controller-manager", "https://127.0.0.1:10257/healthz"),
    ("scheduler", "kube-scheduler", "https://127.0.0.1:10259/healthz"),
    ("etcd-0", "etcd", "https://127.0.0.1:2379/health"),
)


def component_statuses(server: ApiServer, _namespace: str, name: str) -> list[Object]:
    """Returns the ComponentStatus of each part, in the server's order, or of the one named."""
    parts = [part for part in PARTS if name in ("", part[0])]
    return [_status(called, url, server.store.get(PROCESSES + process) is not None) for called, process, url in parts]


def _status(name: str, url: str, runs: bool) -> Object:
    host = url.split("/")[2]
    message = "ok" if runs else f'Get "{url}": dial tcp {host}: connect: connection refused'
    condition = {"type": "Healthy", "status": "True" if runs else "False", "message": message}
    return {
        "apiVersion": "v1",
        "kind": "ComponentStatus",
        "metadata": {"name": name, "creationTimestamp": None},
        "conditions": [condition],
    }
