"""A Pod's volumes: whether they can be mounted, and the file systems that containers see in them.

What a volume holds is not copied at mount time: a ConfigMap's volume shows the ConfigMap as the kubelet last
synced it. Source: kubernetes.io, concepts/storage/volumes; pkg/volume and pkg/kubelet/volumemanager for the texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.files import FileSystem, Mount
from kubelab.cluster.kinds import ConfigMap, PersistentVolumeClaim, Secret
from kubelab.cluster.layers import erase as erase_tree
from kubelab.cluster.node import contents, machinefiles
from kubelab.cluster.node.record import attempt
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container
    from kubelab.cluster.node.podwork import PodWork

FIRST_RETRY, LONGEST_RETRY = 0.5, 122.0  # of a failed mount: doubled each time
PATIENCE = 123.0  # the kubelet gives up waiting for volumes after 2m3s, and starts over


class MountError(Exception):
    """Why a volume cannot be mounted; the text behind `MountVolume.SetUp failed for volume "x" : `."""


def root_name(uid: str, container: str, number: int) -> str:
    """Returns the name of a container's own file tree."""
    return f"container-{uid}-{container}-{number}"


def volume_name(uid: str, volume: str) -> str:
    """Returns the name of the file tree of an emptyDir."""
    return f"volume-{uid}-{volume}"


# mounting


def mount(work: PodWork, step: Object) -> float | None:
    """Mounts a Pod's volumes; returns when to try again, None when all are there or the sync failed."""
    failed: dict[str, str] = {}
    for volume in work.pod["spec"].get("volumes") or ():
        error = problem(work, volume)
        if error is not None:
            failed[volume["name"]] = error
    if not failed:
        return None
    tries: int = step.get("tries", 0)
    since: float = step.setdefault("mounting", work.now)
    if work.now - since >= PATIENCE:
        names = " ".join(failed)
        work.event(
            "Warning",
            "FailedMount",
            f"Unable to attach or mount volumes: unmounted volumes=[{names}], unattached volumes=[], "
            "failed to process volumes=[]: context deadline exceeded",
        )
        step["todo"].clear()
        step["failed"] = True
        return None
    for name, error in failed.items():
        work.event("Warning", "FailedMount", f'MountVolume.SetUp failed for volume "{name}" : {error}')
    step["tries"] = tries + 1
    wait: float = min(FIRST_RETRY * 2**tries, LONGEST_RETRY)
    return min(work.now + wait, since + PATIENCE)


def problem(work: PodWork, volume: Object) -> str | None:
    """Returns why a volume cannot be mounted, None when it can."""
    try:
        if "projected" in volume:
            for source in volume["projected"].get("sources") or ():
                _check_source(work, source)
        elif "configMap" in volume:
            _check(work, ConfigMap, volume["configMap"], volume["configMap"].get("name", ""))
        elif "secret" in volume:
            _check(work, Secret, volume["secret"], volume["secret"].get("secretName", ""))
        elif "hostPath" in volume:
            machinefiles.check_host_path(work.cluster, work.node.name, volume["hostPath"])
        elif "persistentVolumeClaim" in volume:
            _check_claim(work, volume["persistentVolumeClaim"]["claimName"])
    except (MountError, machinefiles.HostPathError) as error:
        return str(error)
    return None


def _check_source(work: PodWork, source: Object) -> None:
    if "configMap" in source:
        _check(work, ConfigMap, source["configMap"], source["configMap"].get("name", ""))
    elif "secret" in source:
        _check(work, Secret, source["secret"], source["secret"].get("name", ""))


def _check(work: PodWork, kind: object, reference: Object, name: str) -> None:
    of_kind = ConfigMap if kind is ConfigMap else Secret
    obj = work.node.api.get(of_kind, Key(work.key.namespace, name))
    if reference.get("optional"):
        return
    if obj is None:
        raise MountError(f'{of_kind.name.lower()} "{name}" not found')
    known = {**(obj.get("data") or {}), **(obj.get("binaryData") or {})}
    for item in reference.get("items") or ():
        if item["key"] not in known:
            what = (
                "configmap references non-existent config key"
                if of_kind is ConfigMap
                else ("references non-existent secret key")
            )
            raise MountError(f"{what}: {item['key']}")


def _check_claim(work: PodWork, name: str) -> None:
    claim = work.node.api.get(PersistentVolumeClaim, Key(work.key.namespace, name))
    if claim is None:
        raise MountError(f'persistentvolumeclaim "{name}" not found')
    if (claim.get("status") or {}).get("phase") != "Bound":
        raise MountError(f"PVC {work.key.namespace}/{name} is not bound")


# what containers see


def mounts(container: Container) -> dict[str, Mount]:
    """Returns what is mounted into a container, by path."""
    own = FileSystem(f"pod-{container.uid}", container.cluster.store, container.now, base=contents.of_pod(container))
    found = {
        "/etc/hosts": Mount(own, sub_path="/etc-hosts"),
        "/etc/hostname": Mount(own, sub_path="/hostname"),
        "/etc/resolv.conf": Mount(own, sub_path="/resolv.conf"),
    }
    volumes = {volume["name"]: volume for volume in container.pod["spec"].get("volumes") or ()}
    for each in container.plan.spec.get("volumeMounts") or ():
        volume = volumes.get(each["name"])
        if volume is not None:
            found[each["mountPath"].rstrip("/") or "/"] = _mount(container, volume, each)
    return found


def _mount(container: Container, volume: Object, how: Object) -> Mount:
    sub_path = how.get("subPath") or ""
    frozen = (container.state.get("frozen") or {}).get(volume["name"]) if sub_path else None
    if frozen is not None:
        layer = contents.layer_of(container, frozen)
        files = FileSystem(
            volume_name(container.uid, volume["name"]), container.cluster.store, container.now, base=layer
        )
        return Mount(files, read_only=True, sub_path=f"/..data/{sub_path}")
    files, below, fixed = files_of(container, volume)
    inner = f"{below}/{sub_path}" if sub_path else below
    if sub_path and not fixed and not files.exists(inner):
        files.mkdir(inner, parents=True)
    return Mount(files, read_only=bool(how.get("readOnly")) or fixed, sub_path=inner)


def files_of(container: Container, volume: Object) -> tuple[FileSystem, str, bool]:
    """Returns a volume's file system, the directory in it that is the volume, and whether nobody may write."""
    cluster, store = container.cluster, container.cluster.store
    if "hostPath" in volume:
        path = volume["hostPath"]["path"].rstrip("/")
        machinefiles.make_host_path(cluster, container.node.name, volume["hostPath"])
        return machinefiles.of(cluster, container.node.name), path, False
    if "persistentVolumeClaim" in volume:
        claim = volume["persistentVolumeClaim"]["claimName"]
        return *machinefiles.of_claim(cluster, container.node, container.namespace, claim), False
    if "emptyDir" in volume:
        return FileSystem(volume_name(container.uid, volume["name"]), store, container.now), "", False
    layer = contents.of_volume(container, volume)
    return FileSystem(volume_name(container.uid, volume["name"]), store, container.now, base=layer), "", True


def freeze(container: Container) -> None:
    """Keeps what ConfigMaps' and Secrets' volumes hold for mounts with a subPath, which never follow a change."""
    partial = {mount["name"] for mount in container.plan.spec.get("volumeMounts") or () if mount.get("subPath")}
    if not partial:
        return
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
