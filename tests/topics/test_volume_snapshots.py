"""Snapshots: a volume as it was at a moment, from which a new claim begins.

Source: kubernetes.io, concepts/storage/{volume-snapshots,volume-pvc-datasource}; kubernetes-csi/external-snapshotter.
"""

import pytest

from tests.console import Console
from tests.topics.storage import RAW, VSPHERE, apply, by_claim, claim, phase, pod, running, storage_class, told, until

PROJECT = f"{RAW}/kubernetes-csi/external-snapshotter/master"
CRDS = " ".join(
    f"-f {PROJECT}/client/config/crd/snapshot.storage.k8s.io_{plural}.yaml"
    for plural in ("volumesnapshotclasses", "volumesnapshotcontents", "volumesnapshots")
)
CONTROLLER = " ".join(
    f"-f {PROJECT}/deploy/kubernetes/snapshot-controller/{file}-snapshot-controller.yaml" for file in ("rbac", "setup")
)
CLASS = """
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotClass
metadata: {name: vsan}
driver: csi.vsphere.vmware.com
deletionPolicy: Delete
"""
SNAPSHOT = """
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: {name: before}
spec: {volumeSnapshotClassName: vsan, source: {persistentVolumeClaimName: data}}
"""
FROM_SNAPSHOT = (
    "storageClassName: vsan\n  dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: before}"
)


@pytest.fixture
def vsan() -> Console:
    console = Console()
    console.ok(f"kubectl apply -f {VSPHERE}; kubectl apply {CRDS}")
    console.advance(2)
    console.ok(f"kubectl apply {CONTROLLER}")
    apply(console, storage_class("vsan", "csi.vsphere.vmware.com"), CLASS)
    apply(console, claim("data", modes="[ReadWriteOnce]", more="storageClassName: vsan"), pod("web", by_claim("data")))
    running(console, "web")
    console.ok("kubectl exec web -- sh -c 'echo one > /data/note'")
    return console


def ready(console):
    return phase(console, "vs", "before", "{.status.readyToUse}") == "true"


def test_a_claim_begins_with_what_the_snapshot_held(vsan):
    apply(vsan, SNAPSHOT)
    until(vsan, lambda: ready(vsan))
    assert vsan.ok("kubectl get vs --no-headers").split()[:4] == ["before", "true", "data", "1Gi"]
    assert "SnapshotReady: Snapshot default/before is ready to use." in told(vsan, "VolumeSnapshot", "before")
    vsan.ok("kubectl exec web -- sh -c 'echo two > /data/note'")
    apply(vsan, claim("again", modes="[ReadWriteOnce]", more=FROM_SNAPSHOT), pod("old", by_claim("again")))
    running(vsan, "old")
    assert vsan.ok("kubectl exec old -- cat /data/note") == "one\n"
    assert vsan.ok("kubectl exec web -- cat /data/note") == "two\n"
    vsan.ok("kubectl delete vs before")
    vsan.advance(5)
    assert vsan.ok("kubectl get vs,vsc --ignore-not-found") == ""


def test_a_claim_waits_for_the_snapshot_and_a_snapshot_for_its_class(vsan):
    apply(vsan, claim("again", modes="[ReadWriteOnce]", more=FROM_SNAPSHOT))
    vsan.advance(5)
    missing = (
        'error getting snapshot before from api server: volumesnapshots.snapshot.storage.k8s.io "before" not found'
    )
    assert any(missing in message for message in told(vsan, "PersistentVolumeClaim", "again"))
    apply(vsan, SNAPSHOT.replace("volumeSnapshotClassName: vsan", "volumeSnapshotClassName: gold"))
    vsan.advance(2)
    assert 'volumesnapshotclass.snapshot.storage.k8s.io "gold" not found' in phase(
        vsan, "vs", "before", "{.status.error.message}"
    )


def test_a_claim_may_be_a_copy_of_another(vsan):
    source = "storageClassName: vsan\n  dataSource: {kind: PersistentVolumeClaim, name: data}"
    apply(vsan, claim("copy", modes="[ReadWriteOnce]", more=source), pod("twin", by_claim("copy")))
    running(vsan, "twin")
    assert vsan.ok("kubectl exec twin -- cat /data/note") == "one\n"


def test_a_kept_snapshot_outlives_its_objects_and_is_taken_up_again_by_its_handle(vsan):
    keep = CLASS.replace("{name: vsan}", "{name: keep}").replace("deletionPolicy: Delete", "deletionPolicy: Retain")
    apply(vsan, keep, SNAPSHOT.replace("ClassName: vsan", "ClassName: keep"))
    until(vsan, lambda: ready(vsan))
    handle = phase(vsan, "vsc", "", "{.items[0].status.snapshotHandle}")
    vsan.ok("kubectl delete vs before")
    vsan.ok("kubectl delete vsc --all")
    content = f"""
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotContent
metadata: {{name: kept}}
spec:
  driver: csi.vsphere.vmware.com
  deletionPolicy: Delete
  source: {{snapshotHandle: {handle}}}
  volumeSnapshotRef: {{name: before, namespace: default}}
"""
    apply(vsan, content, SNAPSHOT.replace("volumeSnapshotClassName: vsan, ", "").replace(
        "persistentVolumeClaimName: data", "volumeSnapshotContentName: kept"))  # fmt: skip
    until(vsan, lambda: ready(vsan))
    apply(vsan, claim("again", modes="[ReadWriteOnce]", more=FROM_SNAPSHOT), pod("old", by_claim("again")))
    running(vsan, "old")
    assert vsan.ok("kubectl exec old -- cat /data/note") == "one\n"


def test_what_a_snapshot_is_of_has_to_be_said_and_other_sources_are_left_to_populators(vsan):
    vsan.write("bad.yaml", SNAPSHOT.replace("persistentVolumeClaimName: data", ""))
    why = '"spec.source" must validate one and only one schema (oneOf). Found none valid'
    assert why in vsan.fails("kubectl create -f bad.yaml")
    source = "dataSourceRef: {apiGroup: hello.example.com, kind: Hello, name: x}"
    apply(vsan, claim("filled", modes="[ReadWriteOnce]", more=f"storageClassName: vsan\n  {source}"))
    vsan.advance(5)
    told_of_it = "Provisioning: Assuming an external populator will provision the volume"
    assert told_of_it in told(vsan, "PersistentVolumeClaim", "filled")
