"""What NGINX Gateway Fabric says of Gateways and their routes: accepted, programmed, at which address, how many routes.

Nothing acts while its kinds are not there. Source: gateway-api.sigs.k8s.io, guides/implementers (status);
docs.nginx.com/nginx-gateway-fabric, overview/gateway-api-compatibility.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.component import Component
from kubelab.cluster.kinds import Deployment, Pod, Secret, Service
from kubelab.cluster.node.programs.gateway_nginx import (
    CLASSES,
    CONTROLLER,
    GATEWAYS,
    ROUTES,
    gateways_of,
    namespaces_of,
    routes_of,
)
from kubelab.cluster.node.programs.gateway_routes import GRANTS, GROUP, GRPC, HTTP, attachments, names
from kubelab.cluster.node.programs.gateway_rules import (
    Told,
    accepted,
    is_valid,
    listener_conditions,
    resolved,
    wrong_with_rules,
)
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

NAMESPACE, NAME = "nginx-gateway", "nginx-gateway"
ALL = "*"
PAUSE = 0.5  # seconds in which changes are gathered
CLASS_ACCEPTED = (
    Told("Accepted", "True", "Accepted", "GatewayClass is accepted"),
    Told("SupportedVersion", "True", "SupportedVersion", "Gateway API CRD versions are supported"),
)
PROGRAMMED = Told("Programmed", "True", "Programmed", "Gateway is programmed")
ACCEPTED = (Told("Accepted", "True", "Accepted", "Gateway is accepted"), PROGRAMMED)
PARTLY = (Told("Accepted", "True", "ListenersNotValid", "Gateway has at least one valid listener"), PROGRAMMED)
NONE_VALID = (
    Told("Accepted", "False", "ListenersNotValid", "Gateway has no valid listeners"),
    Told("Programmed", "False", "Invalid", "Gateway has no valid listeners"),
)
IGNORED = "The resource is ignored due to a conflicting Gateway resource"
CONFLICT = tuple(Told(kind, "False", "GatewayConflict", IGNORED) for kind in ("Accepted", "Programmed"))


class GatewayController(Component):
    """The controller's writes to the API."""

    name = "nginx-gateway"
    user = f"system:serviceaccount:{NAMESPACE}:{NAME}"
    manager = "gateway"

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        for prefix in (CLASSES, GATEWAYS, GRANTS, *ROUTES.values()):
            cluster.store.subscribe(prefix, lambda change: self.look_later())
        for kind in (Service, Deployment, Secret):
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
                self._write(found, "GatewayClass", {"conditions": self._conditions(found, CLASS_ACCEPTED)})
        gateways, routes = gateways_of(self.store), routes_of(self.store)
        for gateway in gateways[:1]:
            self._write_gateway(gateway, routes)
            for kind, route in routes:
                self._write_route(gateway, kind, route)
        for ignored in gateways[1:]:  # this controller serves one Gateway, the oldest
            self._write(ignored, "Gateway", {"conditions": self._conditions(ignored, CONFLICT)})

    def _conditions(self, obj: Object, told: Iterable[Told]) -> list[Object]:
        return [self._condition(obj, each) for each in told]

    def _condition(self, obj: Object, told: Told) -> Object:
        return {
            "type": told.kind,
            "status": told.status,
            "reason": told.reason,
            "message": told.message,
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

    def _write_gateway(self, gateway: Object, routes: list[tuple[str, Object]]) -> None:
        namespaces = namespaces_of(self.store)
        counts: dict[str, int] = {}
        for kind, route in routes:
            rules = (route.get("spec") or {}).get("rules") or ()
            if rules and len(wrong_with_rules(kind, route)) == len(rules):
                continue
            for name in {listener["name"] for listener, _ in attachments(gateway, kind, route, namespaces)}:
                counts[name] = counts.get(name, 0) + 1
        listeners = gateway["spec"].get("listeners") or ()
        told = {each["name"]: listener_conditions(self.store, gateway, each) for each in listeners}
        valid = sum(is_valid(each) for each in told.values())
        said = ACCEPTED if valid == len(told) else PARTLY if valid else NONE_VALID
        status: Object = {
            "conditions": self._conditions(gateway, said),
            "listeners": [
                {
                    "name": each["name"],
                    "supportedKinds": _supported(each),
                    "attachedRoutes": counts.get(each["name"], 0),
                    "conditions": self._conditions(gateway, told[each["name"]]),
                }
                for each in listeners
            ],
        }
        addresses = self._addresses()
        if addresses:
            status["addresses"] = addresses
        self._write(gateway, "Gateway", status)

    def _addresses(self) -> list[Object]:
        service = self.store.get(Service.path(Key(NAMESPACE, NAME)))
        points = ((service or {}).get("status", {}).get("loadBalancer") or {}).get("ingress") or ()
        return [{"type": "IPAddress", "value": point["ip"]} for point in points if point.get("ip")]

    def _write_route(self, gateway: Object, kind: str, route: Object) -> None:
        namespaces, parents = namespaces_of(self.store), []
        for parent in (route.get("spec") or {}).get("parentRefs") or ():
            if names(parent, route, gateway):
                told = accepted(self.store, gateway, kind, route, parent, namespaces)
                told.insert(1, resolved(self.store, kind, route))
                parents.append({"parentRef": parent, "controllerName": CONTROLLER,
                                "conditions": self._conditions(route, told)})  # fmt: skip
        self._write(route, kind, {"parents": parents})


def _supported(listener: Object) -> list[Object]:
    """Returns the kinds of routes that a listener takes."""
    asked = (listener.get("allowedRoutes") or {}).get("kinds")
    known = [each["kind"] for each in asked if each["kind"] in (HTTP, GRPC)] if asked else [HTTP, GRPC]
    return [{"group": GROUP, "kind": kind} for kind in known]


def _timeless(status: object) -> object:
    """Returns a status without its times, for comparing."""
    if isinstance(status, dict):
        return {field: _timeless(value) for field, value in status.items() if field != "lastTransitionTime"}
    return [_timeless(each) for each in status] if isinstance(status, list) else status
