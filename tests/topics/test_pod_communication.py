"""Topic pod-communication. Source: kubernetes.io, concepts/cluster-administration/networking; flannel-io/flannel,
Documentation/backends.md; docs.tigera.io/calico, reference/architecture/data-path; man pages of ip, bridge, tcpdump."""

from __future__ import annotations

from kubelab.cluster.network import Place, trace
from tests.console import Console
from tests.topics.networking import CODE, box, node_of, pods, shop


def way(console, host: str, port: int = 80) -> list[tuple[str, str]]:
    """The way of a request from the box, as the page draws it: where, and what acts there."""
    place = Place("container", node_of(console, "box"), "default", "box", "box")
    return [(hop["place"], hop["component"]) for hop in trace(console.cluster.network, place, host, port)["hops"]]


def split(console) -> tuple[str, str]:
    """Returns the addresses of a web Pod on the box's node, and of one on another."""
    here = node_of(console, "box")
    found = {pod["spec"]["nodeName"] == here: pod["status"]["podIP"] for pod in pods(console)}
    return found[True], found[False]


def test_loopback_bridge_and_overlay_are_told_apart_hop_by_hop(console):
    shop(console, replicas=3)
    near, far = split(console)
    own = box(console, "hostname -i").strip()
    assert [component for _, component in way(console, own, 81)] == ["lo", "kernel"]
    assert [component for _, component in way(console, near)] == ["eth0", "cni0", "cni0", "socket"]
    over = way(console, far)
    assert [component for _, component in over] == ["eth0", "cni0", "flannel.1", "flannel.1", "cni0", "socket"]
    assert over[2][0] != over[3][0]
    assert len(box(console, f"traceroute -n {far}").splitlines()) == 1 + 3


def test_the_nodes_tools_show_cable_bridge_tunnel_and_routes(console):
    shop(console)
    node = node_of(console, "box")
    peer = box(console, "ip -br link show eth0").split("@if")[1].split()[0]
    cable = next(line for line in console.ok(f"ssh {node} ip link").splitlines() if line.startswith(f"{peer}: veth"))
    assert "master cni0" in cable
    assert f"{cable.split(': ')[1]}: " in console.ok(f"ssh {node} bridge link")
    routes = console.ok(f"ssh {node} ip route")
    assert "dev cni0 proto kernel scope link" in routes and "dev flannel.1 onlink" in routes
    assert "dst 192.168.100.11 self permanent" in console.ok(f"ssh {node} bridge fdb show dev flannel.1")
    assert "lladdr" in console.ok(f"ssh {node} ip neigh show dev flannel.1")


def test_tcpdump_sees_a_request_inside_and_outside_of_the_tunnel(console):
    shop(console, replicas=3)
    _, far = split(console)
    node = node_of(console, "box")
    seen = console.ok(
        f"ssh {node} tcpdump -ni any -c 6 host {far} or port 8472 2>/dev/null & sleep 1; "
        f"kubectl exec box -- curl {CODE} http://{far}/; wait"
    )
    assert "cni0  In  IP 10.244." in seen and f"> {far}.80: Flags [S]" in seen
    assert "eth0  Out IP 192.168.100." in seen and ".8472: OTV, flags [I] (0x08), overlay 0, instance 1" in seen
    assert "Flags [S.]" in seen


def test_a_broken_link_is_found_by_looking_and_mended_by_hand(console):
    shop(console, replicas=3)
    near, far = split(console)
    node = node_of(console, "box")
    console.ok(f"ssh {node} ip link set flannel.1 down")
    assert box(console, f"curl {CODE} {near}") == "200"
    assert "Connection timed out" in box(console, f"curl -sS -m 2 {far}")
    assert "flannel.1" not in console.ok(f"ssh {node} ip route") and "state DOWN" in console.ok(
        f"ssh {node} ip link show flannel.1"
    )
    console.ok(f"ssh {node} ip link set flannel.1 up")
    assert "flannel.1" not in console.ok(f"ssh {node} ip route")  # flanneld does not write its routes again
    assert "Connection timed out" in box(console, f"curl -sS -m 2 {far}")
    net = far.rpartition(".")[0]
    console.ok(f"ssh {node} ip route add {net}.0/24 via {net}.0 dev flannel.1 onlink")
    assert box(console, f"curl {CODE} {far}") == "200"
    console.ok(f"ssh {node} sysctl -w net.ipv4.ip_forward=0")
    assert "Connection timed out" in box(console, f"curl -sS -m 2 {far}")
    console.ok(f"ssh {node} sysctl -w net.ipv4.ip_forward=1")
    console.ok("kubectl exec box -- ip route del default")
    assert "Network is unreachable" in box(console, "ping -c 1 8.8.8.8")


def test_the_network_plugin_writes_its_routes_again_when_it_is_started_anew(console):
    shop(console, replicas=3)
    _, far = split(console)
    node = node_of(console, "box")
    gone = far.rpartition(".")[0] + ".0/24"
    console.ok(f"ssh {node} 'ip route del {gone}; ip route add 10.9.0.0/16 via 192.168.100.1'")
    assert "Connection timed out" in box(console, f"curl -sS -m 2 {far}")
    console.ok(f"kubectl -n kube-flannel delete pod --field-selector spec.nodeName={node}")
    console.advance(10)
    assert box(console, f"curl {CODE} {far}") == "200"
    routes = console.ok(f"ssh {node} ip route")
    assert f"{gone} via" in routes and "10.9.0.0/16 via 192.168.100.1" in routes  # what is not the plug-in's stays


def test_each_failure_has_its_own_words(console):
    shop(console)
    near = pods(console)[0]["status"]["podIP"]
    failures = {
        f"curl -sS -m 9 {near}:81": "(7) Failed to connect",
        "curl -sS -m 9 10.244.1.200": "(7) Failed to connect",  # no route to host, after three questions
        "curl -sS -m 2 10.96.99.99": "(28) Connection timed out",
        "curl -sS -m 2 no.such.name": "(6) Could not resolve host",
    }
    for line, words in failures.items():
        assert words in box(console, line)
    assert "No route to host" in box(console, "curl -v -m 9 10.244.1.200")
    assert "Connection refused" in box(console, f"nc -zv -w 2 {near} 81")


def test_calico_routes_to_each_pod_and_wraps_ip_in_ip():
    console = Console("three-nodes-calico")
    shop(console, replicas=3)
    near, far = split(console)
    node = node_of(console, "box")
    assert box(console, "ip route") == "default via 169.254.1.1 dev eth0 \n169.254.1.1 dev eth0 scope link \n"
    routes = console.ok(f"ssh {node} ip route")
    assert f"{near} dev cali" in routes and "dev tunl0 proto bird onlink" in routes and "cni0" not in routes
    assert ("tunl0", "tunl0") == tuple(component for _, component in way(console, far) if component == "tunl0")
    assert box(console, f"curl {CODE} {far}") == "200"


def test_only_a_privileged_pod_changes_its_network(console):
    console.ok("kubectl run plain --image=nicolaka/netshoot -- sleep 1d")
    console.advance(20)
    said = console.fails("kubectl exec plain -- ip link set eth0 down")
    assert said.startswith("RTNETLINK answers: Operation not permitted")
    assert "Permission denied (you must be root)" in console.fails("kubectl exec plain -- iptables -F")


def test_who_installs_a_network_plugin_makes_the_nodes_ready():
    console = Console("three-nodes-bare")
    assert console.ok("kubectl get nodes").count("NotReady") == 3
    assert "cni plugin not initialized" in console.ok("kubectl describe node worker-1")
    url = "https://raw.githubusercontent.com/projectcalico/calico/v3.31.2/manifests/calico.yaml"
    console.ok(f"kubectl apply -f {url}")
    console.advance(60)
    assert "NotReady" not in console.ok("kubectl get nodes")
    shop(console)
    assert box(console, f"curl {CODE} web") == "200"
