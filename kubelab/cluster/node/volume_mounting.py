"""Mounting a Pod's volumes: which are there, which fail and why, and how long the kubelet waits for them.

Source: pkg/kubelet/volumemanager (WaitForAttachAndMount), pkg/volume/util/operationexecutor/operation_generator.go and
the plug-ins below pkg/volume for the texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.kinds import ConfigMap, PersistentVolumeClaim, Secret
from kubelab.cluster.node import csi, machinefiles, nfs, volume_ownership
from kubelab.cluster.node.record import RECORDS, thaw
from kubelab.cluster.node.volume_specs import BLOCK, VolumeError, VolumeSpec, check_mode, spec_of
from kubelab.cluster.objects import Key, Object
from kubelab.cluster.storage import binding

if TYPE_CHECKING:
    from kubelab.cluster.node.kubelet import Kubelet
    from kubelab.cluster.node.podwork import PodWork

FIRST_RETRY, LONGEST_RETRY = 0.5, 122.0  # of a failed mount: doubled each time
PATIENCE = 123.0  # the kubelet gives up waiting for volumes after 2m3s, and starts over
PODS = "/var/lib/kubelet/pods"
IN_USE = "volume uses the ReadWriteOncePod access mode and is already in use by another pod"
MEDIA = ("", "Memory")
WITH_IMAGES = 35  # the minor version from which on images are volumes where nobody asks for it (ImageVolume)
WITHOUT_GIT = 33  # the minor version from which on nothing is cloned (GitRepoVolumeDriver)
GIT_DISABLED = (
    "git-repo volume plugin has been disabled; if necessary, it may be re-enabled by enabling the feature-gate "
    "`GitRepoVolumeDriver`"
)
NOT_SIMULATED = "KubeLab does not simulate volumes of the type {}"
SET_UP = "MountVolume.SetUp"
EXPANDING = "FileSystemResizePending"  # a claim whose file system grows when it is mounted


class MountError(Exception):
    """Why a volume cannot be mounted: the text behind `MountVolume.SetUp failed for volume "x" : `.

    Args:
        operation: what failed, where it is not MountVolume.SetUp.
        takes: seconds that the attempt takes before it fails.
    """

    def __init__(self, message: str, operation: str = SET_UP, takes: float = 0.0) -> None:
        super().__init__(message)
        self.operation = operation
        self.takes = takes


class Unattached(Exception):
    """A volume that has yet to be attached to the node: nothing fails, it is waited for."""


def mount(work: PodWork, step: Object) -> float | None:
    """Mounts a Pod's volumes; returns when to try again, None when all are there or the sync failed."""
    volumes = work.pod["spec"].get("volumes") or ()
    failed: dict[str, tuple[str, MountError]] = {}
    unattached: list[str] = []
    refused: dict[str, str] = {}
    until: list[float] = []
    csi_names: list[str] = []
    for volume in volumes:
        name, shown = volume["name"], volume["name"]
        try:
            spec = _spec(work, volume)
            shown = spec.name
            if spec.volume is not None and spec.plugin == "csi":
                csi_names.append(csi.unique_name(spec.source))
            _try(work, volume, spec)
            if spec.plugin in ("csi", "local"):
                volume_ownership.give_to_group(work, spec)
        except VolumeError as error:
            refused[name] = str(error)
        except Unattached:
            unattached.append(name)
        except MountError as error:
            began = step.setdefault("trying", {}).setdefault(name, work.now)
            if work.now < began + error.takes:
                until.append(began + error.takes)
            else:
                del step["trying"][name]
                failed[name] = (shown, error)
    if csi_names:
        work.record["in_use"] = csi_names
        csi.note_use(work.node.api, work.node.name, csi_names)
    missing = [volume["name"] for volume in volumes if _is_missing(volume["name"], failed, unattached, refused, step)]
    if not missing:
        return None
    since: float = step.setdefault("mounting", work.now)
    if refused or work.now - since >= PATIENCE:
        _give_up(work, step, missing, unattached, refused)
        return None
    for shown, why in failed.values():
        work.event("Warning", "FailedMount", f'{why.operation} failed for volume "{shown}" : {why}')
    if failed:
        tries: int = step.get("tries", 0)
        step["tries"] = tries + 1
        until.append(work.now + min(FIRST_RETRY * 2**tries, LONGEST_RETRY))
    return min(*until, since + PATIENCE) if until else since + PATIENCE


def unmount(work: PodWork) -> None:
    """Unmounts a Pod's volumes; the attach/detach controller learns from the node which it uses no more."""
    names = work.record.pop("in_use", None)
    if names:
        others = [
            name
            for path, record in work.cluster.store.items(f"{RECORDS}{work.node.name}/")
            if record["uid"] != work.uid
            for name in record.get("in_use", ())
        ]
        csi.note_disuse(work.node.api, work.node.name, [name for name in names if name not in others])


def _is_missing(name: str, *found: object) -> bool:
    *names, step = found
    trying = step.get("trying", ()) if isinstance(step, dict) else ()
    return name in trying or any(name in each for each in names)  # type: ignore[operator]


def _give_up(work: PodWork, step: Object, missing: list[str], unattached: list[str], refused: dict[str, str]) -> None:
    """Says what is not there, and ends the sync; it begins anew after a while."""
    why = "; ".join(refused.values()) or "context deadline exceeded"
    message = (
        f"Unable to attach or mount volumes: unmounted volumes=[{' '.join(missing)}], "
        f"unattached volumes=[{' '.join(unattached)}], failed to process volumes=[{' '.join(refused)}]: {why}"
    )
    work.event("Warning", "FailedMount", message)
    step["todo"].clear()
    step["failed"] = True


def _spec(work: PodWork, volume: Object) -> VolumeSpec:
    spec = spec_of(work.node.api, work.pod, volume)
    if spec.volume is not None:
        check_mode(work.pod, volume, spec)
    return spec


def _try(work: PodWork, volume: Object, spec: VolumeSpec) -> None:
    """Mounts one volume.

    Raises:
        MountError: it fails.
        Unattached: it is not there yet.
    """
    if spec.volume is not None and _is_in_use(work, spec.volume):
        raise MountError(IN_USE)
    if spec.plugin == "projected":
        for source in spec.source.get("sources") or ():
            _check_source(work, source)
    elif spec.plugin == "configMap":
        _check(work, ConfigMap, spec.source, spec.source.get("name", ""))
    elif spec.plugin == "secret":
        _check(work, Secret, spec.source, spec.source.get("secretName", ""))
    elif spec.plugin == "hostPath":
        try:
            machinefiles.check_host_path(work.cluster, work.node.name, spec.source)
        except machinefiles.HostPathError as error:
            raise MountError(str(error)) from None
    elif spec.plugin == "nfs":
        _mount_nfs(work, spec)
    elif spec.plugin == "local":
        _mount_local(work, spec)
    elif spec.plugin == "csi":
        _mount_csi(work, volume, spec)
    elif spec.plugin == "emptyDir":
        _check_medium(spec.source.get("medium", ""))
    elif spec.plugin == "image":  # it is pulled when containers start
        if work.node.kubelet.minor < WITH_IMAGES:
            raise MountError(f"{NOT_SIMULATED.format(spec.plugin)} before v1.{WITH_IMAGES}")
    elif spec.plugin == "gitRepo" and work.node.kubelet.minor >= WITHOUT_GIT:
        raise MountError(GIT_DISABLED)
    elif spec.plugin != "downwardAPI":
        raise MountError(NOT_SIMULATED.format(spec.plugin))


def missing_source(work: PodWork, volume: Object) -> str:
    """Returns which ConfigMap, Secret or key of a volume that is mounted is gone, "" where none is."""
    try:
        _try(work, volume, spec_of(work.node.api, work.pod, volume, mounted=True))
    except MountError as error:
        return str(error)
    return ""


def _is_in_use(work: PodWork, persistent: Object) -> bool:
    """Tells whether another Pod on the node has a volume that one Pod at a time may have."""
    claim = binding.claim_of(persistent)
    if persistent["spec"].get("accessModes") != ["ReadWriteOncePod"] or claim is None:
        return False
    others = binding.users_of(work.cluster.store, claim)
    node = work.node.name
    return any(
        pod["metadata"]["uid"] != work.uid
        and pod["spec"].get("nodeName") == node
        and is_mounted(work.kubelet, node, pod)
        for pod in others
    )


def is_mounted(kubelet: Kubelet, node: str, pod: Object) -> bool:
    """Tells whether a Pod's volumes are mounted on a node: since before its sandbox was made, until it is torn down."""
    metadata = pod["metadata"]
    record = kubelet.store.get(f"{RECORDS}{node}/{metadata['namespace']}/{metadata['name']}")
    if record is None or record["uid"] != metadata["uid"] or "over" in record:
        return False
    return "sandbox" in record or "volumes" not in (record.get("sync") or {}).get("todo", ("volumes",))


# the plug-ins


def _check_source(work: PodWork, source: Object) -> None:
    if "configMap" in source:
        _check(work, ConfigMap, source["configMap"], source["configMap"].get("name", ""))
    elif "secret" in source:
        _check(work, Secret, source["secret"], source["secret"].get("name", ""))
    else:
        other = next((kind for kind in source if kind not in ("downwardAPI", "serviceAccountToken")), "")
        if other:
            raise MountError(NOT_SIMULATED.format(other))


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


def _check_medium(medium: str) -> None:
    if medium.startswith("HugePages"):
        raise MountError(NOT_SIMULATED.format(f"emptyDir with the medium {medium}"))
    if medium not in MEDIA:
        raise MountError(f'unknown storage medium "{medium}"')


def _mount_nfs(work: PodWork, spec: VolumeSpec) -> None:
    server, path = spec.source["server"], spec.source["path"]
    directory = f"{PODS}/{work.uid}/volumes/kubernetes.io~nfs/{spec.name}"
    try:
        nfs.mounted(work.cluster, work.node.ip, server, path, directory)
    except nfs.NfsError as error:
        options = [*spec.options, *(["ro"] if spec.read_only else [])]
        arguments = " ".join(["-t nfs", *(["-o", ",".join(options)] if options else []), f"{server}:{path}", directory])
        message = (
            f"mount failed: exit status 32\nMounting command: mount\nMounting arguments: {arguments}\nOutput: {error}\n"
        )
        raise MountError(message, takes=nfs.PATIENCE if error.slow else 0.0) from None


def _mount_local(work: PodWork, spec: VolumeSpec) -> None:
    path = spec.source["path"]
    files = machinefiles.of(work.cluster, work.node.name)
    if not files.exists(path):
        if spec.mode == BLOCK:
            raise MountError(f"stat {path}: no such file or directory", "MapVolume.MapPodDevice")
        raise MountError(f'path "{path}" does not exist', "MountVolume.NewMounter initialization")


def _mount_csi(work: PodWork, volume: Object, spec: VolumeSpec) -> None:
    driver = spec.source["driver"]
    if spec.volume is not None and csi.needs_attachment(work.cluster.store, driver):
        if not csi.is_attached(work.cluster.store, driver, spec.name, work.node.name):
            raise Unattached
    if not csi.is_registered(work.cluster.store, work.node.name, driver):
        if spec.volume is None:
            raise MountError(
                f"kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name {driver} not found in the "
                "list of registered CSI drivers"
            )
        operation = "MapVolume.SetUpDevice" if spec.mode == BLOCK else "MountVolume.MountDevice"
        what = "blockMapper.SetUpDevice" if spec.mode == BLOCK else "attacher.MountDevice"
        raise MountError(
            f"kubernetes.io/csi: {what} failed to create newCsiDriverClient: driver name {driver} not found in the "
            "list of registered CSI drivers",
            operation,
        )
    claim = binding.claim_of(spec.volume) if spec.volume is not None else None
    found = work.node.api.get(PersistentVolumeClaim, claim) if claim is not None else None
    if any(each["type"] == EXPANDING for each in ((found or {}).get("status") or {}).get("conditions") or ()):
        work.cluster.agenda.add("external-resizer", str(claim), work.now + 1.0)


# being woken


def wake(kubelet: Kubelet, node: str, pod: Object, after: float = 0.0) -> None:
    """Lets a Pod that waits for its volumes be looked at: something happened that it may have waited for.

    Args:
        after: seconds that the kubelet takes to notice.
    """
    metadata = pod["metadata"]
    key = f"{node}/{metadata['namespace']}/{metadata['name']}"
    record = kubelet.store.get(RECORDS + key)
    if record is None or not waits(record):
        return
    woken = thaw(record)
    woken["sync"]["at"] = kubelet.now + after
    kubelet.store.put(RECORDS + key, woken)
    kubelet.cluster.agenda.add(kubelet.name, key, kubelet.now + after)


def waits(record: Object) -> bool:
    """Tells whether a Pod waits for its volumes, by its record."""
    step = record.get("sync") or {}
    return "mounting" in step and "volumes" in step.get("todo", ())
