"""What provisioners make volumes of: directories of an NFS export, directories on nodes, disks of a storage array.

Source: kubernetes-sigs/nfs-subdir-external-provisioner, cmd/nfs-subdir-external-provisioner/provisioner.go;
rancher/local-path-provisioner, provisioner.go; kubernetes-sigs/vsphere-csi-driver, pkg/csi/service.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubelab.cluster.files import FileError
from kubelab.cluster.kinds import Node
from kubelab.cluster.kinds.storage import class_name
from kubelab.cluster.layers import copy, erase
from kubelab.cluster.node import csi, machinefiles, snapshots
from kubelab.cluster.objects import Key, Object, annotations_of, labels_of
from kubelab.cluster.storage import binding

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

NFS_SUBDIR = "k8s-sigs.io/nfs-subdir-external-provisioner"
LOCAL_PATH = "rancher.io/local-path"
VSPHERE = "csi.vsphere.vmware.com"
HOSTNAME = "kubernetes.io/hostname"


class Refused(Exception):
    """Why a volume cannot be made or removed."""


class Backend:
    """How one provisioner makes volumes.

    Attributes:
        seconds: how long that takes, at the least and at the most.
        makes_blocks: whether it makes volumes that are devices.
    """

    seconds = (0.05, 0.4)
    makes_blocks = True

    def make(self, view: Container, claim: Object, storageclass: Object, volume: Object) -> None:
        """Makes a volume and writes into its object where it is.

        Raises:
            Refused: it cannot be made.
        """
        raise NotImplementedError

    def remove(self, view: Container, volume: Object) -> None:
        """Removes what a volume holds.

        Raises:
            Refused: it cannot be removed.
        """
        raise NotImplementedError


class NfsSubdir(Backend):
    """A directory for each claim below the export that the provisioner's own Pod has mounted."""

    mount_point = "/persistentvolumes"
    makes_blocks = False

    def make(self, view: Container, claim: Object, storageclass: Object, volume: Object) -> None:
        """Makes the directory `<namespace>-<claim>-<volume>`, or what the class's pathPattern says."""
        if claim["spec"].get("selector"):
            raise Refused("claim Selector is not supported")
        metadata = claim["metadata"]
        directory = f"{metadata['namespace']}-{metadata['name']}-{volume['metadata']['name']}"
        pattern = (storageclass.get("parameters") or {}).get("pathPattern")
        if pattern:
            directory = _filled(pattern, claim).strip("/") or directory
        try:
            view.files.mkdir(f"{self.mount_point}/{directory}", 0o777, parents=True)
            view.files.chmod(f"{self.mount_point}/{directory}", 0o777)
        except FileError as error:
            raise Refused(
                f"unable to create directory to provision new pv: mkdir {self.mount_point}/{directory}: "
                f"{error.reason.lower()}"
            ) from None
        path = view.env.get("NFS_PATH", "").rstrip("/")
        volume["spec"]["nfs"] = {"server": view.env.get("NFS_SERVER", ""), "path": f"{path}/{directory}"}

    def remove(self, view: Container, volume: Object) -> None:
        """Removes the directory, or keeps it under another name: what the class's onDelete and archiveOnDelete say."""
        directory = volume["spec"]["nfs"]["path"].removeprefix(view.env.get("NFS_PATH", "").rstrip("/")).strip("/")
        path = f"{self.mount_point}/{directory}"
        if not view.files.exists(path):
            return
        storageclass = view.cluster.store.get(f"/registry/storageclasses/{class_name(volume)}") or {}
        parameters = storageclass.get("parameters") or {}
        on_delete = parameters.get("onDelete", "")
        if on_delete == "retain":
            return
        if on_delete == "delete" or (not on_delete and parameters.get("archiveOnDelete") == "false"):
            view.files.remove_tree(path)
            return
        view.files.rename(path, f"{self.mount_point}/archived-{directory.rpartition('/')[2]}")


def _filled(pattern: str, claim: Object) -> str:
    """Fills ${.PVC.namespace}, ${.PVC.name}, ${.PVC.labels.x} and ${.PVC.annotations.x} into a pathPattern."""
    metadata = claim["metadata"]

    def value(match: re.Match[str]) -> str:
        field, _, name = match[1].partition(".")
        found = metadata.get(field, "")
        return str(found.get(name, "")) if isinstance(found, dict) else str(found)

    return re.sub(r"\$\{\.PVC\.((?:labels|annotations)\.[^}]*|\w+)\}", value, pattern)


class LocalPath(Backend):
    """A directory on the node that the scheduler chose for the claim's first Pod."""

    seconds = (3.2, 5.0)  # a helper Pod makes it
    root = "/opt/local-path-provisioner"

    def make(self, view: Container, claim: Object, storageclass: Object, volume: Object) -> None:
        """Makes the directory `<volume>_<namespace>_<claim>` on the node."""
        metadata, spec = claim["metadata"], volume["spec"]
        if claim["spec"].get("selector"):
            raise Refused("claim.Spec.Selector is not supported")
        if not set(spec["accessModes"]) <= {"ReadWriteOnce", "ReadWriteOncePod"}:
            raise Refused("NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes")
        node = annotations_of(claim).get(binding.SELECTED_NODE)
        if not node:
            raise Refused("configuration error, no node was specified")
        name = volume["metadata"]["name"]
        path = f"{self.root}/{name}_{metadata['namespace']}_{metadata['name']}"
        machinefiles.of(view.cluster, node).mkdir(path, 0o777, parents=True)
        volume["metadata"]["annotations"]["local.path.provisioner/selected-node"] = node
        spec["hostPath"] = {"path": path, "type": "DirectoryOrCreate"}
        host = labels_of(view.cluster.store.get(Node.path(Key("", node))) or {"metadata": {}}).get(HOSTNAME, node)
        matches = {"key": HOSTNAME, "operator": "In", "values": [host]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [matches]}]}}

    def remove(self, view: Container, volume: Object) -> None:
        """Removes the directory on the node."""
        node = annotations_of(volume).get("local.path.provisioner/selected-node", "")
        files, path = machinefiles.of(view.cluster, node), volume["spec"]["hostPath"]["path"]
        if files.exists(path):
            files.remove_tree(path)


class Vsan(Backend):
    """Disks of vSAN: vSphere's CSI driver makes one for each claim."""

    seconds = (1.2, 2.8)

    def make(self, view: Container, claim: Object, storageclass: Object, volume: Object) -> None:
        """Makes a disk, or for many writers a share of vSAN's file service."""
        spec, many = volume["spec"], {"ReadWriteMany", "ReadOnlyMany"} & set(volume["spec"]["accessModes"])
        if many and spec["volumeMode"] == "Block":
            raise Refused(
                "rpc error: code = InvalidArgument desc = Volume capabilities are not supported. "
                "Err: file volume with volumeMode Block is not supported"
            )
        try:
            tree = snapshots.source_tree(view.cluster, claim)
        except snapshots.DataSourceError as error:
            raise Refused(str(error)) from None
        uid = claim["metadata"]["uid"]
        random = view.cluster.random
        handle = f"file:{random.uid('volume', uid)}" if many else random.uid("volume", uid)
        born, process = int(view.started * 1000), random.index(10000, "driver", view.id)
        spec["csi"] = {
            "driver": VSPHERE,
            "volumeHandle": handle,
            "volumeAttributes": {
                "storage.kubernetes.io/csiProvisionerIdentity": f"{born}-{process}-{VSPHERE}",
                "type": "vSphere CNS File Volume" if many else "vSphere CNS Block Volume",
            },
        }
        if spec["volumeMode"] == "Filesystem":
            spec["csi"]["fsType"] = (
                "nfs4" if many else (storageclass.get("parameters") or {}).get("csi.storage.k8s.io/fstype", "ext4")
            )
        if tree is not None:
            copy(view.cluster.store, tree, csi.disk_name(handle))
        volume["metadata"]["finalizers"] = ["external-provisioner.volume.kubernetes.io/finalizer"]

    def remove(self, view: Container, volume: Object) -> None:
        """Removes the disk with all that is on it."""
        erase(view.cluster.store, csi.disk_name(volume["spec"]["csi"]["volumeHandle"]))


_BACKENDS: dict[str, Backend] = {LOCAL_PATH: LocalPath(), VSPHERE: Vsan()}
_ANY_NAME = NfsSubdir()  # its provisioner has the name that PROVISIONER_NAME gives it


def backend_of(driver: str) -> Backend | None:
    """Returns what a provisioner makes volumes of."""
    return _BACKENDS.get(driver, _ANY_NAME)
