"""Topic pod-multi: containers of one Pod share its address, clash on a port, and are counted one by one.

Source: kubernetes.io, concepts/workloads/pods ("How Pods manage multiple containers").
"""

POD = """
apiVersion: v1
kind: Pod
metadata: {{name: pair}}
spec:
  containers:
  - {{name: web, image: nginx}}
  - {second}
"""


def test_containers_of_a_pod_reach_each_other_on_localhost_and_one_may_crash(console):
    second = "{name: side, image: busybox, command: [sh, -c, 'sleep 30; exit 1']}"
    console.apply(POD.format(second=second))
    console.advance(20)
    assert console.ok("kubectl get pod pair --no-headers").split()[1:3] == ["2/2", "Running"]
    assert "Welcome to nginx!" in console.ok("kubectl exec pair -c side -- wget -qO- http://127.0.0.1")
    console.advance(100)
    ready, status = console.ok("kubectl get pod pair --no-headers").split()[1:3]
    assert ready == "1/2" and status in ("Error", "CrashLoopBackOff")
    counts = console.ok("kubectl get pod pair -o jsonpath='{.status.containerStatuses[*].restartCount}'").split()
    assert int(counts[0]) >= 1 and int(counts[1]) == 0  # sorted by name: side, web


def test_two_servers_of_one_pod_clash_on_their_port(console):
    console.apply(POD.format(second="{name: twin, image: nginx}"))
    console.advance(40)
    assert console.ok("kubectl get pod pair --no-headers").split()[1] == "1/2"
    logs = console.run("kubectl logs pair -c twin; kubectl logs pair -c twin --previous").stdout
    assert "bind() to 0.0.0.0:80 failed (98: Address already in use)" in logs


def test_replicas_spread_over_nodes_but_the_containers_of_a_pod_never_do(console):
    console.ok("kubectl create deployment web --image=nginx --image=redis --replicas=4")
    console.advance(40)
    nodes = console.ok("kubectl get pods -o jsonpath='{.items[*].spec.nodeName}'").split()
    assert set(nodes) == {"worker-1", "worker-2"}
