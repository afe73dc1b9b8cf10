"""Topic upgrade-failure: kubeadm puts back the manifests of the node that it was working on, and only those.

Source: kubernetes.io, tasks/administer-cluster/kubeadm/kubeadm-upgrade (recovering from a failure state);
cmd/kubeadm/app/phases/upgrade/staticpods.go.
"""

import pytest

from kubelab.labs.bench._upgrading import REPOSITORY

MANIFESTS = "/etc/kubernetes/manifests"


@pytest.fixture
def prepared(console):
    """A control plane with kubeadm of the next version."""
    console.ok(f"ssh control-plane 'sed -i s#/v1.36/#/v1.37/# {REPOSITORY}; apt-get update'")
    console.ok("ssh control-plane 'apt-get install -y --allow-change-held-packages kubeadm=1.37.0-*'")
    return console


def give_flag(console, flag):
    """Puts an argument for the API server into kubeadm's configuration."""
    edit = f"sed 's/    apiServer: {{}}/    apiServer:\\n      extraArgs: [{{name: {flag}, value: \"1\"}}]/'"
    console.ok(f"kubectl -n kube-system get cm kubeadm-config -o yaml | {edit} | kubectl replace -f -")


def test_an_api_server_that_does_not_start_is_rolled_back(prepared):
    give_flag(prepared, "no-such-flag")
    failed = prepared.run("ssh control-plane kubeadm upgrade apply v1.37.0 -y")
    assert failed.exit == 1
    assert "couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state." in (
        failed.stderr
    )
    assert "failed to obtain static Pod hash for component kube-apiserver on Node control-plane" in failed.stderr
    prepared.advance(60)
    assert "Server Version: v1.36.2" in prepared.ok("kubectl version")
    images = prepared.ok(f"ssh control-plane 'grep -h image: {MANIFESTS}/*'").split()
    assert "registry.k8s.io/kube-apiserver:v1.36.2" in images
    assert "registry.k8s.io/etcd:3.7.0-0" in images  # what was upgraded well before stays
    assert "kubernetesVersion: v1.36.2" in prepared.ok("kubectl -n kube-system get cm kubeadm-config -o yaml")


def test_once_the_cause_is_gone_the_upgrade_goes_through(prepared):
    give_flag(prepared, "no-such-flag")
    prepared.run("ssh control-plane kubeadm upgrade apply v1.37.0 -y")
    prepared.advance(60)
    put_right = 'sed \'s/no-such-flag/profiling/; s/value: "1"/value: "false"/\''
    prepared.ok(f"kubectl -n kube-system get cm kubeadm-config -o yaml | {put_right} | kubectl replace -f -")
    assert "SUCCESS" in prepared.ok("ssh control-plane kubeadm upgrade apply v1.37.0 -y")
    assert "--profiling=false" in prepared.ok(f"ssh control-plane cat {MANIFESTS}/kube-apiserver.yaml")


def test_without_a_kubelet_no_component_is_restarted_and_the_old_manifest_returns(prepared):
    prepared.ok("ssh control-plane systemctl stop kubelet")
    failed = prepared.run("ssh control-plane kubeadm upgrade apply v1.37.0 -y")
    assert "static Pod hash for component etcd on Node control-plane did not change after 5m0s" in failed.stderr
    assert "etcd:3.6.8-0" in prepared.ok(f"ssh control-plane grep image: {MANIFESTS}/etcd.yaml")


def test_a_control_plane_that_is_not_ready_is_not_upgraded(prepared):
    prepared.ok("ssh control-plane systemctl stop kubelet")
    prepared.advance(70)
    told = prepared.fails("ssh control-plane kubeadm upgrade apply v1.37.0 -y")
    assert "[ERROR ControlPlaneNodesReady]: there are NotReady control-planes in the cluster: [control-plane]" in told


def test_kubeadms_backup_of_the_manifests_can_be_put_back_by_hand(prepared):
    prepared.ok("ssh control-plane kubeadm upgrade apply v1.37.0 -y")
    assert "kube-scheduler.yaml" in prepared.ok("ssh control-plane 'ls /etc/kubernetes/tmp/kubeadm-backup-manifests-*'")
    prepared.ok(
        f"ssh control-plane 'cp /etc/kubernetes/tmp/kubeadm-backup-manifests-*/kube-scheduler.yaml {MANIFESTS}/'"
    )
    prepared.advance(30)
    image = "kubectl -n kube-system get pod kube-scheduler-control-plane -o jsonpath={.spec.containers[0].image}"
    assert prepared.ok(image) == "registry.k8s.io/kube-scheduler:v1.36.2"


def test_the_state_from_before_comes_back_with_a_snapshot_of_etcd(prepared):
    pki = "/etc/kubernetes/pki/etcd"
    flags = f"--cacert {pki}/ca.crt --cert {pki}/server.crt --key {pki}/server.key"
    prepared.ok("kubectl create configmap before --from-literal=a=b")
    prepared.ok(f"ssh control-plane etcdctl {flags} --endpoints=https://127.0.0.1:2379 snapshot save /opt/before.db")
    prepared.ok("ssh control-plane kubeadm upgrade apply v1.37.0 -y")
    prepared.ok("kubectl delete configmap before")
    prepared.ok("ssh control-plane etcdutl snapshot restore /opt/before.db --data-dir /var/lib/etcd-before")
    prepared.ok(f"ssh control-plane 'sed -i \"s#path: /var/lib/etcd#&-before#\" {MANIFESTS}/etcd.yaml'")
    prepared.advance(60)
    assert prepared.ok("kubectl get configmap before --no-headers").split()[0] == "before"
    assert "kubernetesVersion: v1.36.2" in prepared.ok("kubectl -n kube-system get cm kubeadm-config -o yaml")
