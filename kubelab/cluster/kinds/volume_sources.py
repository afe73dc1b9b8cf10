"""Where volumes come from: the sources that Pods and PersistentVolumes may name, and what is wrong with one.

Source: pkg/apis/core/validation/validation.go (validateVolumeSource, ValidatePersistentVolumeSpec).
"""

from __future__ import annotations

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
MEDIA = ("", "Memory")
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
    if source.get("path") and not source["path"].startswith("/"):
        causes.append(invalid(f"{path}.path", source["path"], "must be an absolute path"))
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
    if source.get("medium", "") not in MEDIA and not str(source["medium"]).startswith("HugePages"):
        causes.append(unsupported(f"{path}.medium", source["medium"], ("", "HugePages", "Memory")))
    if source.get("sizeLimit") is not None and parse(source["sizeLimit"]) < 0:
        causes.append(forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity"))
    return causes


def _mode_causes(source: Object, path: str) -> list[Cause]:
    mode = source.get("defaultMode")
    causes = [] if mode is None or 0 <= mode <= 0o777 else [_bad_mode(f"{path}.defaultMode", mode)]
    return causes + _item_causes(source.get("items") or (), f"{path}.items")


def _item_causes(items: Sequence[Object], path: str) -> list[Cause]:
    causes = []
    for place, item in enumerate(items):
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
        causes += relative_path_causes(mount.get(field) or "", f"{path}.{field}")
    if mount.get("subPath") and mount.get("subPathExpr"):
        why = "subPathExpr and subPath are mutually exclusive"
        causes.append(invalid(f"{path}.subPathExpr", mount["subPathExpr"], why))
    return causes


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


def relative_path_causes(text: str, path: str) -> list[Cause]:
    """Returns what is wrong with a path below a volume's root."""
    if text.startswith("/"):
        return [invalid(path, text, "must be a relative path")]
    parts = text.split("/")
    if ".." in parts:
        return [invalid(path, text, "must not contain '..'")]
    return [invalid(path, text, "must not start with '..'")] if text.startswith("..") else []


def _bad_mode(path: str, mode: int) -> Cause:
    return invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive")


def _config_map(source: Object, path: str) -> list[Cause]:
    return ([] if source.get("name") else [required(f"{path}.name")]) + _mode_causes(source, path)


def _secret(source: Object, path: str) -> list[Cause]:
    return ([] if source.get("secretName") else [required(f"{path}.secretName")]) + _mode_causes(source, path)


def _projected(source: Object, path: str) -> list[Cause]:
    causes: list[Cause] = []
    paths: dict[str, None] = {}
    for place, each in enumerate(source.get("sources") or ()):
        at = f"{path}.sources[{place}]"
        for kind in ("configMap", "secret", "downwardAPI"):
            for item in (each.get(kind) or {}).get("items") or ():
                if item.get("path") in paths:
                    causes.append(
                        invalid(f"{at}.{kind}.items" if kind != "downwardAPI" else at, item["path"],
                                "conflicting duplicate paths")
                    )  # fmt: skip
                paths[item.get("path", "")] = None
        token = each.get("serviceAccountToken")
        if token is not None:
            causes += _token_causes(token, f"{at}.serviceAccountToken")
    return causes


def _token_causes(token: Object, path: str) -> list[Cause]:
    causes = []
    seconds = token.get("expirationSeconds", 3600)
    if seconds < 600:
        causes.append(invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"))
    if seconds > 1 << 32:
        causes.append(
            invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")
        )
    if not token.get("path"):
        causes.append(required(f"{path}.path"))
    return causes + relative_path_causes(token.get("path") or "", f"{path}.path")


Check = Callable[[Object, str], list[Cause]]
_CHECKS: dict[str, Check] = {"hostPath": _host_path, "nfs": _nfs, "local": _local, "csi": _csi}
_POD_CHECKS: dict[str, Check] = {
    "csi": _csi_inline,
    "persistentVolumeClaim": _claim,
    "emptyDir": _empty_dir,
    "configMap": _config_map,
    "secret": _secret,
    "projected": _projected,
}
