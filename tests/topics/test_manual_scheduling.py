"""Topic manual-scheduling: a Pod that names its node goes there past the scheduler, for better or worse.

Sources: kubernetes.io, concepts/scheduling-eviction/assign-pod-node (nodeName); pkg/kubelet/lifecycle/predicate.go
for OutOfcpu; pkg/controller/podgc for Pods of nodes that are not there.
"""

POD = """
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  nodeName: %s
  containers:
  - name: main
    image: nginx:1.27
    resources: {requests: {cpu: %s}}
"""


def apply(console, name, node, cpu="100m", seconds=8):
    console.ok("kubectl apply -f -", POD % (name, node, cpu))
    console.advance(seconds)
    return console.run(f"kubectl get pod {name} --no-headers").stdout


def test_a_good_node_runs_it_without_the_scheduler(console):
    console.ok("ssh control-plane mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/")
    console.advance(10)
    assert "Running" in apply(console, "named", "worker-2")
    events = console.ok("kubectl events --for pod/named")
    assert "Scheduled" not in events and "Started" in events
    console.ok("kubectl run unnamed --image=nginx:1.27")
    console.advance(30)
    assert "Pending" in console.ok("kubectl get pod unnamed")


def test_taints_do_not_matter_to_who_names_the_node(console):
    assert "Running" in apply(console, "named", "control-plane")


def test_a_missing_node_leaves_it_pending_until_it_is_cleared_away(console):
    assert "Pending" in apply(console, "lost", "worker-9")
    assert "worker-9" in console.ok("kubectl get pod lost -o wide")
    assert console.ok("kubectl events --for pod/lost") == ""
    console.advance(120)
    assert 'pods "lost" not found' in console.fails("kubectl get pod lost")


def test_a_full_node_refuses_it(console):
    assert "Running" in apply(console, "filler", "worker-1", "1500m")
    assert "OutOfcpu" in apply(console, "toomuch", "worker-1", "1")
    assert console.ok("kubectl get pod toomuch -o jsonpath='{.status.phase} {.status.reason}'") == "Failed OutOfcpu"
    assert "Node didn't have enough resource: cpu, requested: 1000, used: 1600, capacity: 2000" in console.ok(
        "kubectl describe pod toomuch"
    )


def test_a_pod_does_not_move_to_another_node(console):
    apply(console, "named", "worker-2")
    line = 'kubectl patch pod named -p \'{"spec": {"nodeName": "worker-1"}}\''
    assert "pod updates may not change fields other than" in console.fails(line)
