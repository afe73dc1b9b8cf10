"""Topic node-selector: a Pod that asks for a label goes where the label is, and stays when the label goes.

Sources: kubernetes.io, concepts/scheduling-eviction/assign-pod-node; tasks/configure-pod-container/assign-pods-nodes.
"""

POD = """
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  nodeSelector: {disktype: ssd}
  containers: [{name: main, image: nginx:1.27}]
"""


def test_label_a_node_select_it_remove_the_label(console):
    console.ok("kubectl apply -f -", POD % "first")
    console.advance(3)
    assert "Pending" in console.ok("kubectl get pod first")
    assert "2 node(s) didn't match Pod's node affinity/selector" in console.ok("kubectl describe pod first")
    assert console.ok("kubectl label node worker-2 disktype=ssd") == "node/worker-2 labeled\n"
    assert "disktype=ssd" in console.ok("kubectl get node worker-2 --show-labels")
    console.advance(12)
    line = "kubectl get pod first -o jsonpath='{.spec.nodeName} {.status.phase}'"
    assert console.ok(line) == "worker-2 Running"
    assert console.ok("kubectl label node worker-2 disktype-") == "node/worker-2 unlabeled\n"
    console.advance(60)
    assert console.ok(line) == "worker-2 Running", "what runs is not asked again"
    console.ok("kubectl apply -f -", POD % "second")
    console.advance(3)
    assert "Pending" in console.ok("kubectl get pod second")
    assert "Node-Selectors:              disktype=ssd" in console.ok("kubectl describe pod second")


def test_any_object_carries_labels_and_is_found_by_them(console):
    console.ok("kubectl label node worker-1 managed-by=terraform")
    console.ok("kubectl label namespace default managed-by=terraform")
    assert console.ok("kubectl get nodes -l managed-by=terraform -o name") == "node/worker-1\n"
    assert console.ok("kubectl get namespaces -l managed-by=terraform -o name") == "namespace/default\n"
