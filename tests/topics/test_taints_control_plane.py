"""Topic taints-control-plane: system Pods run on the control plane, others are kept away by its taint.

Sources: kubernetes.io, concepts/scheduling-eviction/taint-and-toleration, reference/labels-annotations-taints
(node-role.kubernetes.io/control-plane, since v1.24 instead of master).
"""

POD = """
apiVersion: v1
kind: Pod
metadata: {name: tolerant}
spec:
  nodeSelector: {node-role.kubernetes.io/control-plane: ""}
  tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}]
  containers: [{name: main, image: nginx:1.27}]
"""
SELECTED = POD.replace("tolerant", "selected").replace("  tolerations", "  #")


def where(console, name):
    return console.ok(f"kubectl get pod {name} -o jsonpath='{{.spec.nodeName}} {{.status.phase}}'")


def test_the_notes_line_shows_the_taint(console):
    shown = console.ok("kubectl describe node control-plane | grep Taints")
    assert shown == "Taints:             node-role.kubernetes.io/control-plane:NoSchedule\n"
    assert "Taints:             <none>\n" == console.ok("kubectl describe node worker-1 | grep Taints")
    system = console.ok(
        "kubectl get pods -n kube-system -o wide --no-headers | awk '$7 == \"control-plane\" {print $1}'"
    )
    for component in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        assert f"{component}-control-plane\n" in system


def test_only_who_tolerates_the_taint_goes_there(console):
    console.ok("kubectl create deployment web --image=nginx:1.27 --replicas=6")
    console.ok("kubectl apply -f -", SELECTED)
    console.ok("kubectl apply -f -", POD)
    console.advance(20)
    nodes = console.ok("kubectl get pods -l app=web -o jsonpath='{.items[*].spec.nodeName}'")
    assert "control-plane" not in nodes
    assert where(console, "tolerant") == "control-plane Running"
    assert "1 node(s) had untolerated taint(s), 2 node(s) didn't match Pod's node affinity/selector" in console.ok(
        "kubectl describe pod selected"
    )


def test_without_the_taint_it_is_a_node_like_others(console):
    console.ok("kubectl apply -f -", SELECTED)
    console.advance(3)
    line = "kubectl taint nodes control-plane node-role.kubernetes.io/control-plane:NoSchedule-"
    assert console.ok(line) == "node/control-plane untainted\n"
    console.advance(15)
    assert where(console, "selected") == "control-plane Running"
    assert "Taints:             <none>\n" == console.ok("kubectl describe node control-plane | grep Taints")
