"""Where volumes come from: the sources that Pods and PersistentVolumes may name, and what is wrong with one.

Source: pkg/apis/core/validation/validation.go (validateVolumeSource, ValidatePersistentVolumeSpec).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from kubelab.cluster.kinds.causes import forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import parse

PERSISTENT = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte", "cephfs",
    "iscsi", "cinder", "fc", "flexVolume", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume",
    "azureDisk", "scaleIO", "local", "storageos", "csi",
)  # fmt: skip
HOST_PATH_TYPES = (
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
)  # fmt: skip
DOWNWARD = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
DOWNWARD_ITEM = re.compile(r"metadata\.(labels|annotations)\['[^']+'\]")
RESOURCES = (
    "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
    "requests.memory",
)  # fmt: skip
HUGEPAGES = re.compile(r"(limits|requests)\.hugepages-.+")
BOTH_REFERENCES = "fieldRef and resourceFieldRef can not be specified simultaneously"
DUPLICATE_PATHS = "conflicting duplicate paths"
ONE_TYPE = "may not specify more than 1 volume type"


def source_causes(spec: Object, path: str, known: Sequence[str]) -> list[Cause]:
    """Returns what is wrong with the sources in a volume: there has to be exactly one, and it has to be whole."""
    named = [source for source in known if source in spec]
    if not named:
        return [required(path, "must specify a volume type")]
    causes = [forbidden(f"{path}.{source}", ONE_TYPE) for source in named[1:]]
    check = _CHECKS.get(named[0])
    return [*(check(spec[named[0]] or {}, f"{path}.{named[0]}") if check else ()), *causes]


def pod_source_causes(volume: Object, path: str) -> list[Cause]:
    """Returns what is wrong with the source of a Pod's volume."""
    named = [source for source in volume if source != "name"]
    causes = [forbidden(f"{path}.{source}", ONE_TYPE) for source in named[1:]]
    check = _POD_CHECKS.get(named[0]) or _CHECKS.get(named[0]) if named else None
    return [*(check(volume[named[0]] or {}, f"{path}.{named[0]}") if check else ()), *causes]


def _host_path(source: Object, path: str) -> list[Cause]:
    causes = []
    if not source.get("path"):
        causes.append(required(f"{path}.path"))
    elif ".." in source["path"].split("/"):
        causes.append(invalid(f"{path}.path", source["path"], "must not contain '..'"))
    if source.get("type") and source["type"] not in HOST_PATH_TYPES:
        causes.append(unsupported(f"{path}.type", source["type"], HOST_PATH_TYPES))
    return causes


def _nfs(source: Object, path: str) -> list[Cause]:
    causes = [required(f"{path}.{field}") for field in ("server", "path") if not source.get(field)]
    if not source.get("path", "").startswith("/"):
        causes.append(invalid(f"{path}.path", source.get("path", ""), "must be an absolute path"))
    return causes


def _local(source: Object, path: str) -> list[Cause]:
    if not source.get("path"):
        return [required(f"{path}.path")]
    wrong = ".." in source["path"].split("/")
    return [invalid(f"{path}.path", source["path"], "must not contain '..'")] if wrong else []


def _csi(source: Object, path: str) -> list[Cause]:
    return [required(f"{path}.{field}") for field in ("driver", "volumeHandle") if not source.get(field)]


def _csi_inline(source: Object, path: str) -> list[Cause]:
    return [] if source.get("driver") else [required(f"{path}.driver")]


def _claim(source: Object, path: str) -> list[Cause]:
    return [] if source.get("claimName") else [required(f"{path}.claimName")]


def _empty_dir(source: Object, path: str) -> list[Cause]:
    causes = []
    if source.get("sizeLimit") is not None and parse(source["sizeLimit"]) < 0:
        causes.append(forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity"))
    return causes


def _mode_causes(source: Object, path: str) -> list[Cause]:
    mode = source.get("defaultMode")
    causes = [] if mode is None or 0 <= mode <= 0o777 else [_bad_mode(f"{path}.defaultMode", mode)]
    return causes + _item_causes(source.get("items") or (), f"{path}.items")


def _item_causes(items: Sequence[Object], path: str, first: int = 0) -> list[Cause]:
    causes = []
    for place, item in enumerate(items, first):
        at = f"{path}[{place}]"
        causes += [required(f"{at}.{field}") for field in ("key", "path") if not item.get(field)]
        causes += relative_path_causes(item.get("path") or "", f"{at}.path")
        mode = item.get("mode")
        if mode is not None and not 0 <= mode <= 0o777:
            causes.append(_bad_mode(f"{at}.mode", mode))
    return causes


def sub_path_causes(mount: Object, path: str) -> list[Cause]:
    """Returns what is wrong with the part of a volume that a container mounts."""
    causes: list[Cause] = []
    for field in ("subPath", "subPathExpr"):
        causes += _descending_causes(mount.get(field) or "", f"{path}.{field}")
    if mount.get("subPath") and mount.get("subPathExpr"):
        why = "subPathExpr and subPath are mutually exclusive"
        causes.append(invalid(f"{path}.subPathExpr", mount["subPathExpr"], why))
    return causes


def propagation_causes(mount: Object, context: Object, path: str) -> list[Cause]:
    """Returns what is wrong with how mounts travel between a container and its node.

    Args:
        context: the container's securityContext.
    """
    if mount.get("mountPropagation") != "Bidirectional" or context.get("privileged"):
        return []
    return [forbidden(path, "Bidirectional mount propagation is available only to privileged containers")]


def device_causes(container: Object, path: str, volumes: Collection[str]) -> list[Cause]:
    """Returns what is wrong with the block devices of a container."""
    causes: list[Cause] = []
    mounted = {mount.get("name") for mount in container.get("volumeMounts") or ()}
    paths: dict[str, None] = {}
    for place, device in enumerate(container.get("volumeDevices") or ()):
        at, name, where = f"{path}[{place}]", device.get("name"), device.get("devicePath")
        if not name:
            causes.append(required(f"{at}.name"))
        elif name not in volumes:
            causes.append(Cause("FieldValueNotFound", f'Not found: "{name}"', f"{at}.name"))
        elif name in mounted:
            causes.append(invalid(f"{at}.name", name, "must not already exist in volumeMounts"))
        if not where:
            causes.append(required(f"{at}.devicePath"))
        elif where in paths:
            causes.append(invalid(f"{at}.devicePath", where, "must be unique"))
        elif ".." in where.split("/"):
            causes.append(invalid(f"{at}.devicePath", where, "can not contain backsteps ('..')"))
        paths[where or ""] = None
    return causes


def _descending_causes(text: str, path: str) -> list[Cause]:
    """Returns what is wrong with a path that has to lead into a volume."""
    causes = [invalid(path, text, "must be a relative path")] if text.startswith("/") else []
    return [*causes, invalid(path, text, "must not contain '..'")] if ".." in text.split("/") else causes


def relative_path_causes(text: str, path: str) -> list[Cause]:
    """Returns what is wrong with the path of a file in a volume (ValidateLocalNonReservedPath)."""
    causes = _descending_causes(text, path)
    if text.startswith("..") and not text.startswith("../"):
        causes.append(invalid(path, text, "must not start with '..'"))
    return causes


def _bad_mode(path: str, mode: int) -> Cause:
    return invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive")


def _config_map(source: Object, path: str) -> list[Cause]:
    return ([] if source.get("name") else [required(f"{path}.name")]) + _mode_causes(source, path)


def _secret(source: Object, path: str) -> list[Cause]:
    return ([] if source.get("secretName") else [required(f"{path}.secretName")]) + _mode_causes(source, path)


def _downward_api(source: Object, path: str) -> list[Cause]:
    mode = source.get("defaultMode")
    causes = [] if mode is None or 0 <= mode <= 0o777 else [_bad_mode(f"{path}.defaultMode", mode)]
    return causes + [cause for item in source.get("items") or () for cause in _downward_causes(item, path)]


def _downward_causes(item: Object, path: str) -> list[Cause]:
    """Returns what is wrong with a file of the downward API; the server does not say with which one."""
    causes = [] if item.get("path") else [required(f"{path}.path")]
    causes += relative_path_causes(item.get("path") or "", f"{path}.path")
    if "fieldRef" in item:
        field = (item["fieldRef"] or {}).get("fieldPath", "")
        if not field:
            causes.append(required(f"{path}.fieldRef.fieldPath"))
        elif field not in DOWNWARD and not DOWNWARD_ITEM.fullmatch(field):
            causes.append(unsupported(f"{path}.fieldRef.fieldPath", field, DOWNWARD))
        if "resourceFieldRef" in item:
            causes.append(invalid(path, "resource", BOTH_REFERENCES))
    elif "resourceFieldRef" in item:
        reference = item["resourceFieldRef"] or {}
        if not reference.get("containerName"):
            causes.append(required(f"{path}.resourceFieldRef.containerName"))
        if reference.get("resource") not in RESOURCES and not HUGEPAGES.fullmatch(reference.get("resource", "")):
            causes.append(unsupported(f"{path}.resourceFieldRef.resource", reference.get("resource", ""), RESOURCES))
    else:
        causes.append(required(path, "one of fieldRef and resourceFieldRef is required"))
    mode = item.get("mode")
    return causes if mode is None or 0 <= mode <= 0o777 else [*causes, _bad_mode(f"{path}.mode", mode)]


def _projected(source: Object, path: str) -> list[Cause]:
    mode = source.get("defaultMode")
    causes = [] if mode is None or 0 <= mode <= 0o777 else [_bad_mode(f"{path}.defaultMode", mode)]
    paths: dict[str, None] = {}
    for place, each in enumerate(source.get("sources") or ()):
        at = f"{path}.sources[{place}]"
        for kind in ("secret", "configMap", "downwardAPI"):
            if kind in each:
                causes += _projection_causes(kind, each[kind] or {}, f"{at}.{kind}", path, paths)
        if "serviceAccountToken" in each:
            causes += _token_causes(each["serviceAccountToken"] or {}, f"{at}.serviceAccountToken", path)
        if len(each) > 1:
            causes.append(forbidden(at, ONE_TYPE))
    return causes


def _projection_causes(kind: str, each: Object, path: str, volume: str, paths: dict[str, None]) -> list[Cause]:
    """Returns what is wrong with one source of a projected volume.

    Args:
        volume: the path of the volume.
        paths: those of the files that are known already.
    """
    causes = [] if kind == "downwardAPI" or each.get("name") else [required(f"{path}.name")]
    for place, item in enumerate(each.get("items") or ()):
        is_field = kind == "downwardAPI"
        causes += _downward_causes(item, path) if is_field else _item_causes([item], f"{path}.items", place)
        if item.get("path") in paths:
            causes.append(invalid(volume, item["path"] if is_field else each.get("name", ""), DUPLICATE_PATHS))
        if item.get("path"):
            paths[item["path"]] = None
    return causes


def _token_causes(token: Object, path: str, volume: str) -> list[Cause]:
    causes = []
    seconds = token.get("expirationSeconds", 3600)
    if seconds < 600:
        causes.append(invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"))
    if seconds > 1 << 32:
        causes.append(
            invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")
        )
    if not token.get("path"):
        return [*causes, required(f"{volume}.path")]
    return causes + relative_path_causes(token["path"], f"{volume}.path")


Check = Callable[[Object, str], list[Cause]]
_CHECKS: dict[str, Check] = {"hostPath": _host_path, "nfs": _nfs, "local": _local, "csi": _csi}
_POD_CHECKS: dict[str, Check] = {
    "csi": _csi_inline,
    "persistentVolumeClaim": _claim,
    "emptyDir": _empty_dir,
    "configMap": _config_map,
    "secret": _secret,
    "downwardAPI": _downward_api,
    "projected": _projected,
}
