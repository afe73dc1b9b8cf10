"""Serves groups that an APIService hands to a server in the cluster, while that server is available.

Of such servers one is simulated: metrics-server. The controller of APIServices says whether it can be reached.
Source: k8s.io/kube-aggregator; kubernetes.io, concepts/extend-kubernetes/api-extension/apiserver-aggregation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.resourcemetrics import GROUP, KINDS, VERSION
from kubelab.cluster.kinds import APIService
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

METRICS = f"{VERSION}.{GROUP}"


class Aggregation:
    """The aggregated groups of one API server."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        server.store.subscribe(APIService.prefix, self._changed)

    def restored(self) -> None:
        """Serves what the APIServices of a store that was loaded say."""
        for service in self._server.store.table(APIService.prefix).rows.values():
            self._serve(service["metadata"]["name"], service)

    def _changed(self, change: Change) -> None:
        service = change.new or change.old
        if service is not None:
            self._serve(service["metadata"]["name"], change.new)

    def _serve(self, name: str, service: Object | None) -> None:
        if name == METRICS:
            served = service is not None and is_available(service)
            for kind in KINDS:
                self._server.resources.define(GROUP, kind.plural, [kind] if served else [])


def is_available(service: Object) -> bool:
    """Tells whether an APIService's status says that its server answers."""
    conditions = (service.get("status") or {}).get("conditions") or ()
    return any(found["type"] == "Available" and found["status"] == "True" for found in conditions)
