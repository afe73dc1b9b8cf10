"""Manifests of storage drivers, at the addresses where their projects publish them.

`kubectl apply -f https://...` and curl get them from here, since the internet itself is not simulated.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_GITHUB = "https://raw.githubusercontent.com"
_NFS = f"{_GITHUB}/kubernetes-sigs/nfs-subdir-external-provisioner/master/deploy"
_SNAPSHOTS = f"{_GITHUB}/kubernetes-csi/external-snapshotter/master"
PUBLISHED = {
    f"{_SNAPSHOTS}/client/config/crd/snapshot.storage.k8s.io_volumesnapshotclasses.yaml": "snapshot-crds/0",
    f"{_SNAPSHOTS}/client/config/crd/snapshot.storage.k8s.io_volumesnapshotcontents.yaml": "snapshot-crds/1",
    f"{_SNAPSHOTS}/client/config/crd/snapshot.storage.k8s.io_volumesnapshots.yaml": "snapshot-crds/2",
    f"{_SNAPSHOTS}/deploy/kubernetes/snapshot-controller/rbac-snapshot-controller.yaml": "snapshot-controller/0",
    f"{_SNAPSHOTS}/deploy/kubernetes/snapshot-controller/setup-snapshot-controller.yaml": "snapshot-controller/1",
    f"{_NFS}/rbac.yaml": "nfs-rbac",
    f"{_NFS}/deployment.yaml": "nfs-deployment",
    f"{_NFS}/class.yaml": "nfs-class",
    f"{_GITHUB}/rancher/local-path-provisioner/master/deploy/local-path-storage.yaml": "local-path-storage",
    f"{_GITHUB}/rancher/local-path-provisioner/v0.0.32/deploy/local-path-storage.yaml": "local-path-storage",
    f"{_GITHUB}/kubernetes-sigs/vsphere-csi-driver/v3.5.0/manifests/vanilla/vsphere-csi-driver.yaml": (
        "vsphere-csi-driver"
    ),
    f"{_GITHUB}/kubernetes-sigs/vsphere-csi-driver/master/manifests/vanilla/vsphere-csi-driver.yaml": (
        "vsphere-csi-driver"
    ),
}


def published(url: str) -> str | None:
    """Returns the manifest that is published at an address, None where there is none."""
    name = PUBLISHED.get(url.replace("http://", "https://", 1))
    return _text(name) if name else None


@cache
def _text(name: str) -> str:
    """Returns a file, or what "file/number" names: a document of it, or for the controller its rights or itself."""
    file, _, part = name.partition("/")
    text = (files(__package__) / f"{file}.yaml").read_text()
    documents = text.split("---\n")
    if file == "snapshot-controller":
        return "---\n".join(documents[:-1] if part == "0" else documents[-1:])
    return documents[int(part)] if part else text
