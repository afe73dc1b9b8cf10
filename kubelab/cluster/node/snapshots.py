"""Volume snapshots: where their objects and what they hold are kept, and what a claim is to begin with.

Source: kubernetes.io, concepts/storage/volume-snapshots, volume-pvc-datasource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim
from kubelab.cluster.layers import erase
from kubelab.cluster.node import csi
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.storage import binding

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.kinds.kind import Kind

GROUP = "snapshot.storage.k8s.io"
VERSION = f"{GROUP}/v1"
SNAPSHOTS = f"/registry/{GROUP}/volumesnapshots/"
CONTENTS = f"/registry/{GROUP}/volumesnapshotcontents/"
TAKEN = "/machine/snapshots/"  # <handle> -> {"size", "taken"}
CLASSES = f"/registry/{GROUP}/volumesnapshotclasses/"


class DataSourceError(Exception):
    """Why a claim cannot begin with what it names."""


def kind(cluster: Cluster, name: str) -> Kind | None:
    """Returns a kind of the snapshot API, None while its CustomResourceDefinition is not there."""
    return cluster.resources.by_gvk(VERSION, name)


def tree_name(handle: str) -> str:
    """Returns the name of the file tree that a snapshot holds, which its driver knows by a handle."""
    return f"snapshot-{handle}"


def tree_of(cluster: Cluster, content: Object) -> str:
    """Returns the name of the file tree behind a VolumeSnapshotContent."""
    handle = (content.get("status") or {}).get("snapshotHandle", "")
    # Clusters kept before snapshots outlived their contents have them by the content's name.
    return tree_name(handle if known(cluster, handle) is not None else content["metadata"]["name"])


def known(cluster: Cluster, handle: str) -> Object | None:
    """Returns what a driver knows of a snapshot: its "size" and when it was "taken"; None where there is none."""
    return cluster.store.get(TAKEN + handle)


def keep(cluster: Cluster, handle: str, size: int) -> Object:
    """Notes a snapshot that was taken just now."""
    return cluster.store.put(TAKEN + handle, {"size": size, "taken": int(cluster.clock.now * 1e9)})


def remove(cluster: Cluster, content: Object) -> None:
    """Removes the snapshot behind a VolumeSnapshotContent."""
    erase(cluster.store, tree_of(cluster, content))
    cluster.store.delete(TAKEN + (content.get("status") or {}).get("snapshotHandle", ""))


def source_tree(cluster: Cluster, claim: Object) -> str | None:
    """Returns the file tree that a claim's volume begins with, None where it begins empty.

    Raises:
        DataSourceError: it is not there, or not ready.
    """
    source = claim["spec"].get("dataSource") or claim["spec"].get("dataSourceRef")
    if not source:
        return None
    namespace, name = claim["metadata"]["namespace"], source["name"]
    if source["kind"] == "PersistentVolumeClaim":
        return _of_claim(cluster, namespace, name)
    what = f"error getting handle for DataSource Type {source['kind']} by Name {name}"
    snapshot = cluster.store.get(f"{SNAPSHOTS}{namespace}/{name}")
    if snapshot is None:
        why = f'error getting snapshot {name} from api server: volumesnapshots.{GROUP} "{name}" not found'
        raise DataSourceError(f"{what}: {why}")
    status = snapshot.get("status") or {}
    if not status.get("readyToUse"):
        raise DataSourceError(f"{what}: snapshot {name} is not Ready")
    content = cluster.store.get(CONTENTS + status["boundVolumeSnapshotContentName"]) or {}
    size, wanted = int((content.get("status") or {}).get("restoreSize", 0)), binding.requested_bytes(claim)
    if wanted < size:
        raise DataSourceError(
            f"{what}: requested volume size {wanted} is less than the size {size} for the source snapshot {name}"
        )
    return tree_of(cluster, content)


def _of_claim(cluster: Cluster, namespace: str, name: str) -> str:
    found = cluster.store.get(PersistentVolumeClaim.path(Key(namespace, name)))
    what = f"error getting handle for DataSource Type PersistentVolumeClaim by Name {name}"
    if found is None:
        raise DataSourceError(
            f'{what}: error getting PVC {name} from api server: persistentvolumeclaims "{name}" not found'
        )
    volume = cluster.store.get(PersistentVolume.path(Key("", found["spec"].get("volumeName") or "")))
    if volume is None or "csi" not in volume["spec"]:
        raise DataSourceError(f"{what}: the PVC {name} is not bound")
    return csi.disk_name(volume["spec"]["csi"]["volumeHandle"])
