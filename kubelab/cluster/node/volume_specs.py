"""What a Pod's volume really is: its own source, or that of the PersistentVolume behind its claim.

Source: pkg/kubelet/volumemanager/populator/desired_state_of_world_populator.go (createVolumeSpec).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim
from kubelab.cluster.kinds.volume_sources import PERSISTENT
from kubelab.cluster.objects import Key, Object, is_being_deleted
from kubelab.cluster.storage import binding

if TYPE_CHECKING:
    from kubelab.cluster.api.client import Client

BLOCK, FILESYSTEM = "Block", "Filesystem"


class VolumeError(Exception):
    """Why a Pod's volume cannot be worked out, in the kubelet's words."""


class VolumeSpec(NamedTuple):
    """A volume as the kubelet's plug-ins know it.

    Args:
        name: by which messages name it: the PersistentVolume's name, or that of the Pod's volume.
        plugin: "nfs", "hostPath", "csi" and so on: the name of the field that is its source.
        source: what that field says.
        mode: "Filesystem" or "Block".
        read_only: whether nobody may write to it.
        options: of the mount.
        volume: the PersistentVolume, if there is one.
    """

    name: str
    plugin: str
    source: Object
    mode: str = FILESYSTEM
    read_only: bool = False
    options: tuple[str, ...] = ()
    volume: Object | None = None


def claim_name(pod: Object, volume: Object) -> str | None:
    """Returns the name of the claim that a Pod's volume uses, None where it uses none."""
    if "persistentVolumeClaim" in volume:
        return str(volume["persistentVolumeClaim"]["claimName"])
    if "ephemeral" in volume:
        return f"{pod['metadata']['name']}-{volume['name']}"
    return None


def spec_of(api: Client, pod: Object, volume: Object, *, mounted: bool = False) -> VolumeSpec:
    """Returns what a Pod's volume is.

    Args:
        mounted: it is in use already, so that nothing is checked.

    Raises:
        VolumeError: its claim is not there, not bound, or not its own.
    """
    claim = claim_name(pod, volume)
    if claim is not None:
        return _of_claim(api, pod, volume, claim, mounted=mounted)
    plugin = next((source for source in volume if source != "name"), "emptyDir")
    source = volume.get(plugin) or {}
    return VolumeSpec(volume["name"], plugin, source, read_only=bool(source.get("readOnly")))


def _of_claim(api: Client, pod: Object, volume: Object, name: str, *, mounted: bool) -> VolumeSpec:
    namespace = pod["metadata"]["namespace"]
    claim = api.get(PersistentVolumeClaim, Key(namespace, name))
    error = "" if mounted else _why_not(pod, volume, name, claim)
    if error or claim is None:
        raise VolumeError(f"error processing PVC {namespace}/{name}: {error}")
    bound = claim["spec"]["volumeName"]
    persistent = api.get(PersistentVolume, Key("", bound))
    if persistent is None:
        raise VolumeError(
            f"error processing PVC {namespace}/{name}: failed to fetch PV {bound} from API server: "
            f'persistentvolumes "{bound}" not found'
        )
    reference = persistent["spec"].get("claimRef")
    if not mounted and (not reference or reference.get("uid") != claim["metadata"]["uid"]):
        raise VolumeError(
            f'error processing PVC {namespace}/{name}: PV {bound} spec.pvc.UID "{(reference or {}).get("uid", "")}" '
            f"does not match expected {claim['metadata']['uid']}"
        )
    return _of_volume(persistent, volume)


def _why_not(pod: Object, volume: Object, name: str, claim: Object | None) -> str:
    if claim is None:
        return f'failed to fetch PVC from API server: persistentvolumeclaims "{name}" not found'
    if "ephemeral" in volume:
        owners = claim["metadata"].get("ownerReferences") or ()
        if not any(owner["uid"] == pod["metadata"]["uid"] for owner in owners):
            return f"PVC {claim['metadata']['namespace']}/{name} is not owned by pod"
    if is_being_deleted(claim):
        return "PVC is being deleted"
    if (claim.get("status") or {}).get("phase") != "Bound":
        return "PVC is not bound"
    return "" if claim["spec"].get("volumeName") else "PVC has empty pvc.Spec.VolumeName"


def _of_volume(persistent: Object, volume: Object) -> VolumeSpec:
    spec = persistent["spec"]
    plugin = next((field for field in spec if field in PERSISTENT), "")
    source = spec.get(plugin) or {}
    read_only = bool(source.get("readOnly")) or bool((volume.get("persistentVolumeClaim") or {}).get("readOnly"))
    return VolumeSpec(
        persistent["metadata"]["name"],
        plugin,
        source,
        binding.mode(persistent),
        read_only,
        tuple(spec.get("mountOptions") or ()),
        persistent,
    )


def check_mode(pod: Object, volume: Object, spec: VolumeSpec) -> None:
    """Checks that containers use a volume as what it is: a file system or a device.

    Raises:
        VolumeError: they do not.
    """
    name = volume["name"]
    for container in (*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]):
        if spec.mode == BLOCK and any(mount["name"] == name for mount in container.get("volumeMounts") or ()):
            raise VolumeError(f"volume {name} has volumeMode Block, but is specified in volumeMounts")
        if spec.mode != BLOCK and any(device["name"] == name for device in container.get("volumeDevices") or ()):
            raise VolumeError(f"volume {name} has volumeMode {spec.mode}, but is specified in volumeDevices")
