"""Volumes: for each source what it is, and its fields in the order in which they are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import parse
from kubelab.terminal.kubectl.describing.claims import claim
from kubelab.terminal.kubectl.describing.description import NONE, UNSET, Description
from kubelab.terminal.kubectl.describing.metadata import shortened
from kubelab.terminal.kubectl.golang import go_text

LONGEST = 140


class Source(NamedTuple):
    """A source of a volume: the words about it, and label, field and value where there is none, for each field."""

    words: str
    fields: Sequence[tuple[str, str, Any]] = ()


_READ_ONLY = ("ReadOnly", "readOnly", False)
_FS = ("FSType", "fsType", "")
_SECRET = ("SecretRef", "secretRef", None)
_CLOUD_DISK = (_FS, ("Partition", "partition", 0), _READ_ONLY)

SOURCES = {
    "hostPath": Source("HostPath (bare host directory volume)", (("Path", "path", ""), ("HostPathType", "type", NONE))),
    "emptyDir": Source(
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        (("Medium", "medium", ""), ("SizeLimit", "sizeLimit", UNSET)),
    ),
    "gcePersistentDisk": Source(
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        (("PDName", "pdName", ""), *_CLOUD_DISK),
    ),
    "awsElasticBlockStore": Source(
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)", (("VolumeID", "volumeID", ""), *_CLOUD_DISK)
    ),
    "gitRepo": Source(
        "GitRepo (a volume that is pulled from git when the pod is created)",
        (("Repository", "repository", ""), ("Revision", "revision", "")),
    ),
    "secret": Source(
        "Secret (a volume populated by a Secret)", (("SecretName", "secretName", ""), ("Optional", "optional", False))
    ),
    "configMap": Source(
        "ConfigMap (a volume populated by a ConfigMap)", (("Name", "name", ""), ("Optional", "optional", False))
    ),
    "nfs": Source(
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        (("Server", "server", ""), ("Path", "path", ""), _READ_ONLY),
    ),
    "iscsi": Source(
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        (
            ("TargetPortal", "targetPortal", ""),
            ("IQN", "iqn", ""),
            ("Lun", "lun", 0),
            ("ISCSIInterface", "iscsiInterface", ""),
            _FS,
            _READ_ONLY,
            ("Portals", "portals", []),
            ("DiscoveryCHAPAuth", "chapAuthDiscovery", False),
            ("SessionCHAPAuth", "chapAuthSession", False),
            _SECRET,
            ("InitiatorName", "initiatorName", NONE),
        ),
    ),
    "glusterfs": Source(
        "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
        (("EndpointsName", "endpoints", ""), ("Path", "path", ""), _READ_ONLY),
    ),
    "persistentVolumeClaim": Source(
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        (("ClaimName", "claimName", ""), _READ_ONLY),
    ),
    "ephemeral": Source(
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)"
    ),
    "rbd": Source(
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        (
            ("CephMonitors", "monitors", []),
            ("RBDImage", "image", ""),
            _FS,
            ("RBDPool", "pool", ""),
            ("RadosUser", "user", ""),
            ("Keyring", "keyring", ""),
            _SECRET,
            _READ_ONLY,
        ),
    ),
    "quobyte": Source(
        "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        (("Registry", "registry", ""), ("Volume", "volume", ""), _READ_ONLY),
    ),
    "downwardAPI": Source("DownwardAPI (a volume populated by information about the pod)"),
    "azureDisk": Source(
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        (
            ("DiskName", "diskName", ""),
            ("DiskURI", "diskURI", ""),
            ("Kind", "kind", "Shared"),
            ("FSType", "fsType", "ext4"),
            ("CachingMode", "cachingMode", "ReadWrite"),
            _READ_ONLY,
        ),
    ),
    "vsphereVolume": Source(
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        (("VolumePath", "volumePath", ""), _FS, ("StoragePolicyName", "storagePolicyName", "")),
    ),
    "cinder": Source(
        "Cinder (a Persistent Disk resource in OpenStack)", (("VolumeID", "volumeID", ""), _FS, _READ_ONLY, _SECRET)
    ),
    "photonPersistentDisk": Source(
        "PhotonPersistentDisk (a Persistent Disk resource in photon platform)", (("PdID", "pdID", ""), _FS)
    ),
    "portworxVolume": Source("PortworxVolume (a Portworx Volume resource)", (("VolumeID", "volumeID", ""),)),
    "scaleIO": Source(
        "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
        (
            ("Gateway", "gateway", ""),
            ("System", "system", ""),
            ("Protection Domain", "protectionDomain", ""),
            ("Storage Pool", "storagePool", ""),
            ("Storage Mode", "storageMode", ""),
            ("VolumeName", "volumeName", ""),
            _FS,
            _READ_ONLY,
        ),
    ),
    "local": Source("LocalVolume (a persistent volume backed by local storage on a node)", (("Path", "path", ""),)),
    "cephfs": Source(
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        (
            ("Monitors", "monitors", []),
            ("Path", "path", ""),
            ("User", "user", ""),
            ("SecretFile", "secretFile", ""),
            _SECRET,
            _READ_ONLY,
        ),
    ),
    "storageos": Source(
        "StorageOS (a StorageOS Persistent Disk resource)",
        (("VolumeName", "volumeName", ""), ("VolumeNamespace", "volumeNamespace", ""), _FS, _READ_ONLY),
    ),
    "fc": Source(
        "FC (a Fibre Channel disk)", (("TargetWWNs", "targetWWNs", []), ("LUN", "lun", NONE), _FS, _READ_ONLY)
    ),
    "azureFile": Source(
        "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
        (("SecretName", "secretName", ""), ("ShareName", "shareName", ""), _READ_ONLY),
    ),
    "flexVolume": Source(
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        (("Driver", "driver", ""), _FS, _SECRET, _READ_ONLY, ("Options", "options", {})),
    ),
    "flocker": Source(
        "Flocker (a Flocker volume mounted by the Flocker agent)",
        (("DatasetName", "datasetName", ""), ("DatasetUUID", "datasetUUID", "")),
    ),
    "projected": Source("Projected (a volume that contains injected data from multiple sources)"),
    "csi": Source(
        "CSI (a Container Storage Interface (CSI) volume source)", (("Driver", "driver", ""), _FS, _READ_ONLY)
    ),
    "image": Source(
        "Image (a container image or OCI artifact)", (("Reference", "reference", ""), ("PullPolicy", "pullPolicy", ""))
    ),
}


def volumes(out: Description, found: Sequence[Object], indent: str = "") -> None:
    """Writes the volumes of a Pod or of a template."""
    if not found:
        out.put(f"{indent}Volumes:\t{NONE}\n")
        return
    out.put(f"{indent}Volumes:\n")
    for volume in found:
        out.put(f"{' ' if indent else ''}{volume['name']}:\n", 1)
        source(out, volume, SOURCES)


def source(out: Description, volume: Object, sources: Mapping[str, Source]) -> None:
    """Writes the source of a volume."""
    name = next((name for name in sources if volume.get(name) is not None), "")
    if not name:
        out.put("<unknown>\n", 1)
        return
    content: Object = volume[name]
    out.field("Type", sources[name].words, 2)
    for label, field, missing in sources[name].fields:
        # Two labels that the real one writes a little differently from all others.
        separator = "" if label == "ISCSIInterface" else ": " if (label, name) == ("Kind", "azureDisk") else ":"
        out.put(f"    {label}{separator}\t{_value(field, content.get(field, missing))}\n")
    rest = _REST.get(name)
    if rest is not None:
        rest(out, content)


def _value(field: str, value: Any) -> str:
    if field == "secretRef":
        return _reference(value)
    if field == "targetWWNs":
        return ", ".join(value)
    if field == "sizeLimit" and value != UNSET:
        return str(value) if parse(value) > 0 else UNSET
    return go_text(value)


def _reference(reference: Object | None) -> str:
    if reference is None:
        return "nil"
    if "namespace" in reference:
        return f"&SecretReference{{Name:{reference.get('name', '')},Namespace:{reference['namespace']},}}"
    return f"&LocalObjectReference{{Name:{reference.get('name', '')},}}"


def _downward(out: Description, content: Object) -> None:
    out.put("    Items:\n")
    for item in content.get("items") or ():
        if item.get("fieldRef"):
            out.put(f"{item['fieldRef']['fieldPath']} -> {item['path']}\n", 3)
        if item.get("resourceFieldRef"):
            out.put(f"{item['resourceFieldRef']['resource']} -> {item['path']}\n", 3)


def _projected(out: Description, content: Object) -> None:
    for part in content.get("sources") or ():
        for label, name in (("SecretName", "secret"), ("DownwardAPI", "downwardAPI"), ("ConfigMapName", "configMap")):
            if part.get(name) is not None:
                _projection(out, label, part[name])
                break
        else:
            if part.get("serviceAccountToken"):
                out.field("TokenExpirationSeconds", str(part["serviceAccountToken"].get("expirationSeconds", 3600)), 2)


def _projection(out: Description, label: str, part: Object) -> None:
    if label == "DownwardAPI":
        out.field(label, "true", 2)
        return
    out.field(label, part.get("name", ""), 2)
    if out.minor >= _OPTIONAL_SINCE:
        out.put(f"    Optional:\t{'true' if part.get('optional') else 'false'}\n")
    else:
        word = {"SecretName": "SecretOptionalName", "ConfigMapName": "ConfigMapOptional"}[label]
        out.put(f"    {word}:\t{_POINTER if 'optional' in part else '<nil>'}\n")


# Until then the real one told where in its memory the answer stands, not the answer.
_OPTIONAL_SINCE = 33
_POINTER = "0xc0005bb774"


def _attributes(out: Description, content: Object) -> None:
    attributes = content.get("volumeAttributes") or {}
    out.put("VolumeAttributes:\t", 2)
    if not attributes:
        out.put(f"{NONE}\n")
    for place, key in enumerate(sorted(attributes)):
        if place:
            out.put("", 2)
            out.put("\t", 2)
        out.put(f"{shortened(f'{key}={attributes[key]}', LONGEST)}\n", 2)


def _ephemeral(out: Description, content: Object) -> None:
    template = content.get("volumeClaimTemplate")
    if template:
        claim(out, {"metadata": {}, **template}, level=2)


_REST = {"downwardAPI": _downward, "projected": _projected, "csi": _attributes, "ephemeral": _ephemeral}
