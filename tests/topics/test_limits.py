"""Topic limits: 110 Pods on a node, unless its kubelet was told otherwise.

Source: kubernetes.io, setup/best-practices/cluster-large.
"""


def test_a_node_takes_110_pods_and_the_next_one_waits(console):
    assert console.ok("kubectl get node worker-1 -o jsonpath={.status.allocatable.pods}") == "110"
    console.ok("kubectl cordon worker-2")
    standing = console.ok("kubectl get pods -A --no-headers --field-selector spec.nodeName=worker-1").count("\n")
    console.ok(f"kubectl create deployment many --image=nginx --replicas={110 - standing}")
    console.advance(60)
    assert console.ok("kubectl get pods -A --no-headers --field-selector spec.nodeName=worker-1").count("\n") == 110
    console.ok("kubectl run one-more --image=nginx")
    console.advance(5)
    assert console.ok("kubectl get pod one-more --no-headers").split()[2] == "Pending"
    assert (
        "0/3 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable"
        in (console.ok("kubectl describe pod one-more"))
    )
    console.ok("kubectl uncordon worker-2")
    console.advance(20)
    assert console.ok("kubectl get pod one-more --no-headers").split()[2] == "Running"


def test_the_kubelet_may_be_told_another_number(console):
    console.ok("ssh worker-1 \"echo 'maxPods: 50' >> /var/lib/kubelet/config.yaml\"")
    console.ok("ssh worker-1 systemctl restart kubelet")
    console.advance(20)
    assert console.ok("kubectl get node worker-1 -o jsonpath={.status.allocatable.pods}") == "50"
