"""A Pod whose volumes are being made has its place kept: others count it, and it is bound where it was to go.

Source: pkg/scheduler/framework/plugins/volumebinding (Reserve, PreBind); KEP-1472 (storage capacity).
"""

from tests.topics.storage import apply, by_claim, claim, phase, pod, running, storage_class, told, until

LATE = storage_class("late", "example.com/nobody", "volumeBindingMode: WaitForFirstConsumer")
HALF = "resources: {requests: {cpu: 1500m}}\n    "
MOUNT = "volumeMounts: [{name: data, mountPath: /data}]"


def large(name, volume, node=""):
    """A Pod that leaves no room on a node for another of its kind."""
    more = f"nodeSelector: {{kubernetes.io/hostname: {node}}}" if node else ""
    return pod(name, volume, more=more, mount=HALF + MOUNT)


def waiting(console):
    apply(console, LATE, claim("data", modes="[ReadWriteOnce]", more="storageClassName: late"),
          large("first", by_claim("data"), "worker-1"))  # fmt: skip
    console.advance(2)


def test_its_room_is_kept_while_the_volume_is_made(console):
    waiting(console)
    node = "{.metadata.annotations.volume\\.kubernetes\\.io/selected-node}"
    assert phase(console, "pvc", "data", node) == "worker-1"
    apply(console, large("second", "emptyDir: {}", "worker-1"))
    console.advance(2)
    assert any("1 Insufficient cpu" in line for line in told(console, "Pod", "second"))
    console.ok("kubectl delete pod first")
    running(console, "second")


def test_it_goes_to_the_node_that_its_volume_was_made_for(console):
    waiting(console)
    apply(console, f"""
apiVersion: v1
kind: PersistentVolume
metadata: {{name: made}}
spec:
  capacity: {{storage: 1Gi}}
  accessModes: [ReadWriteOnce]
  storageClassName: late
  claimRef: {{namespace: default, name: data, uid: {phase(console, "pvc", "data", "{.metadata.uid}")}}}
  hostPath: {{path: /srv/made}}
""")  # fmt: skip
    running(console, "first")
    assert phase(console, "pod", "first", "{.spec.nodeName}") == "worker-1"


def test_when_its_maker_takes_the_node_back_it_is_scheduled_anew(console):
    waiting(console)
    console.ok("kubectl annotate pvc data volume.kubernetes.io/selected-node-")
    console.advance(1)
    failed = 'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "data"'
    assert f"FailedScheduling: {failed}" in told(console, "Pod", "first")
    node = "{.metadata.annotations.volume\\.kubernetes\\.io/selected-node}"
    until(console, lambda: phase(console, "pvc", "data", node) == "worker-1")


DRIVER = """
apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: {name: nobody.example.com}
spec: {storageCapacity: true}
---
apiVersion: storage.k8s.io/v1
kind: CSIStorageCapacity
metadata: {name: here}
storageClassName: late
capacity: 5Gi
nodeTopology: {matchLabels: {kubernetes.io/hostname: worker-2}}
"""


def test_a_driver_that_reports_its_room_gets_no_pod_where_there_is_too_little(console):
    more = "storageClassName: late"
    apply(console, DRIVER, LATE.replace("example.com/nobody", "nobody.example.com"),
          claim("small", more=more), claim("big", size="9Gi", more=more),
          pod("a", by_claim("small")), pod("b", by_claim("big")))  # fmt: skip
    console.advance(2)
    node = "{.metadata.annotations.volume\\.kubernetes\\.io/selected-node}"
    assert phase(console, "pvc", "small", node) == "worker-2"
    assert any("2 node(s) did not have enough free storage" in line for line in told(console, "Pod", "b"))
