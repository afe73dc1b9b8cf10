"""Says of each APIService whether the server that it names can be reached.

Source: k8s.io/kube-aggregator/pkg/controllers/status/remote/remote_available_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.conditions import with_condition
from kubelab.cluster.kinds import APIService, Endpoints, Service
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of
from kubelab.cluster.store import Change

GROUP = "metrics.k8s.io"


class APIServiceController(Component):
    """Looks whether each APIService has a Service with endpoints behind it."""

    name = "apiservice"
    runs_in = "kube-apiserver"
    user = "system:apiserver"
    manager = "kube-apiserver"

    def start(self) -> None:
        """Notes which Services the APIServices name: of most Services none does, and theirs are the many changes."""
        rows = self.store.table(APIService.prefix).rows.values()
        self._named = {service["metadata"]["name"]: where for service in rows if (where := _service(service))}

    def _of_apiservice(self, change: Change) -> Iterable[str]:
        name = (change.new or change.old or {})["metadata"]["name"]
        where = _service(change.new) if change.new is not None else None
        if where is None:
            self._named.pop(name, None)
        else:
            self._named[name] = where
        return (name,)

    def _of_service(self, change: Change) -> Iterable[str]:
        found = change.new or change.old
        if found is None or not self._named:
            return ()
        return [name for name, where in self._named.items() if where == key_of(found)]

    watches = {APIService: _of_apiservice, Service: _of_service, Endpoints: _of_service}

    def reconcile(self, key: str) -> None:
        """Writes whether one APIService is available."""
        service = self.api.get(APIService, Key.parse(key))
        if service is None or is_being_deleted(service):
            return
        available, reason, message = self._found(service)
        status = service.get("status") or {}
        new = with_condition(status, "Available", available, reason, message, self.clock.timestamp())
        if new is not status:
            self.api.update_status(APIService, {**service, "status": new})

    def _found(self, apiservice: Object) -> tuple[str, str, str]:
        where = _service(apiservice)
        if where is None:
            return "True", "Local", "Local APIServices are always available"
        called = f'service/{where.name} in "{where.namespace}"'
        service = self.api.get(Service, where)
        if service is None:
            return "False", "ServiceNotFound", f"{called} is not present"
        port = apiservice["spec"]["service"].get("port", 443)
        named = next((one for one in service["spec"].get("ports") or () if one["port"] == port), None)
        if named is None:
            return "False", "ServicePortError", f"{called} is not listening on port {port}"
        endpoints = self.api.get(Endpoints, where)
        if endpoints is None:
            return "False", "EndpointsNotFound", f"cannot find endpoints for {called}"
        subsets = endpoints.get("subsets") or ()
        if not any(subset.get("addresses") for subset in subsets):
            name = f' with port name "{named["name"]}"' if named.get("name") else ""
            return "False", "MissingEndpoints", f"endpoints for {called} have no addresses{name}"
        if apiservice["spec"]["group"] != GROUP:
            why = f"KubeLab's API server hands requests on for {GROUP} only"
            return "False", "FailedDiscoveryCheck", f"not simulated: {why}"
        return "True", "Passed", "all checks passed"


def _service(apiservice: Object) -> Key | None:
    reference = apiservice["spec"].get("service")
    return Key(reference["namespace"], reference["name"]) if reference else None
