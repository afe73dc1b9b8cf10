"""CoreDNS, kube-proxy and flannel are Pods that really do what they stand for: the cluster feels it when they go."""

import pytest

from kubelab.cluster.kinds import Deployment, Pod
from kubelab.cluster.network import WORKSTATION, Place
from kubelab.cluster.objects import Key, labels_of
from tests.console import Console
from tests.node.lab import Lab


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.run("web", "nginx:1.27", node="worker-1")
    lab.run("client", "busybox:1.37", "sleep", "99999", node="worker-2")
    lab.started("web", "client")
    pod = lab.pod("web")
    lab.api.update(Pod, {**pod, "metadata": {**pod["metadata"], "labels": {"app": "web"}}})
    lab.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}"
    )
    lab.advance(3)
    return lab


def system(lab: Lab, name: str, node: str = "") -> list[Key]:
    found = [pod for pod in lab.api.list(Pod) if name in labels_of(pod).values()]
    return [Key(pod["metadata"]["namespace"], pod["metadata"]["name"])
            for pod in found if not node or pod["spec"].get("nodeName") == node]  # fmt: skip


def scale_dns(lab: Lab, replicas: int) -> None:
    dns = lab.api.get(Deployment, Key("kube-system", "coredns"))
    lab.api.update(Deployment, {**dns, "spec": {**dns["spec"], "replicas": replicas}})


def title(lab: Lab, where: str) -> str:
    return lab.sh("client", f"wget -q -T 5 -O- {where} 2>&1")


def test_a_service_is_reached_by_name_and_by_address(lab):
    assert "Welcome to nginx!" in title(lab, "web")
    assert "Welcome to nginx!" in title(lab, "web.default.svc.cluster.local")
    assert "Welcome to nginx!" in title(lab, lab.status("web")["podIP"])


def test_without_coredns_names_are_not_found_but_addresses_work(lab):
    scale_dns(lab, 0)
    lab.advance(40)
    assert "wget: bad address 'web'" in title(lab, "web")
    assert "Welcome to nginx!" in title(lab, lab.status("web")["podIP"])
    scale_dns(lab, 2)
    lab.advance(40)
    assert "Welcome to nginx!" in title(lab, "web")


def test_deleted_coredns_pods_are_replaced_and_names_resolve_again(lab):
    for key in system(lab, "kube-dns"):
        lab.api.delete(Pod, key, grace=0)
    lab.advance(45)
    assert "Welcome to nginx!" in title(lab, "web")


def test_rules_stay_as_they_were_while_kube_proxy_is_away(lab):
    [key] = system(lab, "kube-proxy", "worker-2")
    lab.cluster.network.rules.proxy_stopped("worker-2")
    lab.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: late}, spec: {selector: {app: web}, ports: [{port: 80}]}}"
    )
    lab.advance(3)
    assert "Welcome to nginx!" in title(lab, "web")
    assert "Welcome to nginx!" not in title(lab, "late")
    lab.api.delete(Pod, key, grace=0)  # its successor brings the rules up to date
    lab.advance(30)
    assert "Welcome to nginx!" in title(lab, "late")


def test_flannels_routes_stay_when_its_pod_goes(lab):
    for key in system(lab, "flannel"):
        lab.api.delete(Pod, key, grace=0)
    assert "Welcome to nginx!" in title(lab, lab.status("web")["podIP"])


def test_the_page_hears_of_every_hop(lab):
    client = Place("container", "worker-2", "default", "client", "client")
    walk = lab.cluster.network.connect(client, "web", 80)
    assert [hop.component for hop in walk.hops][-1] == "socket"
    assert all(isinstance(hop.row()["verdict"], str) for hop in walk.hops)


def test_a_host_port_leads_to_the_pod_of_that_node_alone(lab):
    lab.run("edge", "nginx:1.27", node="worker-1", ports=[{"containerPort": 80, "hostPort": 8080}])
    lab.started("edge")
    network = lab.cluster.network
    walk = network.connect(WORKSTATION, network.address_of("worker-1"), 8080)
    assert walk.connected and walk.target.pod == "edge"
    assert "--dport 8080 -j DNAT --to-destination" in next(hop.rule for hop in walk.hops if hop.component == "portmap")
    assert network.connect(WORKSTATION, network.address_of("worker-2"), 8080).outcome == "refused"


def test_ciliums_own_listings_say_that_they_are_not_simulated():
    words = Console(preset="three-nodes-cilium").fails("kubectl -n kube-system exec ds/cilium -- cilium status")
    assert "cilium: this program is not simulated in KubeLab" in words
