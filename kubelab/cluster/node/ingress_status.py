"""What ingress-nginx's controller writes into the API: events, and at which address its Ingresses are reached.

Once a minute it writes the address of the Service that it was told to publish, else that of the node it runs on.
Source: kubernetes/ingress-nginx, internal/ingress/status/status.go and internal/ingress/controller/store.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.component import Component, next_look
from kubelab.cluster.kinds import Deployment, Ingress, IngressClass, Node, Pod, Service
from kubelab.cluster.node.programs.ingress_annotations import not_simulated
from kubelab.cluster.node.programs.ingress_nginx import CONTROLLER
from kubelab.cluster.node.programs.ingress_routes import PREFIX, is_of_class
from kubelab.cluster.node.programs.server import flag
from kubelab.cluster.objects import Key, Object, annotations_of, labels_of
from kubelab.cluster.store import Change

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

NAMESPACE, NAME = "ingress-nginx", "ingress-nginx"
SEEN = "/machine/ingress-nginx/seen"  # Ingress' uid -> the generation and annotations that an event was written for
STATUS = "*"
LABELS = {"name": NAME, "component": "controller"}
PERIOD = 60.0  # seconds between two looks at the addresses


def ingress_itself(component: IngressNginx, change: Change) -> Iterable[str]:
    """An Ingress; its address is written at the next look."""
    old, new = change.old, change.new
    if new is None or (old is not None and _told(old) == _told(new)):
        return ()
    component.look_later()
    return (f"{new['metadata']['namespace']}/{new['metadata']['name']}",)


def _told(ingress: Object) -> tuple[object, object]:
    """Returns what the controller goes by."""
    return ingress.get("spec"), annotations_of(ingress)


def own_object(component: IngressNginx, change: Change) -> Iterable[str]:
    """The controller's own Service or Deployment."""
    obj = change.new if change.new is not None else change.old
    if obj is not None and obj["metadata"].get("namespace") == NAMESPACE:
        component.look_later()
    return ()


class IngressNginx(Component):
    """The ingress-nginx controller's writes to the API."""

    name = "ingress-nginx"
    user = f"system:serviceaccount:{NAMESPACE}:{NAME}"
    manager = "nginx-ingress-controller"
    watches = {Ingress: ingress_itself, Service: own_object, Deployment: own_object}

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        cluster.store.subscribe(IngressClass.prefix, lambda change: self.look_later())

    def look_later(self) -> None:
        """Looks at all Ingresses' addresses when the minute is over."""
        self.cluster.agenda.add(self.name, STATUS, next_look(self.now, PERIOD))

    def resync(self) -> None:
        """Looks at everything anew."""
        self.look_later()

    def reconcile(self, key: str) -> None:
        """Writes an Ingress' event, or all addresses."""
        pod = self.controller()
        if pod is None:
            return
        if key == STATUS:
            self._write_addresses(pod)
            return
        ingress = self.store.get(Ingress.path(Key.parse(key)))
        if ingress is not None and self._is_mine(pod, ingress):
            self._tell(pod, ingress)

    def controller(self) -> Object | None:
        """Returns the Pod of the controller that leads, None where none runs."""
        for pod in self.api.indexed(Pod, "namespace", NAMESPACE):
            labels = labels_of(pod)
            if any(labels.get(f"app.kubernetes.io/{part}") != value for part, value in LABELS.items()):
                continue
            statuses = pod.get("status", {}).get("containerStatuses") or ()
            if any(status.get("ready") for status in statuses):
                return pod
        return None

    def _arguments(self, pod: Object) -> list[str]:
        return list(pod["spec"]["containers"][0].get("args") or ())

    def _is_mine(self, pod: Object, ingress: Object) -> bool:
        arguments = self._arguments(pod)
        wanted = flag(arguments, "controller-class", CONTROLLER)
        classes = [
            each["metadata"]["name"]
            for each in self.store.table(IngressClass.prefix).rows.values()
            if (each.get("spec") or {}).get("controller") == wanted
        ]
        return is_of_class(ingress, classes, without=flag(arguments, "watch-ingress-without-class", "") == "true")

    def _tell(self, pod: Object, ingress: Object) -> None:
        seen, uid = self.store.get(SEEN) or {}, ingress["metadata"]["uid"]
        annotations = annotations_of(ingress)
        state = [ingress["metadata"].get("generation", 0), annotations]
        if seen.get(uid) == state:
            return
        self.store.put(SEEN, {**seen, uid: state})
        self.api.event(ingress, "Normal", "Sync", "Scheduled for sync")
        for name in not_simulated(ingress):
            self.api.event(ingress, "Warning", "NotSimulated", f"{PREFIX}{name} is not simulated in KubeLab")
        self.api.event(pod, "Normal", "RELOAD", "NGINX reload triggered due to a change in configuration")

    def _write_addresses(self, pod: Object) -> None:
        wanted = self._addresses(pod)
        for ingress in list(self.store.table(Ingress.prefix).rows.values()):
            if not self._is_mine(pod, ingress):
                continue
            self._tell(pod, ingress)
            current = self.store.get(Ingress.path(Key(ingress["metadata"]["namespace"], ingress["metadata"]["name"])))
            status = (current or {}).get("status") or {}
            if current is None or (status.get("loadBalancer") or {}).get("ingress", []) == wanted:
                continue
            balancer: Object = {"ingress": wanted} if wanted else {}
            try:
                self.api.update_status(Ingress, {**current, "status": {**status, "loadBalancer": balancer}})
            except ApiError:
                self.look_later()

    def _addresses(self, pod: Object) -> list[Object]:
        published = flag(self._arguments(pod), "publish-service", "")
        if published:
            name = published.replace("$(POD_NAMESPACE)", NAMESPACE)
            service = self.store.get(Service.path(Key.parse(name)))
            return _of_service(service) if service is not None else []
        node = self.store.get(Node.path(Key("", pod["spec"].get("nodeName", ""))))
        addresses = ((node or {}).get("status") or {}).get("addresses") or ()
        return [{"ip": each["address"]} for each in addresses if each["type"] == "InternalIP"][:1]


def _of_service(service: Object) -> list[Object]:
    spec = service["spec"]
    if spec.get("externalIPs"):
        return [{"ip": ip} for ip in spec["externalIPs"]]
    if spec["type"] == "LoadBalancer":
        points = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
        return [{field: point[field] for field in ("ip", "hostname") if point.get(field)} for point in points]
    return [{"ip": spec["clusterIP"]}]
