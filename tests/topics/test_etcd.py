"""Topic etcd: the cluster's state as keys, a snapshot of it, and the way back.

Source: kubernetes.io, tasks/administer-cluster/configure-upgrade-etcd; etcd.io, docs/v3.6/op-guide/recovery.
"""

import pytest

from tests.console import Console

PKI = "/etc/kubernetes/pki/etcd"
FLAGS = f"--endpoints=https://127.0.0.1:2379 --cacert={PKI}/ca.crt --cert={PKI}/server.crt --key={PKI}/server.key"


def etcdctl(console, command):
    return console.run(f"ssh control-plane 'ETCDCTL_API=3 etcdctl {FLAGS} {command}'")


def test_everything_the_api_serves_is_a_key(console):
    console.ok("kubectl create configmap greeting --from-literal=word=hello")
    listed = etcdctl(console, "get /registry/configmaps/default --prefix --keys-only").stdout
    assert "/registry/configmaps/default/greeting\n\n" in listed
    keys = etcdctl(console, "get / --prefix --keys-only").stdout.split()
    assert {"/registry/minions/worker-1", "/registry/services/specs/default/kubernetes"} <= set(keys)
    value = etcdctl(console, "get /registry/configmaps/default/greeting --print-value-only").stdout
    assert value.startswith("k8s\0")
    assert "hello" in value


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("", "error reading server preface: EOF"),
        (f"--endpoints=https://127.0.0.1:2379 --cacert={PKI}/ca.crt", "tls: certificate required"),
        ("--endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/ca.crt", "signed by unknown authority"),
        ("--endpoints=https://127.0.0.1:2378", "connection refused"),
    ],
)
def test_etcd_answers_only_who_shows_a_certificate_of_its_authority(console, flags, told):
    refused = console.run(f"ssh control-plane 'etcdctl {flags} member list'")
    assert refused.exit == 1
    assert told in refused.stderr
    assert refused.stderr.endswith("\nError: context deadline exceeded\n")


def test_members_and_endpoints(console):
    assert etcdctl(console, "member list").stdout.endswith(
        ", started, control-plane, https://192.168.100.11:2380, https://192.168.100.11:2379, false\n"
    )
    assert (
        "https://127.0.0.1:2379 is healthy: successfully committed proposal: took = "
        in etcdctl(console, "endpoint health").stdout
    )
    assert "| IS LEADER |" in etcdctl(console, "endpoint status -w table").stdout


def test_what_was_deleted_comes_back_with_a_snapshot(console):
    console.ok("kubectl create deployment web --image=nginx --replicas=2")
    console.advance(20)
    assert "Snapshot saved at /opt/snapshot.db" in etcdctl(console, "snapshot save /opt/snapshot.db").stdout
    status = console.ok("ssh control-plane etcdutl snapshot status /opt/snapshot.db -w table")
    assert "HASH" in status and "| REVISION | TOTAL KEYS | TOTAL SIZE | VERSION |" in status
    console.ok("kubectl delete deployment web")
    console.ok("kubectl create configmap later --from-literal=a=b")
    console.advance(40)
    restored = "/var/lib/etcd-restored"
    console.ok(f"ssh control-plane etcdutl snapshot restore /opt/snapshot.db --data-dir {restored}")
    manifest = "/etc/kubernetes/manifests/etcd.yaml"
    console.ok(f"ssh control-plane 'sed -i \"s#path: /var/lib/etcd\\$#path: {restored}#\" {manifest}'")
    console.advance(60)
    assert console.ok("kubectl get deploy web --no-headers").split()[1] == "2/2"
    assert "not found" in console.fails("kubectl get configmap later")
    assert console.ok("kubectl get nodes --no-headers | awk '{print $2}' | sort -u") == "Ready\n"


def test_restoring_in_place_needs_the_old_directory_out_of_the_way(console):
    etcdctl(console, "snapshot save /opt/snapshot.db")
    console.ok("kubectl create namespace after")
    told = console.fails("ssh control-plane etcdutl snapshot restore /opt/snapshot.db --data-dir /var/lib/etcd")
    assert told == 'Error: data-dir "/var/lib/etcd" not empty or could not be read\n'
    for line in (
        "mv /etc/kubernetes/manifests/etcd.yaml /root/",
        "mv /var/lib/etcd /var/lib/etcd.old",
        "etcdutl snapshot restore /opt/snapshot.db --data-dir /var/lib/etcd",
        "mv /root/etcd.yaml /etc/kubernetes/manifests/",
    ):
        console.ok(f"ssh control-plane '{line}'")
        console.advance(5)
    console.advance(40)
    assert "not found" in console.fails("kubectl get namespace after")
    # The old directory still holds the later state.
    for line in (
        "mv /etc/kubernetes/manifests/etcd.yaml /root/",
        "rm -r /var/lib/etcd",
        "mv /var/lib/etcd.old /var/lib/etcd",
        "mv /root/etcd.yaml /etc/kubernetes/manifests/",
    ):
        console.ok(f"ssh control-plane '{line}'")
        console.advance(5)
    console.advance(40)
    assert console.ok("kubectl get namespace after --no-headers").split()[:2] == ["after", "Active"]


def test_deleting_a_key_deletes_the_object_without_asking_anybody(console):
    console.ok("kubectl create configmap greeting --from-literal=word=hello")
    assert etcdctl(console, "del /registry/configmaps/default/greeting").stdout == "1\n"
    assert "not found" in console.fails("kubectl get configmap greeting")


def test_older_clusters_restore_with_etcdctl_and_are_told_of_etcdutl():
    console = Console("three-nodes", "1.32")
    etcdctl(console, "snapshot save /opt/snapshot.db")
    restored = etcdctl(console, "snapshot restore /opt/snapshot.db --data-dir /var/lib/other")
    assert "Deprecated: Use `etcdutl snapshot restore` instead." in restored.stderr
    assert console.ok("ssh control-plane ls /var/lib/other") == "member\n"
