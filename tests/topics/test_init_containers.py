"""Topic init-containers: one after another, each has to succeed.

Source: kubernetes.io, concepts/workloads/pods/init-containers and tasks/debug/debug-application/debug-init-containers.
"""

WAITING = """
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  initContainers:
  - name: init-myservice
    image: busybox:1.28
    command: [sh, -c, 'until nslookup myservice.$NS.svc.cluster.local; do echo waiting for myservice; sleep 2; done']
    env: [{name: NS, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}]
  - {name: init-two, image: busybox:1.28, command: [sh, -c, 'echo two']}
  - {name: init-three, image: busybox:1.28, command: [sh, -c, 'echo three; sleep 5']}
  containers:
  - {name: app, image: nginx}
"""
FAILING = """
apiVersion: v1
kind: Pod
metadata: {name: broken}
spec:
  initContainers:
  - {name: first, image: busybox:1.28, command: [sh, -c, 'echo no luck; exit 1']}
  - {name: second, image: busybox:1.28, command: [sh, -c, 'echo never']}
  containers:
  - {name: app, image: nginx}
"""


def status(console, name):
    return console.ok(f"kubectl get pod {name} --no-headers").split()[2]


def test_an_init_container_waits_for_a_service_and_the_next_ones_follow(console):
    console.apply(WAITING)
    console.advance(20)
    assert status(console, "app") == "Init:0/3"
    assert "waiting for myservice" in console.ok("kubectl logs app -c init-myservice")
    assert "PodInitializing" in console.fails("kubectl logs app -c app")
    console.ok("kubectl create service clusterip myservice --tcp=80")
    seen = []
    for _ in range(40):
        console.advance(0.5)
        seen.append(status(console, "app"))
    assert [word for word in dict.fromkeys(seen) if word.startswith("Init:")][-1] == "Init:2/3"
    assert seen[-1] == "Running"
    assert console.ok("kubectl logs app -c init-three") == "three\n"


def test_one_that_fails_stops_the_rest(console):
    console.apply(FAILING)
    told = console.run("timeout 60 kubectl get pod broken --watch --no-headers").stdout  # some pass in an instant
    assert {"Init:Error", "Init:CrashLoopBackOff"} <= {line.split()[2] for line in told.splitlines()}
    assert console.ok("kubectl logs broken -c first") == "no luck\n"
    assert 'container "second" in pod "broken" is waiting to start' in console.fails("kubectl logs broken -c second")
