"""A control plane without nodes: the API and the controllers; what a kubelet would report is written by the test."""

from __future__ import annotations

from typing import Any

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.kinds import Endpoints, EndpointSlice, Namespace, Node, Pod, Service
from kubelab.cluster.objects import Key
from kubelab.cluster.user import User


class Plane:
    """A cluster in which only kube-controller-manager runs."""

    def __init__(self, version: str = "1.36") -> None:
        self.cluster = Cluster(name="test", preset="none", version=version, seed=1, now=1_767_225_600.0)
        self.cluster.start()
        for process in ("etcd", "kube-apiserver", "kube-controller-manager"):
            self.cluster.processes.start(process, "control-plane")
        self.api = self.cluster.api.client(User("kubernetes-admin", ("system:masters",)), "test")
        for name in ("default", "kube-system"):
            if self.api.get(Namespace, Key("", name)) is None:
                self.create(Namespace, {"metadata": {"name": name}})
        self.cluster.advance(1)  # the namespaces get their ServiceAccounts
        self.ips = 1
        self.writes: list[tuple[str, str]] = []
        self.cluster.store.subscribe(EndpointSlice.prefix, self._count)

    def create(self, kind: Any, obj: dict[str, Any]) -> None:
        self.api.create(kind, {"apiVersion": kind.api_version, "kind": kind.name, **obj})

    def _count(self, change: Any) -> None:
        verb = "create" if change.old is None else "delete" if change.new is None else "update"
        self.writes.append((verb, change.key.rpartition("/")[2]))

    def node(self, name: str, **labels: str) -> None:
        self.create(Node, {"metadata": {"name": name, "labels": labels}})

    def pod(
        self, name: str, *, app: str = "web", ready: bool = True, ip: bool = True, port: int = 80, **spec: Any
    ) -> None:
        container = {"name": "main", "image": "nginx", "ports": [{"name": "http", "containerPort": port}]}
        self.create(Pod, {"metadata": {"namespace": "default", "name": name, "labels": {"app": app}},
                              "spec": {"containers": [container], **spec}})  # fmt: skip
        if ip:
            self.ips += 1
            self.report(name, ready=ready, ip=f"10.244.{self.ips // 250}.{self.ips % 250 + 1}")

    def report(self, name: str, *, ready: bool, ip: str | None = None, phase: str = "Running") -> None:
        """Writes a Pod's status as its kubelet would."""
        pod = self.api.get(Pod, Key("default", name))
        assert pod is not None
        address = ip or pod["status"].get("podIP")
        condition = {"type": "Ready", "status": "True" if ready else "False",
                     "lastTransitionTime": self.cluster.clock.timestamp()}  # fmt: skip
        status = {**pod.get("status", {}), "phase": phase, "podIP": address, "podIPs": [{"ip": address}],
                  "conditions": [condition]}  # fmt: skip
        self.api.update_status(Pod, {**pod, "status": status})

    def service(self, name: str = "web", **spec: Any) -> None:
        self.create(Service, {"metadata": {"namespace": "default", "name": name},
                                  "spec": {"selector": {"app": name}, "ports": [{"port": 80}], **spec}})  # fmt: skip

    def settle(self, seconds: float = 10.0) -> None:
        self.cluster.advance(seconds)

    def slices(self, service: str = "web") -> list[dict[str, Any]]:
        found = self.api.list(EndpointSlice, "default")
        return [one for one in found if one["metadata"]["labels"]["kubernetes.io/service-name"] == service]

    def endpoints(self, service: str = "web") -> dict[str, Any] | None:
        return self.api.get(Endpoints, Key("default", service))
