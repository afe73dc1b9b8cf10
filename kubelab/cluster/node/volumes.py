"""A Pod's volumes: the file systems that containers see in them. Whether they can be mounted: volume_mounting.py.

What a volume holds is not copied at mount time: a ConfigMap's volume shows the ConfigMap as the kubelet last
synced it. Source: kubernetes.io, concepts/storage/volumes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from kubelab.cluster.component import next_look
from kubelab.cluster.files import FileSystem, Mount, Quota
from kubelab.cluster.kinds import PersistentVolumeClaim
from kubelab.cluster.layers import Layer, Tree
from kubelab.cluster.layers import erase as erase_tree
from kubelab.cluster.node import (
    capabilities,
    confinement,
    contents,
    csi,
    distributions,
    environment,
    machinefiles,
    memorydemand,
    nfs,
)
from kubelab.cluster.node.memoryvolumes import MEMORY, volume_name
from kubelab.cluster.node.record import attempt
from kubelab.cluster.node.registry import resolve
from kubelab.cluster.node.volume_specs import VolumeError, spec_of
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.quantity import to_int

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container
    from kubelab.cluster.node.podwork import PodWork


DISK = Layer({"/device": {"type": "block", "text": "", "mode": 0o660, "group": "disk"}})
ON_MACHINE = ("hostPath", "local")  # volumes that are a node's directory
MOUNT_TABLES = ("/proc/mounts", "/proc/self/mounts", "/proc/1/mounts", "/etc/mtab")
LOOK = 10.0  # seconds between two looks of the kubelet at how full its volumes are
LEAST_MEMORY = 512 * 1024  # bytes that a container takes at the least beside what it writes
MUCH = 256 * 2**20  # bytes written in one tree that may matter to the node's disk
TERMINATION_LOG = "/dev/termination-log"
TO_ALL: Object = {"type": "file", "text": "", "mode": 0o666}


def root_name(uid: str, container: str, number: int) -> str:
    """Returns the name of a container's own file tree."""
    return f"container-{uid}-{container}-{number}"


# what containers see


def mounts(container: Container) -> dict[str, Mount]:
    """Returns what is mounted into a container, by path."""
    own = FileSystem(f"pod-{container.uid}", container.cluster.store, container.now, base=contents.of_pod(container))
    found = {
        "/etc/hosts": Mount(own, sub_path="/etc-hosts"),
        "/etc/hostname": Mount(own, sub_path="/hostname"),
        "/etc/resolv.conf": Mount(own, sub_path="/resolv.conf"),
    }
    if (container.plan.spec.get("securityContext") or {}).get("readOnlyRootFilesystem"):
        message = container.plan.spec.get("terminationMessagePath", TERMINATION_LOG)
        found[message] = _termination_log(container, message)
    found[capabilities.FIRST] = _first_process(container)
    found.update(_kernel_files(container))
    found.update(_mount_tables(container))
    volumes = {volume["name"]: volume for volume in container.pod["spec"].get("volumes") or ()}
    for each in container.plan.spec.get("volumeMounts") or ():
        volume = volumes.get(each["name"])
        if volume is not None:
            place = each["mountPath"].rstrip("/") or "/"
            found[place] = _mount(container, volume, each)
            found.update(_mounted_below(found[place], place.rstrip("/")))
    for each in container.plan.spec.get("volumeDevices") or ():
        volume = volumes.get(each["name"])
        if volume is not None:
            found[each["devicePath"]] = _device(container, volume)
    return found


def _first_process(container: Container) -> Mount:
    """Returns what /proc says of a container's first process."""
    user = container.plan.user(container.pod["spec"])
    words = container.plan.argv()
    command = words[0].rpartition("/")[2] if words else ""
    context = container.plan.spec.get("securityContext") or {}
    filtered = capabilities.is_filtered(context, container.pod["spec"].get("securityContext") or {})
    groups = user["supplementalGroups"]
    text = capabilities.status(context, command, user["uid"], user["gid"], groups, filtered=filtered)
    layer = Layer({"/status": {"type": "file", "text": text, "mode": 0o444}})
    tree = FileSystem(f"proc-{container.uid}-{container.name}", container.cluster.store, container.now, base=layer)
    return Mount(tree, sub_path="/status")


def _kernel_files(container: Container) -> dict[str, Mount]:
    """Returns what the kernel says of a container's limits and of its Pod's parameters."""
    texts = confinement.kernel_files(container.pod["spec"], container.plan.spec)
    layer = Layer({path: {"type": "file", "text": text, "mode": 0o644} for path, text in texts.items()})
    name = f"kernel-{container.uid}-{container.name}"
    tree = FileSystem(name, container.cluster.store, container.now, base=layer)
    return {path: Mount(tree, read_only=True, sub_path=path) for path in texts}


def _mounted_below(mount: Mount, place: str) -> dict[str, Mount]:
    """Returns what is mounted by hand on the node below the directory that a volume is."""
    if not isinstance(mount.files, machinefiles.MachineFiles):
        return {}
    return {place + rest: below for rest, below in mount.files.below(mount.sub_path).items()}


def _mount_tables(container: Container) -> dict[str, Mount]:
    """Returns /proc/mounts and the like, which are worked out when somebody reads them."""
    tree = FileSystem(f"proc-{container.uid}-{container.name}", container.cluster.store, container.now)
    tree.tree = MountTable(container)
    return {path: Mount(tree, sub_path="/mounts") for path in MOUNT_TABLES}


class MountTable(Tree):
    """What a container's /proc says of its mounts."""

    def __init__(self, container: Container) -> None:
        super().__init__(f"proc-{container.uid}-{container.name}", container.cluster.store)
        self._container = container

    def get(self, path: str) -> Object | None:
        """Returns the file."""
        return {"type": "file", "text": self._container.cluster.mount_table(self._container), "mode": 0o444}


def _termination_log(container: Container, path: str) -> Mount:
    """Returns the file for the last words, which can be written though the root file system cannot."""
    root = root_name(container.uid, container.name, container.attempt)
    files = FileSystem(root, container.cluster.store, container.now, base={path: TO_ALL})
    return Mount(files, sub_path=path)


def _device(container: Container, volume: Object) -> Mount:
    """Returns a volume as a block device."""
    cluster = container.cluster
    spec = spec_of(container.node.api, container.pod, volume, mounted=True)
    if spec.plugin == "local":
        return Mount(machinefiles.of(cluster, container.node.name), spec.read_only, spec.source["path"])
    name = csi.disk_name(spec.source.get("volumeHandle", spec.name))
    return Mount(FileSystem(name, cluster.store, container.now, base=DISK), spec.read_only, "/device")


def _mount(container: Container, volume: Object, how: Object) -> Mount:
    sub_path = _sub_path(container, how)
    frozen = (container.state.get("frozen") or {}).get(volume["name"]) if sub_path else None
    if frozen is not None:
        layer = contents.layer_of(container, volume, frozen)
        files = FileSystem(
            volume_name(container.uid, volume["name"]), container.cluster.store, container.now, base=layer
        )
        return Mount(files, read_only=True, sub_path=f"/{contents.folder_of(container, volume)}/{sub_path}")
    files, below, fixed = files_of(container, volume)
    inner = f"{below}/{sub_path}" if sub_path else below
    if sub_path and not fixed and not files.exists(inner):
        files.mkdir(inner, parents=True)
    return Mount(files, read_only=bool(how.get("readOnly")) or fixed, sub_path=inner)


def _sub_path(container: Container, how: Object) -> str:
    """Returns which part of a volume is mounted; an expression names variables of the container."""
    if how.get("subPathExpr"):
        return environment.expand(how["subPathExpr"], container.env)
    return str(how.get("subPath") or "")


def files_of(container: Container, volume: Object) -> tuple[FileSystem, str, bool]:
    """Returns a volume's file system, the directory in it that is the volume, and whether nobody may write."""
    cluster, store = container.cluster, container.cluster.store
    try:
        spec = spec_of(container.node.api, container.pod, volume, mounted=True)
    except VolumeError:  # it was there when it was mounted, and its claim is gone since
        return FileSystem(f"lost-{container.uid}-{volume['name']}", store, container.now), "", False
    if spec.plugin in ON_MACHINE:
        if spec.plugin == "hostPath":
            machinefiles.make_host_path(cluster, container.node.name, spec.source)
        machine = machinefiles.of(cluster, container.node.name, container.state.get("started"))
        place = machine.place(spec.source["path"])
        assert isinstance(place.files, FileSystem)
        return place.files, place.sub_path.rstrip("/"), spec.read_only or place.read_only
    if spec.plugin == "nfs":
        path = spec.source["path"].rstrip("/")
        files = _told(nfs.share(cluster), f"{spec.source['server']}:{spec.source['path']}", "nfs4")
        return files, path, spec.read_only or nfs.is_read_only(cluster, container.node.ip, path)
    if spec.plugin == "csi":
        handle = spec.source.get("volumeHandle") or f"csi-{container.uid}-{volume['name']}"
        files = FileSystem(csi.disk_name(handle), store, container.now)
        if spec.volume is not None:
            files.capacity = _capacity(container, spec.volume)
            disk = csi.device(store, spec.source["driver"], spec.name, container.node.name)
            files = _told(files, disk, spec.source.get("fsType") or "ext4")
        return files, "", spec.read_only
    if spec.plugin == "emptyDir":
        name, quota = volume_name(container.uid, volume["name"]), _quota(container, spec.source)
        files = FileSystem(name, store, container.now, base=_empty(container, spec.source), quota=quota)
        return _told(files, "tmpfs", "tmpfs") if spec.source.get("medium") == MEMORY else files, "", False
    if spec.plugin == "image":
        layer = distributions.layer_of(resolve(spec.source["reference"]))
        files = FileSystem(volume_name(container.uid, volume["name"]), store, container.now, base=layer)
        return _told(files, "overlay", "overlay"), "", True
    layer = contents.of_volume(container, volume)
    files = FileSystem(volume_name(container.uid, volume["name"]), store, container.now, base=layer)
    return (files if "configMap" in volume else _told(files, "tmpfs", "tmpfs")), "", True


def _capacity(container: Container, volume: Object) -> int:
    """Returns how large the file system on a volume is: its claim is told once that has grown."""
    claim = volume["spec"].get("claimRef") or {}
    path = PersistentVolumeClaim.path(Key(claim.get("namespace", ""), claim.get("name", "")))
    status = (container.cluster.store.get(path) or {}).get("status") or {}
    return to_int((status.get("capacity") or volume["spec"]["capacity"])["storage"])


def _told(files: FileSystem, device: str, kind: str) -> FileSystem:
    """Returns a file system that df and mount show as what it is."""
    files.device, files.kind = device, kind
    return files


def _empty(container: Container, source: Object) -> Layer:
    """Returns what an emptyDir begins with: a directory for all, of the group that the Pod names."""
    group = (container.pod["spec"].get("securityContext") or {}).get("fsGroup")
    return _directory(group, contents.began(container), in_memory=source.get("medium") == MEMORY)


@lru_cache(maxsize=256)
def _directory(group: int | None, mtime: float, *, in_memory: bool) -> Layer:
    mode = contents.TO_ALL_STICKY if in_memory else contents.TO_ALL
    if group is None:
        return Layer({"/": {"type": "dir", "mode": mode, "mtime": mtime}})
    return Layer({"/": {"type": "dir", "mode": mode | contents.SETGID, "group": str(group), "mtime": mtime}})


def _quota(container: Container, source: Object) -> Quota | None:
    """Returns how much fits into an emptyDir: in memory no more than its limit; on disk more is noticed by and by."""
    limit = to_int(source["sizeLimit"]) if source.get("sizeLimit") else 0
    return _in_memory(container, limit) if source.get("medium") == MEMORY else watched(container, limit)


def _in_memory(container: Container, limit: int) -> Quota:
    """Returns what fits into a file system in memory: what is written counts as memory of the container."""
    cluster, most = container.cluster, container.limit("memory")
    pod = f"{container.node.name}/{container.namespace}/{container.pod['metadata']['name']}"
    room = to_int(most) - LEAST_MEMORY if most else 0
    quota = Quota(size=limit, in_memory=True) if limit else Quota()
    if not room:
        return quota

    def exceeded() -> None:
        memorydemand.end(cluster, pod, container.name)

    return quota._replace(soft=room, exceeded=exceeded)


def watched(container: Container, limit: int = 0) -> Quota:
    """Returns a quota whose kubelet looks at the Pod and the disk when much is written, or more than a limit."""
    cluster, spec = container.cluster, container.pod["spec"]
    limits = [(each.get("resources") or {}).get("limits") or {} for each in spec["containers"]]
    is_limited = any("ephemeral-storage" in each for each in limits)
    key = f"{container.node.name}/{container.namespace}/{container.pod['metadata']['name']}"

    def exceeded() -> None:
        cluster.agenda.add("kubelet-eviction", key, next_look(cluster.clock.now, LOOK))

    return Quota(soft=0 if is_limited else limit or MUCH, exceeded=exceeded)


def freeze(container: Container) -> None:
    """Keeps what ConfigMaps' and Secrets' volumes hold for mounts with a subPath, which never follow a change."""
    partial = {
        mount["name"]
        for mount in container.plan.spec.get("volumeMounts") or ()
        if mount.get("subPath") or mount.get("subPathExpr")
    }
    if not partial:
        return
    mounts(container)  # directories that are not there are made before the container starts
    frozen = {
        volume["name"]: contents.volume_files(container, volume)
        for volume in container.pod["spec"].get("volumes") or ()
        if volume["name"] in partial and contents.sources_of(volume)
    }
    if frozen:
        container.state["frozen"] = frozen


def erase_before(work: PodWork, container: str, number: int) -> None:
    """Removes the files of the container that is no longer kept once attempt `number` starts."""
    erase_tree(work.cluster.store, root_name(work.uid, container, number - 2))


def erase(work: PodWork) -> None:
    """Removes the files of a Pod's containers and of its emptyDirs."""
    store = work.cluster.store
    for name, container in work.record["containers"].items():
        for number in (attempt(container), attempt(container) - 1):
            erase_tree(store, root_name(work.uid, name, number))
    for volume in work.pod["spec"].get("volumes") or ():
        if "emptyDir" in volume:
            erase_tree(store, volume_name(work.uid, volume["name"]))
        else:
            store.delete(contents.held_key(work.uid, volume["name"]))
    erase_tree(store, f"pod-{work.uid}")
