"""Images of storage drivers: the NFS subdir provisioner, the local path provisioner, vSphere's CSI driver, sidecars.

Source: the projects' own manifests.
"""

from __future__ import annotations

from kubelab.cluster.node.image import Image
from kubelab.cluster.node.programs import storage
from kubelab.cluster.node.programs.storage import Driver

PROVISIONER, ATTACHER, RESIZER = storage.sidecar("provisioner"), storage.sidecar("attacher"), storage.sidecar("resizer")
SNAPSHOTTER, PROBE = storage.sidecar("snapshotter"), storage.sidecar("")
REGISTRAR = storage.sidecar("registrar", process=storage.REGISTRAR)


def _sidecar(name: str, program: Driver, size: float) -> Image:
    return Image(
        repository=f"registry.k8s.io/sig-storage/{name}", size=size, entrypoint=(f"/{name}",), programs={name: program}
    )


IMAGES = [
    Image(
        repository="registry.k8s.io/sig-storage/nfs-subdir-external-provisioner",
        size=17.9,
        entrypoint=("/nfs-subdir-external-provisioner",),
        programs={"nfs-subdir-external-provisioner": storage.NFS_SUBDIR},
    ),
    Image(
        repository="docker.io/rancher/local-path-provisioner",
        size=17.7,
        entrypoint=("local-path-provisioner",),
        base="alpine",
        programs={"local-path-provisioner": storage.LOCAL_PATH},
    ),
    _sidecar("csi-provisioner", PROVISIONER, 29.0),
    _sidecar("csi-attacher", ATTACHER, 27.0),
    _sidecar("csi-resizer", RESIZER, 27.0),
    _sidecar("csi-snapshotter", SNAPSHOTTER, 27.0),
    _sidecar("snapshot-controller", storage.SNAPSHOT_CONTROLLER, 27.0),
    _sidecar("csi-node-driver-registrar", REGISTRAR, 11.0),
    _sidecar("livenessprobe", PROBE, 13.0),
    Image(
        repository="registry.k8s.io/csi-vsphere/driver",
        size=113.0,
        entrypoint=("/bin/vsphere-csi",),
        programs={"vsphere-csi": storage.VSPHERE},
    ),
    Image(
        repository="registry.k8s.io/csi-vsphere/syncer",
        size=110.0,
        entrypoint=("/bin/vsphere-syncer",),
        programs={"vsphere-syncer": storage.VSPHERE},
    ),
]
