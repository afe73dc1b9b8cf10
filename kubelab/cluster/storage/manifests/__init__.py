"""Manifests of storage drivers, at the addresses where their projects publish them.

`kubectl apply -f https://...` and curl get them from here, since the internet itself is not simulated.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_GITHUB = "https://raw.githubusercontent.com"
_NFS = f"{_GITHUB}/kubernetes-sigs/nfs-subdir-external-provisioner/master/deploy"
PUBLISHED = {
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
    return (files(__package__) / f"{name}.yaml").read_text()
