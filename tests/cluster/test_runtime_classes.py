"""RuntimeClasses: what they make of Pods, and nodes whose containerd has no such runtime.

Source: kubernetes.io, concepts/containers/runtime-class and concepts/scheduling-eviction/pod-overhead.
"""

CLASS = """
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: gvisor}
handler: runsc
overhead: {podFixed: {cpu: 250m, memory: 64Mi}}
scheduling:
  nodeSelector: {kubernetes.io/os: linux}
  tolerations: [{key: sandboxed, operator: Exists}]
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: boxed}
spec: {runtimeClassName: gvisor, containers: [{name: app, image: nginx, resources: {requests: {cpu: 100m}}}], MORE}
"""
SECTION = """
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runsc]
  runtime_type = 'io.containerd.runsc.v1'
"""


def test_a_class_says_what_its_pods_take_besides_and_where_they_run(console):
    console.ok("kubectl apply -f -", CLASS)
    console.ok("kubectl apply -f -", POD.replace("MORE", ""))
    shown = "{.spec.overhead} {.spec.nodeSelector} {.spec.tolerations[-1:].key}"
    assert console.ok(f"kubectl get pod boxed -o jsonpath='{shown}'") == (
        '{"cpu":"250m","memory":"64Mi"} {"kubernetes.io/os":"linux"} sandboxed'
    )
    console.advance(5)
    node = console.ok("kubectl get pod boxed -o jsonpath='{.spec.nodeName}'")
    assert "350m" in console.ok(f"kubectl describe node {node}")


def test_pods_that_their_class_does_not_allow_are_refused(console):
    said = 'Error from server (Forbidden): error when creating "STDIN": pods "boxed" is forbidden: '
    assert console.fails("kubectl create -f -", POD.replace("MORE", "")) == (
        f'{said}pod rejected: RuntimeClass "gvisor" not found\n'
    )
    console.ok("kubectl apply -f -", CLASS)
    assert console.fails("kubectl create -f -", POD.replace("MORE", "overhead: {cpu: 1}")) == (
        f"{said}pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead\n"
    )
    assert console.fails("kubectl create -f -", POD.replace("MORE", "nodeSelector: {kubernetes.io/os: windows}")) == (
        f"{said}conflict: runtimeClass.scheduling.nodeSelector[kubernetes.io/os] = linux; "
        "pod.spec.nodeSelector[kubernetes.io/os] = windows\n"
    )
    assert "handler: Invalid value" in console.fails("kubectl apply -f -", CLASS.replace("runsc", "other"))


def test_a_runtime_that_containerd_does_not_have_creates_no_sandbox_until_it_is_configured(console):
    console.ok("kubectl apply -f -", CLASS)
    console.ok("kubectl apply -f -", POD.replace("MORE", "nodeName: worker-1"))
    console.advance(10)
    assert (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "
        '"runsc" is configured'
    ) in console.ok("kubectl describe pod boxed")
    assert console.ok("kubectl get pod boxed --no-headers").split()[2] == "ContainerCreating"
    console.ok("ssh worker-1 sudo tee -a /etc/containerd/config.toml", SECTION)
    console.advance(40)
    assert console.ok("kubectl get pod boxed --no-headers").split()[2] == "Running"
