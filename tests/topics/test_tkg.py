"""A Tanzu cluster: what the Cluster API wrote to its nodes, vSAN's classes, HAProxy before three control planes."""

import pytest

from tests.console import Console

FIRST, SECOND, THIRD = (f"napp-cluster-default-sd54b-{end}" for end in ("68xhv", "dtrmx", "nnqw9"))
WORKERS = "napp-cluster-default-workers-kgvqh-766459bb7f"
CLAIM = """apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: vsan-default-storage-policy-latebinding
  resources: {requests: {storage: 1Gi}}
"""


@pytest.fixture
def tanzu():
    return Console("tanzu")


def test_nodes_tell_who_made_them(tanzu):
    nodes = tanzu.ok("kubectl get nodes --no-headers").splitlines()
    assert sum(line.startswith(f"{WORKERS}-") for line in nodes) == 4 and len(nodes) == 7
    shown = tanzu.ok(f"kubectl describe node {WORKERS}-2tsm5")
    assert "cluster.x-k8s.io/cluster-name: napp-cluster-default\n" in shown
    assert f"cluster.x-k8s.io/owner-name: {WORKERS}\n" in shown
    assert f"cluster.x-k8s.io/machine: {WORKERS}-2tsm5\n" in shown
    assert "cluster.x-k8s.io/owner-kind: KubeadmControlPlane\n" in tanzu.ok(f"kubectl describe node {FIRST}")


def test_late_binding_waits_for_a_pod(tanzu):
    classes = tanzu.ok("kubectl get storageclass --no-headers")
    assert [line.split()[:4] for line in classes.splitlines()] == [
        ["vsan-default-storage-policy", "csi.vsphere.vmware.com", "Delete", "Immediate"],
        ["vsan-default-storage-policy-latebinding", "csi.vsphere.vmware.com", "Delete", "WaitForFirstConsumer"],
    ]
    tanzu.files.write("/home/learner/claim.yaml", CLAIM)
    tanzu.ok("kubectl apply -f claim.yaml")
    tanzu.advance(20)
    assert "Pending" in tanzu.ok("kubectl get pvc data")
    volumes = '{"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]}'
    tanzu.ok(f"kubectl run user --image=nginx --overrides='{{\"spec\": {volumes}}}'")
    tanzu.advance(60)
    assert "Bound" in tanzu.ok("kubectl get pvc data")
    assert "Running" in tanzu.ok("kubectl get pod user")


def test_the_cluster_outlives_a_control_plane(tanzu):
    assert "https://192.168.100.30:6443" in tanzu.ok("kubectl cluster-info")
    tanzu.run(f"ssh {FIRST} poweroff")
    tanzu.ok("kubectl create deployment web --image=nginx --replicas=3")
    tanzu.ok("kubectl expose deployment web --port=80 --type=LoadBalancer")
    tanzu.advance(60)
    assert f"{FIRST} NotReady" in " ".join(tanzu.ok("kubectl get nodes --no-headers").split())
    assert tanzu.ok("kubectl get deployment web -o jsonpath='{.status.readyReplicas}'") == "3"
    address = tanzu.ok("kubectl get service web -o jsonpath='{.status.loadBalancer.ingress[0].ip}'")
    assert "Welcome to nginx" in tanzu.ok(f"curl -s {address}")
    assert "192.168.100.11" not in tanzu.ok("kubectl get endpointslices kubernetes")
    statistics = tanzu.ok("curl -s 'http://192.168.100.30:8404/;csv'")
    assert f"kube-apiserver,{FIRST},DOWN" in statistics and f"kube-apiserver,{SECOND},UP" in statistics
    refused = tanzu.run("kubectl get nodes --server=https://192.168.100.11:6443")
    assert refused.stderr == (
        "Unable to connect to the server: dial tcp 192.168.100.11:6443: connect: no route to host\n"
    )


def test_etcd_needs_most_of_its_members(tanzu):
    for node in (FIRST, SECOND):
        tanzu.run(f"ssh {node} poweroff")
    tanzu.advance(5)
    assert tanzu.run("kubectl get nodes").stderr == "Unable to connect to the server: EOF\n"
    there = f"ssh {THIRD} kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://192.168.100.13:6443 get ns"
    assert "was refused" in tanzu.run(there).stderr
