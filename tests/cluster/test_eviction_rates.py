"""How quickly the Pods of nodes that fall silent are let go: one node in ten seconds and zone, slower where many are.

Source: kubernetes.io, concepts/architecture/nodes ("Rate limits on eviction"); pkg/controller/nodelifecycle.
"""

from kubelab.cluster.node import host
from tests.console import Console

UNREACHABLE = "node.kubernetes.io/unreachable:NoExecute"
MANIFEST = "/etc/kubernetes/manifests/kube-controller-manager.yaml"


def marked(console, *nodes):
    """Returns when nodes got the taint that evicts, in seconds of the hour."""
    found = []
    for name in nodes:
        taints = console.get("node", name)["spec"].get("taints") or []
        found += [each["timeAdded"] for each in taints if each["effect"] == "NoExecute"]
    return sorted(int(time[14:16]) * 60 + int(time[17:19]) for time in found)


def test_one_node_of_a_zone_is_marked_in_ten_seconds():
    console = Console("three-control-planes")
    for node in ("worker-1", "worker-2", "worker-3"):
        host.power_off(console.cluster, node)
    console.advance(85)
    first, second, third = marked(console, "worker-1", "worker-2", "worker-3")
    assert (second - first, third - second) == (10, 10)


def test_each_zone_has_its_own_pace():
    console = Console("three-control-planes")
    for number in (1, 2):
        console.ok(f"kubectl label node worker-{number} topology.kubernetes.io/zone=zone-{number}")
        host.power_off(console.cluster, f"worker-{number}")
    console.advance(70)
    first, second = marked(console, "worker-1", "worker-2")
    assert second - first < 10


def test_the_pace_is_the_controller_managers_flag():
    console = Console("three-control-planes")
    for number in (1, 2, 3):
        script = "s/    - --leader-elect=true/&\\n    - --node-eviction-rate=0.02/"
        console.ok(f"ssh control-plane-{number} \"sudo sed -i '{script}' {MANIFEST}\"")
    console.advance(60)
    for node in ("worker-1", "worker-2"):
        host.power_off(console.cluster, node)
    console.advance(120)
    first, second = marked(console, "worker-1", "worker-2")
    assert second - first == 50


def test_in_a_small_zone_where_most_are_gone_no_more_are_marked_and_those_that_were_stay_so():
    console = Console("three-control-planes")
    zone = ("worker-1", "worker-2", "worker-3", "control-plane-3")
    console.ok(f"kubectl label node {' '.join(zone)} topology.kubernetes.io/zone=small")
    host.power_off(console.cluster, "worker-1")
    console.advance(70)
    for node in ("worker-2", "worker-3"):  # three of four: more than 55 %
        host.power_off(console.cluster, node)
    console.advance(300)
    assert len(marked(console, "worker-1")) == 1
    assert 1 <= len(marked(console, *zone)) <= 2


def test_a_node_whose_kubelet_never_spoke_is_unknown_after_a_minute():
    console = Console()
    console.ok("""echo '{"apiVersion":"v1","kind":"Node","metadata":{"name":"ghost"}}' | kubectl apply -f -""")
    console.advance(50)
    assert not console.get("node", "ghost").get("status", {}).get("conditions")
    console.advance(20)
    told = console.ok("kubectl describe node ghost")
    assert "NodeStatusNeverUpdated" in told and "Kubelet never posted node status." in told
    assert UNREACHABLE in told
