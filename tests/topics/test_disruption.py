"""Topic disruption: a budget holds up a drain until there is room.

Source: kubernetes.io, tasks/run-application/configure-pdb and tasks/administer-cluster/safely-drain-node.
"""

REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."


def test_a_budget_blocks_a_drain_until_another_pod_is_ready(console):
    console.ok("kubectl create deployment web --image=nginx --replicas=2")
    console.ok("kubectl create poddisruptionbudget web --selector=app=web --min-available=2")
    console.advance(20)
    assert console.ok("kubectl get pdb web --no-headers").split()[:4] == ["web", "2", "N/A", "0"]
    node = console.ok("kubectl get pods -l app=web -o jsonpath='{.items[0].spec.nodeName}'")
    blocked = console.run(f"kubectl drain {node} --ignore-daemonsets --timeout=12s")
    assert blocked.exit == 1
    assert REFUSED in blocked.stderr
    assert "global timeout reached: 12s" in blocked.stderr
    assert console.ok("kubectl get deployment web -o jsonpath={.status.readyReplicas}") == "2"
    console.ok("kubectl scale deployment web --replicas=3")
    console.advance(20)
    assert f"node/{node} drained" in console.ok(f"kubectl drain {node} --ignore-daemonsets --timeout=60s")
    console.ok(f"kubectl uncordon {node}")


def test_a_budget_binds_evictions_but_not_deletions(console):
    console.ok("kubectl create deployment web --image=nginx --replicas=2")
    console.ok("kubectl create poddisruptionbudget web --selector=app=web --max-unavailable=0")
    console.advance(20)
    pod = console.ok("kubectl get pods -l app=web -o jsonpath='{.items[0].metadata.name}'")
    assert f'pod "{pod}" deleted' in console.ok(f"kubectl delete pod {pod}")
