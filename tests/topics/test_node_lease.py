"""Topic node-lease: heartbeats in kube-node-lease, and what becomes of a node that sends none.

Source: kubernetes.io, concepts/architecture/{leases,nodes}; --node-monitor-grace-period is 50 s since v1.32 and was
40 s; Pods tolerate not-ready and unreachable for 300 s (DefaultTolerationSeconds).
"""

import pytest

from tests.console import Console

RENEWED = "kubectl -n kube-node-lease get lease worker-1 -o jsonpath={.spec.renewTime}"
STATUS = "kubectl get node worker-1 --no-headers | awk '{print $2}'"


def test_each_node_renews_its_lease_every_ten_seconds(console):
    assert console.ok("kubectl -n kube-node-lease get leases -o name | wc -l").strip() == "3"
    times = []
    for _ in range(3):
        times.append(console.ok(RENEWED))
        console.advance(10)
    assert len(set(times)) == 3
    assert [times[1][17:19], times[2][17:19]] != [times[0][17:19]] * 2


@pytest.mark.parametrize(("version", "grace"), [("1.31", 40), ("1.36", 50)])
def test_a_node_is_not_ready_when_its_lease_was_not_renewed_for_the_grace_period(version, grace):
    console = Console("three-nodes", version)
    console.ok("ssh worker-1 systemctl stop kubelet")
    last = console.ok(RENEWED)
    console.advance(grace - 11)
    assert console.ok(STATUS) == "Ready\n"
    console.advance(17)
    assert console.ok(STATUS) == "NotReady\n"
    assert console.ok(RENEWED) == last
    assert "Kubelet stopped posting node status." in console.ok("kubectl describe node worker-1")


def test_pods_of_a_silent_node_are_evicted_after_five_minutes_and_replaced(console):
    console.ok("kubectl create deployment web --image=nginx --replicas=4")
    console.advance(30)
    here = "kubectl get pods -o wide --no-headers | grep worker-1 | grep -c"
    assert console.ok(f"{here} Running") == "2\n"
    console.ok("ssh worker-1 systemctl stop kubelet")
    console.advance(60)
    taints = console.ok("kubectl get node worker-1 -o jsonpath='{.spec.taints[*].key}'").split()
    assert taints == ["node.kubernetes.io/unreachable"] * 2
    assert "tolerationSeconds: 300" in console.ok("kubectl get pods -o yaml")
    console.advance(280)
    assert console.ok(f"{here} Running") == "2\n"
    console.advance(30)
    assert console.ok(f"{here} Terminating") == "2\n"
    console.advance(30)
    assert console.ok("kubectl get deploy web --no-headers | awk '{print $2}'") == "4/4\n"
    console.ok("ssh worker-1 systemctl start kubelet")
    console.advance(45)
    assert console.ok("kubectl get pods --no-headers | wc -l").strip() == "4"
    assert console.ok("kubectl get node worker-1 -o jsonpath='{.spec.taints}'") == ""
