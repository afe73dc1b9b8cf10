"""Ephemeral containers: kubectl debug adds one to a Pod that runs, and nothing takes it away.

Source: kubernetes.io, tasks/debug/debug-application/debug-running-pod; concepts/workloads/pods/ephemeral-containers.
"""

import pytest

DEBUG = "kubectl debug demo --image=busybox:1.28 --profile=general"


@pytest.fixture
def demo(console):
    console.ok("kubectl run demo --image=registry.k8s.io/pause:3.9")
    console.ok("kubectl run web --image=nginx")
    console.advance(20)
    return console


def test_a_pod_without_a_shell_gets_one(demo):
    assert 'exec: "sh": executable file not found in $PATH' in demo.fails("kubectl exec demo -- sh")
    shown = demo.run(f"{DEBUG} -i", stdin="hostname\nexit\n")
    assert "Defaulting debug container name to debugger-" in shown.stdout
    assert "demo" in shown.stdout


def test_it_shares_the_network_of_the_pod(demo):
    asked = "kubectl debug web --image=busybox:1.28 --profile=general -i -q -- wget -qO- http://127.0.0.1"
    assert "Welcome to nginx!" in demo.ok(asked)


def test_it_stays_in_the_pod_and_is_entered_shown_and_not_counted(demo):
    demo.ok(f"{DEBUG} -c dbg -- sh -c 'echo here; sleep 100'")
    demo.advance(10)
    assert demo.ok("kubectl logs demo -c dbg") == "here\n"
    assert demo.ok("kubectl exec demo -c dbg -- hostname") == "demo\n"
    assert "Ephemeral Containers:\n  dbg:" in demo.ok("kubectl describe pod demo")
    assert demo.ok("kubectl get pod demo --no-headers").split()[1] == "1/1"
    demo.advance(120)
    state = demo.get("pod", "demo")["status"]["ephemeralContainerStatuses"][0]
    assert (state["state"]["terminated"]["reason"], state["restartCount"]) == ("Completed", 0)


def test_one_that_is_there_cannot_be_changed(demo):
    demo.ok(f"{DEBUG} -c dbg -- sleep 100")
    why = 'spec.ephemeralContainers: Forbidden: existing ephemeral containers "dbg" may not be changed'
    assert why in demo.fails(f"{DEBUG} -c dbg -- sleep 200")
    assert 'spec.ephemeralContainers[1].name: Duplicate value: "demo"' in demo.fails(f"{DEBUG} -c demo -- sleep 1")


def test_one_with_a_target_sees_its_processes_and_can_signal_them(demo):
    demo.ok("kubectl debug web --image=busybox:1.28 --profile=general --target=web -c dbg -- sleep 1000")
    demo.advance(5)
    seen = demo.ok("kubectl exec web -c dbg -- ps")
    assert "nginx: master process" in seen
    assert "sleep 1000" in seen
    demo.ok("kubectl exec web -c dbg -- kill -QUIT 1")
    demo.advance(10)
    assert demo.get("pod", "web")["status"]["containerStatuses"][0]["restartCount"] == 1


def test_containers_of_a_pod_may_share_their_processes(console):
    containers = [{"name": "nginx", "image": "nginx"}, {"name": "shell", "image": "busybox:1.28"}]
    containers[1]["command"] = ["sleep", "3600"]
    spec = {"shareProcessNamespace": True, "containers": containers}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shared"}, "spec": spec})
    console.advance(20)
    seen = console.ok("kubectl exec shared -c shell -- ps").splitlines()
    assert seen[1].split()[0] == "1"
    assert seen[1].endswith("/pause")
    assert any("nginx: master process" in line for line in seen)
    assert any("sleep 3600" in line for line in seen)


def test_the_files_of_a_target_are_below_its_process(console):
    """kubernetes.io, tasks/configure-pod-container/share-process-namespace and debug-running-pod."""
    console.ok("kubectl run web --image=nginx")
    console.advance(10)
    console.ok("kubectl debug web --image=busybox --target=web -c debugger -- sleep 9999")
    console.advance(10)
    shown = console.ok("kubectl exec web -c debugger -- head -2 /proc/1/root/etc/nginx/nginx.conf")
    assert shown == "\nuser  nginx;\n"
    console.ok("kubectl exec web -- sh -c 'echo found > /tmp/note'")
    assert console.ok("kubectl exec web -c debugger -- cat /proc/1/root/tmp/note") == "found\n"
