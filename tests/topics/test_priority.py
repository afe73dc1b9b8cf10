"""Topic priority: on shortage the more important Pod gets the place of the less important one.

Source: kubernetes.io, concepts/scheduling-eviction/pod-priority-preemption; pkg/scheduler/framework/preemption.
"""

CLASSES = """
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: important}
value: 1000000
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: patient}
value: 1000000
preemptionPolicy: Never
"""
FILLER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: filler}
spec:
  replicas: 2
  selector: {matchLabels: {app: filler}}
  template:
    metadata: {labels: {app: filler}}
    spec:
      terminationGracePeriodSeconds: 20
      containers:
      - name: main
        image: busybox:1.36
        command: [sh, -c, "trap '' TERM; sleep 1000000"]
        resources: {requests: {cpu: 1500m}}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  priorityClassName: %s
  containers:
  - name: main
    image: nginx:1.27
    resources: {requests: {cpu: "1"}}
"""


def full(console):
    """Fills both workers with Pods of priority 0."""
    console.ok("kubectl apply -f -", CLASSES)
    console.ok("kubectl apply -f -", FILLER)
    console.advance(20)
    assert console.ok("kubectl get pods -l app=filler -o jsonpath='{.items[*].spec.priority}'") == "0 0"


def test_preemption_seen_live(console):
    full(console)
    console.ok("kubectl apply -f -", POD % ("first", "important"))
    console.advance(2)
    node = console.ok("kubectl get pod first -o jsonpath='{.status.nominatedNodeName}'")
    assert node in ("worker-1", "worker-2")
    assert console.ok("kubectl get pod first -o wide --no-headers").split()[-2] == node
    uid = console.ok("kubectl get pod first -o jsonpath='{.metadata.uid}'")
    events = console.ok("kubectl get events -o custom-columns=R:.reason,M:.message,N:.involvedObject.name")
    assert "Preempted" in events and f"Preempted by pod {uid} on node {node}" in events
    victim = console.ok(
        "kubectl get events --field-selector reason=Preempted -o jsonpath='{.items[0].involvedObject.name}'"
    )
    shown = console.ok(
        f"kubectl get pod {victim} -o jsonpath='{{.status.conditions[?(@.type==\"DisruptionTarget\")].reason}}'"
    )
    assert shown == "PreemptionByScheduler"
    assert "Terminating" in console.ok(f"kubectl get pod {victim}")
    console.advance(30)
    assert "Running" in console.ok("kubectl get pod first")
    assert console.ok("kubectl get pod first -o jsonpath='{.spec.nodeName}'") == node
    assert f'pods "{victim}" not found' in console.fails(f"kubectl get pod {victim}")
    states = console.ok("kubectl get pods -l app=filler --no-headers")
    assert states.count("Running") == 1 and states.count("Pending") == 1, "its controller made another one"


def test_room_that_is_being_made_is_not_taken_by_a_less_important_pod(console):
    full(console)
    console.ok("kubectl apply -f -", POD % ("first", "important"))
    console.advance(2)
    node = console.ok("kubectl get pod first -o jsonpath='{.status.nominatedNodeName}'")
    victim = console.ok(f"kubectl get pods -l app=filler -o wide --no-headers | grep {node}").split()[0]
    console.ok(f"kubectl delete pod {victim} --grace-period=0 --force")
    console.advance(15)
    assert console.ok("kubectl get pod first -o jsonpath='{.spec.nodeName}'") == node


def test_who_never_preempts_waits_for_room(console):
    full(console)
    console.ok("kubectl apply -f -", POD % ("second", "patient"))
    console.advance(60)
    assert "Pending" in console.ok("kubectl get pod second")
    assert "not eligible due to preemptionPolicy=Never." in console.ok("kubectl describe pod second")
    assert console.ok("kubectl get pods -l app=filler --no-headers").count("Running") == 2
    console.ok("kubectl scale deployment filler --replicas=1")
    console.advance(40)
    assert "Running" in console.ok("kubectl get pod second")


def test_a_budget_is_spared_where_there_is_a_choice(console):
    full(console)
    kept = console.ok("kubectl get pods -l app=filler -o jsonpath='{.items[0].metadata.name}'")
    console.ok(f"kubectl label pod {kept} guarded=yes")
    console.ok("kubectl create poddisruptionbudget guard --selector=guarded=yes --min-available=1")
    console.advance(5)
    console.ok("kubectl apply -f -", POD % ("first", "important"))
    console.advance(2)
    assert "Running" in console.ok(f"kubectl get pod {kept}")
    assert console.ok("kubectl get pods -l app=filler --no-headers").count("Terminating") == 1
