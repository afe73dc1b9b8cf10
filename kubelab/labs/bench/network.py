"""A request's walk through the network, few Services and many, and what one Pod turning ready writes."""

import time
from collections.abc import Iterator

from kubelab.cluster.api.client import Client
from kubelab.cluster.cluster import DEFAULT_VERSION, EPOCH, Cluster
from kubelab.cluster.kinds import Deployment, EndpointSlice, Namespace, Pod, Service
from kubelab.cluster.network import Place
from kubelab.cluster.objects import Key, Object
from kubelab.labs import simulation
from kubelab.labs.bench import Figure
from kubelab.labs.bench._figures import percentile
from kubelab.labs.bench._workload import ADMIN, deployment, service

TARGETS = {"network.walk_us": 100, "network.walk_1000_services_us": 200, "network.slices_written": 1}
WALKS = 5_000
SERVICES = 1_000
ENDPOINTS = 5_000


def run(size: float) -> Iterator[Figure]:
    walks = max(200, int(WALKS * size))
    cluster = Cluster.create("bench", interpreter=simulation.interpreter())
    client = cluster.api.client(ADMIN, "kubectl")
    client.create(Service, service("web"))
    client.create(Deployment, deployment("web", 4))
    cluster.advance(60)
    place = place_of(cluster)
    yield Figure("network.walk_us", microseconds(cluster, place, walks), "µs")
    crowd(cluster, int(SERVICES * size) or 1)
    yield Figure("network.walk_1000_services_us", microseconds(cluster, place, walks), "µs")
    yield Figure("network.slices_written", slices_written(max(200, int(ENDPOINTS * size))), "slices")


def place_of(cluster: Cluster) -> Place:
    """Return one of the Deployment's containers."""
    pod = next(pod for pod in cluster.api.client(ADMIN, "bench").list(Pod) if pod["metadata"]["name"].startswith("web"))
    metadata = pod["metadata"]
    return Place("container", pod["spec"]["nodeName"], metadata["namespace"], metadata["name"], "web")


def microseconds(cluster: Cluster, place: Place, walks: int) -> float:
    """Return what one connection to the Service costs: by address, so that no name is looked up."""
    found = cluster.api.client(ADMIN, "bench").get(Service, Key("default", "web"))
    address, times = found["spec"]["clusterIP"], []
    for _ in range(walks):
        started = time.perf_counter()
        walk = cluster.network.connect(place, address, 80)
        times.append(time.perf_counter() - started)
        if not walk.connected:
            raise RuntimeError(f"the Service did not answer: {walk.outcome}")
    return percentile(times, 50) * 1e6


def crowd(cluster: Cluster, services: int) -> None:
    """Add Services without selector, and five endpoints for each."""
    client = cluster.api.client(ADMIN, "bench")
    for number in range(services):
        name = f"crowd-{number}"
        spec = {"ports": [{"port": 80}]}
        metadata = {"name": name, "namespace": "default"}
        client.create(Service, {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
        endpoints = [{"addresses": [f"10.200.{number // 50}.{number % 50 * 5 + host + 1}"]} for host in range(5)]
        client.create(EndpointSlice, slice_of(name, endpoints))
    cluster.settle()


def slice_of(name: str, endpoints: list[Object]) -> Object:
    labels = {"kubernetes.io/service-name": name}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"{name}-1", "namespace": "default", "labels": labels},
        "addressType": "IPv4",
        "ports": [{"name": "", "port": 80, "protocol": "TCP"}],
        "endpoints": endpoints,
    }


def slices_written(endpoints: int) -> int:
    """Return how many slices are written when one of many Pods of a Service turns ready.

    The cluster has controllers and no nodes: what kubelets would report is written here.
    """
    cluster = Cluster(name="bench", preset="none", version=DEFAULT_VERSION, seed=1, now=EPOCH)
    cluster.start()
    for process in ("etcd", "kube-apiserver", "kube-controller-manager"):
        cluster.processes.start(process, "control-plane")
    client = cluster.api.client(ADMIN, "bench")
    client.create(Namespace, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    cluster.advance(1)
    client.create(Service, service("many"))
    for number in range(endpoints):
        metadata = {"name": f"many-{number}", "namespace": "default", "labels": {"app": "many"}}
        spec = {"containers": [{"name": "web", "image": "nginx"}]}
        client.create(Pod, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        report(client, number, "False")
    cluster.advance(10)
    written: list[str] = []
    cluster.store.subscribe(EndpointSlice.prefix, lambda change: written.append(change.key))
    report(client, endpoints // 2, "True")
    cluster.advance(10)
    return len(written)


def report(client: Client, number: int, ready: str) -> None:
    """Write a Pod's status as its kubelet would."""
    pod = client.get(Pod, Key("default", f"many-{number}"))
    address = f"10.244.{number // 250}.{number % 250 + 1}"
    conditions = [{"type": "Ready", "status": ready}]
    status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": conditions}
    client.update_status(Pod, {**pod, "status": status})
