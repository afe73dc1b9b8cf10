"""kubectl cordon, uncordon, drain and taint."""

import pytest

from tests.kubectl.duel import Duel
from tests.kubectl.workloads import DAEMON, POD, WEB

LOCAL = WEB.replace("web", "local").replace("{containers", "{volumes: [{name: v, emptyDir: {}}], containers")
BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, generation: 1}
spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}
status: {observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 3, desiredHealthy: 3, expectedPods: 3}
"""
LINES = """
cordon
cordon worker-1
cordon worker-1
cordon node/worker-1
cordon nope
cordon a -l b
cordon worker-1 worker-2
cordon pod/p
uncordon worker-1 worker-2
uncordon worker-1 --dry-run=client
cordon worker-1 --dry-run=server
taint
taint node
taint node worker-1
taint node worker-1 a=b:NoSchedule
taint node worker-1 a=b:NoSchedule
taint node worker-1 a=c:NoSchedule --overwrite
taint node worker-1 a=c:NoExecute a:NoSchedule-
taint node worker-1 x-
taint node worker-1 a:NoSchedule-
taint node worker-1 a-
taint node worker-1 a:PreferNoSchedule --dry-run=client
taint node worker-1 worker-2 a:PreferNoSchedule b=c:NoSchedule
taint node --all a- b-
taint node worker-1 j=k:NoSchedule -o json
taint node worker-1 j- -o yaml
taint node -l kubernetes.io/hostname=worker-1 q=r:NoSchedule
taint node --all q-
taint pod p q-
taint foo p q-
taint nodes nope a=b:NoSchedule
taint node worker-1 a=b:NoSchedule a-
taint node worker-1 a=b:NoSchedule x
taint node worker-1 a=b
taint node worker-1 a=b:Foo
taint node worker-1 -
taint node worker-1 a=b:NoSchedule a=c:NoSchedule
taint node worker-1 a:b:c
taint node --all -l x a=b:NoSchedule
drain
drain nope
drain worker-1 --pod-selector=%
drain worker-1
drain worker-1 worker-2 --ignore-daemonsets
drain worker-1 --dry-run=client --ignore-daemonsets --force --delete-emptydir-data
"""


def test_lines_answer_as_real_kubectl_does():
    duel = Duel(POD, WEB, DAEMON, LOCAL)
    try:
        for line in LINES.strip().split("\n"):
            duel.same(line)
    finally:
        duel.close()


def test_a_drain_moves_what_controllers_look_after(console):
    console.apply(WEB, DAEMON)
    console.advance(30)
    result = console.run("kubectl drain worker-1 --ignore-daemonsets")
    moved = [line for line in result.stdout.splitlines() if line.startswith("pod/")]
    assert result.stdout.splitlines()[0] == "node/worker-1 cordoned"
    assert result.stdout.splitlines()[-1] == "node/worker-1 drained"
    assert all(line.endswith(" evicted") for line in moved)
    assert result.stderr.startswith("Warning: ignoring DaemonSet-managed Pods: default/ds-")
    console.advance(30)
    nodes = console.ok("kubectl get pods -l app=web -o jsonpath='{.items[*].spec.nodeName}'").split()
    assert len(nodes) == 3
    assert "worker-1" not in nodes


def test_a_budget_holds_a_drain_up(console):
    console.apply(WEB, BUDGET)
    console.advance(30)
    node = console.ok("kubectl get pods -l app=web -o jsonpath='{.items[0].spec.nodeName}'")
    result = console.run(f"kubectl drain {node} --ignore-daemonsets --pod-selector=app=web --timeout=12s")
    assert result.exit == 1
    assert "(will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.\n" in result.stderr
    assert "global timeout reached: 12s" in result.stderr


def test_without_eviction_pods_are_deleted(console):
    console.apply(POD)
    console.advance(30)
    node = console.get("pod", "p")["spec"]["nodeName"]
    result = console.run(
        f"kubectl drain {node} --ignore-daemonsets --force --disable-eviction --delete-emptydir-data "
        "--pod-selector=app=p --grace-period=1"
    )
    assert result.stdout == f"node/{node} cordoned\npod/p deleted\nnode/{node} drained\n"


@pytest.mark.parametrize("word", ["cordon", "drain"])
def test_no_pods_come_to_a_marked_node(console, word):
    console.ok(
        f"kubectl {word} worker-1 worker-2 --ignore-daemonsets"
        if word == "drain"
        else "kubectl cordon worker-1 worker-2"
    )
    console.apply(POD)
    console.advance(10)
    assert console.get("pod", "p")["spec"].get("nodeName") is None
