"""Topic access-modes: who may have a volume at the same time, and who says no: attachments, the scheduler, the kubelet.

Source: kubernetes.io, concepts/storage/persistent-volumes (access modes); KEP-2485 (ReadWriteOncePod).
"""

import pytest

from tests.console import Console
from tests.topics.storage import (
    VSPHERE,
    apply,
    by_claim,
    claim,
    nfs_volume,
    phase,
    pod,
    running,
    storage_class,
    told,
    until,
)

CLASS = storage_class("vsan", "csi.vsphere.vmware.com")


@pytest.fixture
def vsan() -> Console:
    console = Console()
    console.ok(f"kubectl apply -f {VSPHERE}")
    apply(console, CLASS)
    until(console, lambda: console.ok("kubectl get csinodes --no-headers --ignore-not-found").count(" 1 ") == 3)
    return console


def two_pods(console, modes, nodes=("worker-1", "worker-2")):
    apply(console, claim("data", modes=f"[{modes}]", more="storageClassName: vsan"))
    until(console, lambda: phase(console, "pvc", "data") == "Bound")
    apply(console, pod("one", by_claim("data"), more=f"nodeName: {nodes[0]}"))
    running(console, "one")
    apply(console, pod("two", by_claim("data"), more=f"nodeName: {nodes[1]}"))
    console.advance(20)


def test_a_disk_for_one_node_is_refused_to_another(vsan):
    two_pods(vsan, "ReadWriteOnce")
    volume = phase(vsan, "pvc", "data", "{.spec.volumeName}")
    assert vsan.ok("kubectl get pod two --no-headers").split()[2] == "ContainerCreating"
    assert f'FailedAttachVolume: Multi-Attach error for volume "{volume}" Volume is already used by pod(s) one' in told(
        vsan, "Pod", "two"
    )
    rows = vsan.ok("kubectl get volumeattachments --no-headers").splitlines()
    assert [row.split()[1:5] for row in rows] == [["csi.vsphere.vmware.com", volume, "worker-1", "true"]]
    vsan.ok("kubectl delete pod one")
    running(vsan, "two")
    assert f'SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "{volume}"' in told(vsan, "Pod", "two")
    assert vsan.ok("kubectl get volumeattachments --no-headers").split()[3] == "worker-2"


def test_on_one_node_two_pods_share_it(vsan):
    two_pods(vsan, "ReadWriteOnce", ("worker-1", "worker-1"))
    assert phase(vsan, "pod", "two") == "Running"
    vsan.ok("kubectl exec one -- sh -c 'echo 1 > /data/x'")
    assert vsan.ok("kubectl exec two -- cat /data/x") == "1\n"


def test_a_volume_for_many_is_on_both_nodes(vsan):
    two_pods(vsan, "ReadWriteMany")
    assert phase(vsan, "pod", "two") == "Running"


def test_a_claim_for_one_pod_is_refused_by_the_scheduler_and_by_the_kubelet(console):
    apply(console, nfs_volume("team", modes="[ReadWriteOncePod]"), claim("data", modes="[ReadWriteOncePod]"))
    apply(console, pod("one", by_claim("data")))
    running(console, "one")
    node = phase(console, "pod", "one", "{.spec.nodeName}")
    apply(console, pod("two", by_claim("data")), pod("three", by_claim("data"), more=f"nodeName: {node}"))
    console.advance(5)
    assert phase(console, "pod", "two") == "Pending"
    taken = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
    assert any(f"2 {taken}" in message for message in told(console, "Pod", "two"))
    in_use = (
        'FailedMount: MountVolume.SetUp failed for volume "team" : '
        "volume uses the ReadWriteOncePod access mode and is already in use by another pod"
    )
    assert in_use in told(console, "Pod", "three")


def test_nfs_does_not_enforce_read_write_once(console):
    apply(console, nfs_volume("team", modes="[ReadWriteOnce]"), claim("data", modes="[ReadWriteOnce]"))
    apply(console, pod("one", by_claim("data"), more="nodeName: worker-1"),
          pod("two", by_claim("data"), more="nodeName: worker-2"))  # fmt: skip
    running(console, "one")
    running(console, "two")


def test_a_group_gets_a_disk_that_it_may_write_to(vsan):
    apply(vsan, claim("data", modes="[ReadWriteOnce]", more="storageClassName: vsan"))
    apply(vsan, pod("plain", by_claim("data"), more="securityContext: {runAsUser: 1000}\n  nodeName: worker-1"))
    until(vsan, lambda: phase(vsan, "pod", "plain") == "Running")
    assert "Permission denied" in vsan.fails("kubectl exec plain -- touch /data/a")
    vsan.ok("kubectl delete pod plain")
    apply(vsan, pod("owner", by_claim("data"), more="securityContext: {runAsUser: 1000, fsGroup: 2000}"))
    running(vsan, "owner")
    vsan.ok("kubectl exec owner -- touch /data/a")
    assert vsan.ok("kubectl exec owner -- stat -c '%a %g' /data") == "2775 2000\n"


def test_each_node_says_which_csi_drivers_it_has(console):
    nodes = [line.split()[:2] for line in console.ok("kubectl get csinodes --no-headers").splitlines()]
    assert nodes == [["control-plane", "0"], ["worker-1", "0"], ["worker-2", "0"]]
