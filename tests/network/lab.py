"""A small network to send packets through: nodes, Pods and Services put straight into a store, no control plane."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kubelab.cluster.clock import Clock
from kubelab.cluster.network import Network, Place
from kubelab.cluster.objects import Key
from kubelab.cluster.randomness import Randomness
from kubelab.cluster.sockets import HttpReply, HttpRequest, Listener, TextReply
from kubelab.cluster.store import Store

COREFILE = """\
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
"""


class Lab:
    """Three nodes with flannel and kube-proxy, CoreDNS on the first."""

    def __init__(self, nodes: int = 3, seed: int = 1) -> None:
        from kubelab.cluster import kinds

        self.kinds = kinds
        self.store = Store()
        self.store.add_index(kinds.Pod.prefix, "node", lambda pod: (pod["spec"].get("nodeName", ""),))
        self.clock = Clock(1_767_225_600.0)
        self.cluster = SimpleNamespace(store=self.store, clock=self.clock, random=Randomness(seed), version="1.36")
        self.network = self.cluster.network = Network(self.cluster)
        self.network.start()
        self.network.sockets = self
        self.open: dict[tuple[str, str, str], list[Listener]] = {}
        self.said: list[HttpRequest] = []
        self.uids = 0
        self.scheduled: dict[float, list[Any]] = {}
        for name in ("default", "kube-system", "shop"):
            self.put("Namespace", {"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}})
        self.put("ConfigMap", {"metadata": {"namespace": "kube-system", "name": "coredns"},
                               "data": {"Corefile": COREFILE}})  # fmt: skip
        names = ["control-plane", *(f"worker-{number}" for number in range(1, nodes))]
        for number, name in enumerate(names):
            self.put("Node", {"metadata": {"name": name}, "spec": {"podCIDR": f"10.244.{number}.0/24"}})
            self.network.address_of(name)
            self.network.install_cni(name)
            self.network.join_overlay(name, f"10.244.{number}.0/24")
            self.network.rules.proxy_started(name)
        self.dns = self.pod("coredns", "control-plane", "kube-system", dnsPolicy="Default")
        self.listen(
            self.dns, Listener("coredns", 53, "UDP", speaks="dns"), Listener("coredns", 53, "TCP", speaks="dns")
        )
        self.service("kube-dns", [self.dns], "kube-system", ip="10.96.0.10",
                     ports=[{"name": "dns", "port": 53, "protocol": "UDP"},
                            {"name": "dns-tcp", "port": 53}])  # fmt: skip

    # objects

    def put(self, kind: str, obj: dict[str, Any]) -> dict[str, Any]:
        found = getattr(self.kinds, kind)
        metadata = obj["metadata"]
        obj = {"apiVersion": found.api_version, "kind": kind, **obj}
        return self.store.put(found.path(Key(metadata.get("namespace", ""), metadata["name"])), obj)

    def pod(self, name: str, node: str, namespace: str = "default", labels: dict[str, str] | None = None,
            **spec: Any) -> Place:  # fmt: skip
        self.uids += 1
        pod = {
            "metadata": {"namespace": namespace, "name": name, "uid": f"uid-{self.uids}", "labels": labels or {}},
            "spec": {"nodeName": node, "containers": [{"name": "main"}], **spec},
        }
        self.put("Pod", pod)
        if not spec.get("hostNetwork"):
            self.network.attach(node, pod)
        return Place("container", node, namespace, name, "main")

    def ip(self, place: Place) -> str:
        return self.network.attachments.by_name[place.namespace, place.pod].ip

    def listen(self, place: Place, *listeners: Listener) -> None:
        self.open.setdefault((place.node, place.namespace, place.pod), []).extend(listeners)

    def web(self, name: str, node: str, port: int = 80, **more: Any) -> Place:
        place = self.pod(name, node, **more)
        self.listen(place, Listener("main", port))
        return place

    def service(self, name: str, pods: list[Place], namespace: str = "default", *, ip: str = "10.96.5.5",
                ports: list[dict[str, Any]] | None = None, ready: list[bool] | None = None, target: int = 0,
                **spec: Any) -> None:  # fmt: skip
        ports = ports or [{"port": 80}]
        self.put("Service", {"metadata": {"namespace": namespace, "name": name},
                             "spec": {"clusterIP": ip, "ports": ports, **spec}})  # fmt: skip
        self.slice(name, pods, namespace, ports=ports, ready=ready, target=target)

    def slice(self, name: str, pods: list[Place], namespace: str = "default", *, ports: list[dict[str, Any]],
              ready: list[bool] | None = None, target: int = 0) -> None:  # fmt: skip
        endpoints = [
            {"addresses": [self.ip(pod)], "nodeName": pod.node,
             "conditions": {"ready": is_ready, "serving": is_ready, "terminating": False},
             "targetRef": {"kind": "Pod", "name": pod.pod, "namespace": pod.namespace}}
            for pod, is_ready in zip(pods, ready or [True] * len(pods), strict=True)
        ]  # fmt: skip
        self.put("EndpointSlice", {
            "metadata": {"namespace": namespace, "name": f"{name}-abc", "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv4",
            "endpoints": endpoints,
            "ports": [{"name": port.get("name", ""), "protocol": port.get("protocol", "TCP"),
                       "port": target or port["port"]} for port in ports],
        })  # fmt: skip

    # what the network asks of the runtime

    def listener(self, node: str, namespace: str, pod: str, port: int, protocol: str) -> Listener | None:
        found = self.listeners(node, namespace, pod)
        return next((one for one in found if (one.port, one.protocol) == (port, protocol)), None)

    def listeners(self, node: str, namespace: str, pod: str) -> list[Listener]:
        return self.open.get((node, namespace, pod), [])

    def certificate(self, node: str, namespace: str, pod: str, listener: Listener, name: str) -> str:
        return ""

    def answer(self, node: str, namespace: str, pod: str, listener: Listener, request: Any) -> Any:
        if isinstance(request, HttpRequest):
            self.said.append(request)
            return HttpReply(body=f"{pod} says hello to {request.client}\n")
        return TextReply("+PONG\r\n")


def trace(walk: Any) -> list[tuple[str, str, str]]:
    """The hops of a walk in short: where, what, verdict."""
    return [(hop.place, hop.component, hop.verdict) for hop in walk.hops]
