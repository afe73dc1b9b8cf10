"""Topic control-plane: what each component does, seen from what stops without it.

Source: kubernetes.io, concepts/overview/components.
"""

import pytest

from tests.console import Console

MANIFESTS = "/etc/kubernetes/manifests"


def stop(console, component):
    console.ok(f"ssh control-plane mv {MANIFESTS}/{component}.yaml /root/")
    console.advance(15)


def start(console, component):
    console.ok(f"ssh control-plane mv /root/{component}.yaml {MANIFESTS}/")
    console.advance(60)


def pods(console):
    return [line.split()[:3] for line in console.ok("kubectl get pods --no-headers").splitlines()]


def test_without_the_scheduler_pods_stay_pending(console):
    stop(console, "kube-scheduler")
    console.ok("kubectl run web --image=nginx")
    console.advance(60)
    assert pods(console) == [["web", "0/1", "Pending"]]
    assert console.ok("kubectl get pod web -o jsonpath={.spec.nodeName}") == ""
    assert "<none>" in console.ok("kubectl describe pod web | grep Events")
    start(console, "kube-scheduler")
    assert pods(console) == [["web", "1/1", "Running"]]


def test_without_the_controller_manager_a_deployment_has_no_pods(console):
    stop(console, "kube-controller-manager")
    console.ok("kubectl create deployment web --image=nginx")
    console.advance(60)
    assert console.ok("kubectl get deploy web --no-headers").split()[:4] == ["web", "0/1", "0", "0"]
    assert console.run("kubectl get rs").stderr == "No resources found in default namespace.\n"
    start(console, "kube-controller-manager")
    assert console.ok("kubectl get deploy web --no-headers").split()[1] == "1/1"


@pytest.mark.parametrize("component", ["kube-apiserver", "etcd"])
def test_without_api_server_or_etcd_nobody_can_ask_and_pods_run_on(console, component):
    console.ok("kubectl create deployment web --image=nginx --replicas=2")
    console.advance(30)
    stop(console, component)
    assert "connection to the server 192.168.100.11:6443 was refused" in console.fails("kubectl get pods")
    assert console.ok("ssh worker-1 crictl ps -q --name nginx").count("\n") == 1
    start(console, component)
    assert console.ok("kubectl get deploy web --no-headers").split()[1] == "2/2"


def test_without_a_kubelet_its_node_starts_nothing(console):
    console.ok("ssh worker-1 systemctl stop kubelet")
    manifest = '{"apiVersion": "v1", "spec": {"nodeName": "worker-1"}}'
    console.ok(f"kubectl run web --image=nginx --overrides='{manifest}'")
    console.advance(30)
    assert pods(console) == [["web", "0/1", "Pending"]]
    console.ok("ssh worker-1 systemctl start kubelet")
    console.advance(30)
    assert pods(console) == [["web", "1/1", "Running"]]


def test_the_api_server_only_stores_what_others_act_on(console):
    console.ok("kubectl run web --image=nginx")
    console.advance(30)
    events = console.ok("kubectl describe pod web | grep -A20 ^Events").splitlines()[3:]
    assert [line.split()[3] for line in events] == ["default-scheduler", *["kubelet"] * 4]


def test_of_several_control_planes_one_acts_until_its_lease_runs_out():
    lab = Console("three-control-planes")
    holder = "kubectl -n kube-system get lease kube-scheduler -o jsonpath={.spec.holderIdentity}"
    assert lab.ok(holder).startswith("control-plane-1_")
    standing_by = lab.ok("kubectl -n kube-system logs kube-scheduler-control-plane-2")
    assert standing_by.endswith("attempting to acquire leader lease kube-system/kube-scheduler...\n")
    lab.run("ssh control-plane-1 poweroff")
    lab.ok("kubectl run early --image=nginx")
    lab.advance(10)
    assert "Pending" in lab.ok("kubectl get pod early")
    lab.advance(15)
    assert "Running" in lab.ok("kubectl get pod early")
    assert lab.ok(holder).startswith("control-plane-2_")
    log = lab.ok("kubectl -n kube-system logs kube-scheduler-control-plane-2")
    assert log.endswith("successfully acquired lease kube-system/kube-scheduler\n")
    lab.ok("ssh control-plane-2 mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/")  # it lets go of its Lease
    lab.ok("kubectl run late --image=nginx")
    lab.advance(5)
    assert lab.ok("kubectl get pod late -o jsonpath={.spec.nodeName}")
