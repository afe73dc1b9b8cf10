"""What NGINX Gateway Fabric says of Gateways and their routes: accepted, programmed, at which address, how many routes.

Nothing acts while its kinds are not there. Source: gateway-api.sigs.k8s.io, guides/implementers (status);
docs.nginx.com/nginx-gateway-fabric, overview/gateway-api-compatibility.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import Deployment, Pod, Service
from kubelab.cluster.node.programs.gateway_nginx import (
    CLASSES,
    CONTROLLER,
    GATEWAYS,
    ROUTES,
    gateway_of,
    namespaces_of,
)
from kubelab.cluster.node.programs.gateway_routes import GROUP, attachments, names
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

NAMESPACE, NAME = "nginx-gateway", "nginx-gateway"
ALL = "*"
PAUSE = 0.5  # seconds in which changes are gathered


class GatewayController(Component):
    """The controller's writes to the API."""

    name = "nginx-gateway"
    user = f"system:serviceaccount:{NAMESPACE}:{NAME}"
    manager = "gateway"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        for prefix in (CLASSES, GATEWAYS, ROUTES):
            cluster.store.subscribe(prefix, lambda change: self.look_later())
        for kind in (Service, Deployment):
            cluster.store.subscribe(kind.prefix, self._neighbour_changed)

    def _neighbour_changed(self, change: Change) -> None:
        """The controller's own Service and Deployment, and Services that routes name."""
        obj = change.new if change.new is not None else change.old
        if obj is None or (not self.store.table(GATEWAYS).rows and obj["metadata"]["namespace"] != NAMESPACE):
            return
        self.look_later()

    def look_later(self) -> None:
        """Looks at everything in a moment."""
        self.later(ALL, PAUSE)

    def resync(self) -> None:
        """Looks at everything anew."""
        self.look_later()

    def runs(self) -> bool:
        """Tells whether a Pod of the controller is ready."""
        for pod in self.api.indexed(Pod, "namespace", NAMESPACE):
            if labels_of(pod).get("app.kubernetes.io/name") == NAME:
                statuses = pod.get("status", {}).get("containerStatuses") or ()
                if statuses and all(status.get("ready") for status in statuses):
                    return True
        return False

    def reconcile(self, key: str) -> None:
        """Writes the conditions of all that is the controller's."""
        if not self.store.table(CLASSES).rows or not self.runs():
            return
        for found in list(self.store.table(CLASSES).rows.values()):
            if (found.get("spec") or {}).get("controllerName") == CONTROLLER:
                accepted = self._condition(found, "Accepted", "Accepted", "GatewayClass is accepted")
                self._write(found, "GatewayClass", {"conditions": [accepted]})
        gateway = gateway_of(self.store)
        routes = list(self.store.table(ROUTES).rows.values())
        if gateway is not None:
            self._write_gateway(gateway, routes)
            for route in routes:
                self._write_route(gateway, route)

    def _condition(self, obj: Object, kind: str, reason: str, message: str, status: str = "True") -> Object:
        return {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "observedGeneration": obj["metadata"].get("generation", 1),
            "lastTransitionTime": self.clock.timestamp(),
        }

    def _write(self, obj: Object, kind_name: str, status: Object) -> None:
        """Writes a status where it says something else than the one that is there, times apart."""
        kind = self.cluster.resources.by_gvk(obj["apiVersion"], kind_name)
        if kind is None or _timeless(obj.get("status") or {}) == _timeless(status):
            return
        try:
            self.api.update_status(kind, {**obj, "status": status})
        except ApiError:
            self.look_later()

    def _write_gateway(self, gateway: Object, routes: list[Object]) -> None:
        namespaces = namespaces_of(self.store)
        counts: dict[str, int] = {}
        for route in routes:
            for name in {listener["name"] for listener, _ in attachments(gateway, route, namespaces)}:
                counts[name] = counts.get(name, 0) + 1
        listeners = [self._listener_status(gateway, each, counts) for each in gateway["spec"].get("listeners") or ()]
        conditions = [
            self._condition(gateway, "Accepted", "Accepted", "Gateway is accepted"),
            self._condition(gateway, "Programmed", "Programmed", "Gateway is programmed"),
        ]
        status: Object = {"conditions": conditions, "listeners": listeners}
        addresses = self._addresses()
        if addresses:
            status["addresses"] = addresses
        self._write(gateway, "Gateway", status)

    def _listener_status(self, gateway: Object, listener: Object, counts: dict[str, int]) -> Object:
        told = (
            ("Accepted", "Accepted", "Listener is accepted"),
            ("Programmed", "Programmed", "Listener is programmed"),
            ("ResolvedRefs", "ResolvedRefs", "All references are resolved"),
            ("Conflicted", "NoConflicts", "No conflicts"),
        )
        return {
            "name": listener["name"],
            "supportedKinds": [{"group": GROUP, "kind": "HTTPRoute"}],
            "attachedRoutes": counts.get(listener["name"], 0),
            "conditions": [
                self._condition(gateway, kind, reason, message, "False" if kind == "Conflicted" else "True")
                for kind, reason, message in told
            ],
        }

    def _addresses(self) -> list[Object]:
        service = self.store.get(Service.path(Key(NAMESPACE, NAME)))
        points = ((service or {}).get("status", {}).get("loadBalancer") or {}).get("ingress") or ()
        return [{"type": "IPAddress", "value": point["ip"]} for point in points if point.get("ip")]

    def _write_route(self, gateway: Object, route: Object) -> None:
        attached = {id(parent) for _, parent in attachments(gateway, route, namespaces_of(self.store))}
        missing = self._missing_backend(route)
        parents = []
        for parent in (route.get("spec") or {}).get("parentRefs") or ():
            if not names(parent, route, gateway):
                continue
            if id(parent) in attached:
                accepted = self._condition(route, "Accepted", "Accepted", "The route is accepted")
            else:
                why = "The route is not attached to any listener of the Gateway"
                accepted = self._condition(route, "Accepted", "NoMatchingParent", why, "False")
            resolved = self._condition(route, "ResolvedRefs", "ResolvedRefs", "All references are resolved")
            if missing:
                resolved = self._condition(route, "ResolvedRefs", "BackendNotFound", missing, "False")
            parents.append({"parentRef": parent, "controllerName": CONTROLLER, "conditions": [accepted, resolved]})
        self._write(route, "HTTPRoute", {"parents": parents})

    def _missing_backend(self, route: Object) -> str:
        for rule_number, rule in enumerate((route.get("spec") or {}).get("rules") or ()):
            for number, reference in enumerate(rule.get("backendRefs") or ()):
                namespace = reference.get("namespace") or route["metadata"]["namespace"]
                if self.store.get(Service.path(Key(namespace, reference["name"]))) is None:
                    path = f"spec.rules[{rule_number}].backendRefs[{number}].name"
                    return f'{path}: Not found: "{reference["name"]}"'
        return ""


def _timeless(status: object) -> object:
    """Returns a status without its times, for comparing."""
    if isinstance(status, dict):
        return {field: _timeless(value) for field, value in status.items() if field != "lastTransitionTime"}
    return [_timeless(each) for each in status] if isinstance(status, list) else status
