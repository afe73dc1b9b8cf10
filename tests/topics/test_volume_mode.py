"""Topic volume-mode: a file system, or a raw block device.

Source: kubernetes.io, concepts/storage/persistent-volumes (volume mode, raw block volume support).
"""

from tests.topics.storage import (
    NFS,
    NFS_DEPLOY,
    apply,
    by_claim,
    claim,
    nfs_volume,
    phase,
    pod,
    running,
    storage_class,
    told,
    volume,
)

NODE = (
    "nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: "
    "[{key: kubernetes.io/hostname, operator: In, values: [worker-1]}]}]}}"
)
DEVICE = "volumeDevices: [{name: data, devicePath: /dev/xvda}]"


def raw(console):
    console.ok("ssh worker-1 touch /dev/sdb")
    apply(
        console, volume("disk", "local: {path: /dev/sdb}", modes="[ReadWriteOnce]", more=f"volumeMode: Block\n  {NODE}")
    )
    apply(console, claim("data", modes="[ReadWriteOnce]", more="volumeMode: Block"))
    console.advance(20)
    assert phase(console, "pvc", "data") == "Bound"


def test_a_block_claim_is_a_device_in_the_container(console):
    raw(console)
    apply(console, pod("web", by_claim("data"), mount=DEVICE))
    running(console, "web")
    console.ok("kubectl exec web -- sh -c 'echo superblock > /dev/xvda'")
    console.ok("kubectl delete pod web")
    apply(console, pod("web", by_claim("data"), mount=DEVICE))
    running(console, "web")
    assert console.ok("kubectl exec web -- cat /dev/xvda") == "superblock\n"
    assert console.ok("kubectl get pvc -o wide --no-headers").split()[-1] == "Block"


def test_a_device_cannot_be_mounted_and_a_file_system_is_no_device(console):
    raw(console)
    apply(console, nfs_volume("files"), claim("plain"))
    apply(console, pod("mounts", by_claim("data")), pod("devices", by_claim("plain"), mount=DEVICE))
    console.advance(5)
    start = "FailedMount: Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed"
    why = f"{start} to process volumes=[data]: volume data has volumeMode"
    assert f"{why} Block, but is specified in volumeMounts" in told(console, "Pod", "mounts")
    assert f"{why} Filesystem, but is specified in volumeDevices" in told(console, "Pod", "devices")


def test_a_claim_and_a_volume_of_different_modes_do_not_match(console):
    apply(console, nfs_volume("files"), claim("data", more="volumeMode: Block"),
          claim("named", more="volumeMode: Block\n  volumeName: files"))  # fmt: skip
    console.advance(1)
    assert phase(console, "pvc", "data") == "Pending"
    assert 'VolumeMismatch: Cannot bind to requested volume "files": incompatible volumeMode' in told(
        console, "PersistentVolumeClaim", "named"
    )
    console.write("bad.yaml", claim("bad", more="volumeMode: Disk"))
    assert 'spec.volumeMode: Unsupported value: "Disk": supported values: "Block", "Filesystem"' in console.fails(
        "kubectl apply -f bad.yaml"
    )


def test_a_provisioner_of_directories_makes_no_devices(console):
    console.ok(f"kubectl apply -f {NFS_DEPLOY}/rbac.yaml")
    deployment = console.ok(f"curl -s {NFS_DEPLOY}/deployment.yaml")
    for old, new in (("10.3.243.101", NFS), ("/ifs/kubernetes", "/srv/nfs/storage")):
        deployment = deployment.replace(old, new)
    name = "k8s-sigs.io/nfs-subdir-external-provisioner"
    device = claim("disk", more="storageClassName: nfs\n  volumeMode: Block")
    apply(console, deployment, storage_class("nfs", name), device)
    console.advance(20)
    assert phase(console, "pvc", "disk") == "Pending"
    why = f"ProvisioningFailed: {name} does not support block volume provisioning"
    assert why in told(console, "PersistentVolumeClaim", "disk")
