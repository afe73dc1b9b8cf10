"""Faults on demand: what is broken in the machines shows as a real cluster shows it, and mends."""

import pytest

from kubelab.cluster.faults import FAULTS, FaultError, inject
from tests.console import Console


@pytest.fixture
def console():
    return Console()


def status(console, node):
    line = next(line for line in console.ok("kubectl get nodes --no-headers").splitlines() if line.startswith(node))
    return line.split()[1]


def test_a_node_without_power_is_not_ready_after_its_lease_and_comes_back(console):
    inject(console.cluster, "power-off worker-1")
    assert status(console, "worker-1") == "Ready"
    console.advance(60)
    assert status(console, "worker-1") == "NotReady"
    inject(console.cluster, "power-on worker-1")
    console.advance(30)
    assert status(console, "worker-1") == "Ready"


def test_an_unplugged_node_goes_on_by_itself_and_nobody_hears_of_it(console):
    """concepts/architecture/nodes: Pods there are not taken away until the API server hears from the node again."""
    console.ok("kubectl create deployment web --image=nginx --replicas=2")
    console.advance(20)
    inject(console.cluster, "unplug worker-1")
    console.advance(60)
    assert status(console, "worker-1") == "NotReady"
    assert "Unknown" in console.ok("kubectl get node worker-1 -o jsonpath='{.status.conditions[*].status}'")
    assert "No route to host" in console.run("ssh worker-1 true").stderr
    console.advance(400)
    pods = console.ok("kubectl get pods -o wide --no-headers")
    assert "Terminating" in pods and pods.count("Running") == 2
    inject(console.cluster, "plug-in worker-1")
    console.advance(60)
    assert status(console, "worker-1") == "Ready"
    assert "Terminating" not in console.ok("kubectl get pods --no-headers")


def test_power_does_not_plug_a_cable_in_and_a_cable_gives_no_power(console):
    inject(console.cluster, "unplug worker-1")
    inject(console.cluster, "power-off worker-1")
    inject(console.cluster, "power-on worker-1")
    console.advance(60)
    assert "No route to host" in console.run("ssh worker-1 true").stderr
    assert status(console, "worker-1") == "NotReady"
    inject(console.cluster, "power-off worker-1")
    inject(console.cluster, "plug-in worker-1")
    assert console.run("ping -c 1 -W 1 192.168.100.12").exit == 1
    inject(console.cluster, "power-on worker-1")
    console.advance(30)
    assert status(console, "worker-1") == "Ready"
    assert console.run("ping -c 1 -W 1 192.168.100.12").exit == 0


def test_pods_on_an_unplugged_node_are_not_reached(console):
    console.ok('kubectl run web --image=nginx --overrides=\'{"spec":{"nodeName":"worker-1"}}\'')
    console.ok('kubectl run client --image=busybox --overrides=\'{"spec":{"nodeName":"worker-2"}}\' -- sleep 9999')
    console.advance(20)
    ip = console.ok("kubectl get pod web -o jsonpath='{.status.podIP}'")
    assert "Welcome" in console.ok(f"kubectl exec client -- wget -qO- -T 5 {ip}")
    inject(console.cluster, "unplug worker-1")
    assert "timed out" in console.run(f"kubectl exec client -- wget -qO- -T 5 {ip}").stderr


def test_a_slow_node_answers_late(console):
    console.ok('kubectl run web --image=nginx --overrides=\'{"spec":{"nodeName":"worker-1"}}\'')
    console.ok("kubectl expose pod web --port=80 --type=NodePort")
    console.advance(20)
    port = console.ok("kubectl get service web -o jsonpath='{.spec.ports[0].nodePort}'")
    line = f"curl -s -m 1 -o /dev/null -w '%{{http_code}}' http://192.168.100.12:{port}"
    assert console.run(line).stdout == "200"
    inject(console.cluster, "slow worker-1")
    assert console.run(line).exit == 28  # curl's operation timed out
    inject(console.cluster, "fast worker-1")
    assert console.run(line).stdout == "200"


def test_a_full_disk_is_told_of_tainted_and_costs_pods_until_there_is_room_again(console):
    """concepts/scheduling-eviction/node-pressure-eviction: nodefs.available<10%, and five minutes of transition."""
    console.ok('kubectl run web --image=nginx --overrides=\'{"spec":{"nodeName":"worker-1"}}\'')
    console.advance(20)
    inject(console.cluster, "fill-disk worker-1")
    console.advance(25)
    told = console.ok("kubectl describe node worker-1")
    assert "KubeletHasDiskPressure" in told and "node.kubernetes.io/disk-pressure:NoSchedule" in told
    message = console.ok("kubectl get pod web -o jsonpath='{.status.phase} {.status.reason} {.status.message}'")
    assert message.startswith("Failed Evicted The node was low on resource: ephemeral-storage. Threshold quantity: 4")
    assert "has larger consumption of ephemeral-storage" in message
    console.advance(300)
    assert "kube-proxy" in console.ok(
        "kubectl get pods -A -o wide --field-selector spec.nodeName=worker-1,status.phase=Running"
    )
    inject(console.cluster, "free-disk worker-1")
    console.advance(60)
    assert "KubeletHasDiskPressure" in console.ok("kubectl describe node worker-1")
    console.advance(300)
    told = console.ok("kubectl describe node worker-1")
    assert "KubeletHasNoDiskPressure" in told and "disk-pressure:NoSchedule" not in told


def test_a_killed_component_is_started_again_by_its_kubelet(console):
    inject(console.cluster, "kill kube-system/kube-scheduler-control-plane/kube-scheduler")
    console.advance(30)
    told = console.ok("kubectl -n kube-system get pod kube-scheduler-control-plane -o yaml")
    assert "exitCode: 137" in told and "restartCount: 1" in told


def test_a_registry_that_fails_lets_pulls_fail_until_it_is_mended(console):
    inject(console.cluster, "fail-registry docker.io")
    console.ok("kubectl run web --image=nginx:1.27")
    console.advance(8)
    assert "503 Service Unavailable" in console.ok("kubectl describe pod web")
    assert console.ok("kubectl get pod web --no-headers").split()[2] in ("ErrImagePull", "ImagePullBackOff")
    inject(console.cluster, "mend-registry docker.io")
    console.advance(60)
    assert console.ok("kubectl get pod web --no-headers").split()[2] == "Running"


def test_a_corrupt_manifest_takes_its_component_down_until_it_is_put_right(console):
    inject(console.cluster, "corrupt control-plane/kube-scheduler")
    console.advance(60)
    console.ok("kubectl run web --image=nginx")
    console.advance(30)
    assert console.ok("kubectl get pod web --no-headers").split()[2] == "Pending"
    assert "unknown flag: --no-such-flag" in console.ok("kubectl -n kube-system logs kube-scheduler-control-plane")
    console.ok("ssh control-plane sudo sed -i /no-such-flag/d /etc/kubernetes/manifests/kube-scheduler.yaml")
    console.advance(60)
    assert console.ok("kubectl get pod web --no-headers").split()[2] == "Running"


def test_a_corrupt_kubelet_configuration_keeps_the_kubelet_from_starting(console):
    inject(console.cluster, "corrupt worker-1/kubelet")
    console.advance(60)
    assert status(console, "worker-1") == "NotReady"
    assert "failed to load" in console.ok("ssh worker-1 sudo journalctl -u kubelet -n 20")


def test_an_expired_serving_certificate_is_refused_by_kubectl_and_renewed(console):
    inject(console.cluster, "expire control-plane/apiserver")
    assert "x509: certificate has expired or is not yet valid: current time" in console.run("kubectl get pods").stderr
    assert "<invalid>" in console.ok("ssh control-plane sudo kubeadm certs check-expiration")
    console.ok("ssh control-plane sudo kubeadm certs renew apiserver")
    assert console.run("kubectl get pods").exit == 0


def test_an_expired_client_certificate_is_nobodys(console):
    inject(console.cluster, "expire control-plane/admin.conf")
    line = "ssh control-plane sudo kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes"
    assert "You must be logged in to the server" in console.run(line).stderr
    assert console.run("kubectl get nodes").exit == 0  # the workstation has another


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nonsense worker-1", "there is no fault 'nonsense'; there is power-off"),
        ("power-off", "power-off happens to something"),
        ("power-off worker-9", "no 'worker-9' here; there is control-plane, worker-1, worker-2"),
        ("unplug control-plane", "there is worker-1, worker-2"),
        ("kill a/b/c", "kill: no 'a/b/c' here"),
        ("", "there is no fault ''"),
    ],
)
def test_what_cannot_happen_is_refused_with_what_could(console, line, why):
    before = console.cluster.store.revision
    with pytest.raises(FaultError, match=why):
        inject(console.cluster, line)
    assert console.cluster.store.revision == before


def test_every_fault_has_something_that_it_can_happen_to(console):
    clouded = Console("autoscaled").cluster
    assert all([*fault.targets(console.cluster), *fault.targets(clouded)] for fault in FAULTS.values())
