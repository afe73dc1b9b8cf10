"""The containers and Pods that kubectl debug makes (kubectl/pkg/cmd/debug/debug.go)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kubelab.cluster.api import strategic
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl import debug_profiles as profiles
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.connection import STRATEGIC
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.manifests import YamlError, load_yaml

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_FIXED = ("name", "command", "image", "lifecycle", "volumeDevices")
_MANAGED, _MANAGED_SINCE = {"app.kubernetes.io/managed-by": "kubectl-debug"}, 34
_NON_ROOT = (
    "Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile "
    'may not work. Please consider using "--custom" with a custom profile that specifies '
    '"securityContext.runAsUser: 0".\n'
)


def custom(call: Call) -> Object:
    """Returns the part of a container that --custom gives.

    Raises:
        CommandError: its file cannot be read.
    """
    path = call.flags.text("custom") if call.flags.has("custom") else ""
    if not path:
        return {}
    try:
        found = load_yaml(call.ctx.read_file(path))
    except FileError as error:
        reason = f"open {path}: {error.reason.lower()}"
        raise CommandError(f"must pass a container spec json file for custom profile: {reason}") from None
    except YamlError as error:
        raise CommandError(f"{path} does not contain a valid container spec: {error}") from None
    return found if isinstance(found, dict) else {}


def check_custom(part: Object) -> None:
    """Refuses what --custom may not change.

    Raises:
        CommandError: it does.
    """
    if any(part.get(name) for name in _FIXED):
        raise CommandError("name, command, image, lifecycle and volume devices are not modifiable via custom profile")


def arguments(call: Call) -> list[str]:
    """Returns what stands after `--`."""
    return call.args[call.flags.dash :] if call.flags.dash > -1 else []


def add_ephemeral(call: Call, pod: Object, part: Object) -> str:
    """Adds a container to a Pod that runs, and returns its name."""
    flags, metadata = call.flags, pod["metadata"]
    name = _name(call, pod)
    container = {**_container(call, name), "terminationMessagePolicy": "File"}
    if flags.text("target"):
        container["targetContainerName"] = flags.text("target")
    container = profiles.secured(flags.text("profile"), profiles.EPHEMERAL, container)
    if part:
        spec = {"containers": [container]}
        container = _customized(call, {**pod, "spec": spec}, name, part)["spec"]["containers"][0]
    _warn(call, container, pod)
    call.api.call(
        "patch", kind_of(call.kinds, "pods"), metadata["namespace"], metadata["name"],
        subresource="ephemeralcontainers", content_type=STRATEGIC,
        body={"spec": {"ephemeralContainers": [container]}},
    )  # fmt: skip
    return name


def make_on_node(call: Call, node: Object, part: Object) -> Object:
    """Makes a Pod on a node, and returns it."""
    flags, where = call.flags, node["metadata"]["name"]
    name = flags.text("container") or "debugger"
    suffix = _suffix(call, node)
    if not flags.on("quiet"):
        call.say(f"Creating debugging pod node-debugger-{where}-{suffix} with container {name} on node {where}.")
    container = {**_container(call, name), "terminationMessagePolicy": "File"}
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"node-debugger-{where}-{suffix}",
            **({"labels": _MANAGED} if call.minor >= _MANAGED_SINCE else {}),
        },
        "spec": {
            "containers": [container],
            "nodeName": where,
            "restartPolicy": "Never",
            "tolerations": [{"operator": "Exists"}],
        },
    }
    pod = profiles.on_node(flags.text("profile"), pod, name)
    pod = _customized(call, pod, name, part) if part else pod
    return call.api.call("create", kind_of(call.kinds, "pods"), call.namespace, body=pod)


def make_copy(call: Call, pod: Object, part: Object) -> tuple[Object, str]:
    """Makes a copy of a Pod; returns it and the name of the container for debugging, "" where none is."""
    copied, name = _copy(call, pod)
    if name:
        copied = profiles.of_copy(call.flags.text("profile"), copied, name, call.flags)
        copied = _customized(call, copied, name, part) if part else copied
        _warn(call, next((each for each in copied["spec"]["containers"] if each["name"] == name), {}), copied)
    kind, namespace = kind_of(call.kinds, "pods"), pod["metadata"]["namespace"]
    created = call.api.call("create", kind, namespace, body=copied)
    if call.flags.on("replace"):
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0}
        call.api.call("delete", kind, namespace, pod["metadata"]["name"], body=body)
    return created, name


def _copy(call: Call, pod: Object) -> tuple[Object, str]:
    flags, metadata = call.flags, pod["metadata"]
    spec = {field: value for field, value in pod["spec"].items() if field != "ephemeralContainers"}
    if flags.changed("share-processes"):
        spec["shareProcessNamespace"] = flags.on("share-processes")
    if not flags.on("same-node"):
        spec.pop("nodeName", None)
    images = flags.labels("set-image")
    spec["containers"] = [
        {**each, "image": images.get(each["name"]) or images.get("*") or each["image"]} for each in spec["containers"]
    ]
    kept = {field: metadata[field] for field in ("annotations", "labels") if metadata.get(field)}
    copied = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": flags.text("copy-to"), "namespace": metadata["namespace"], **kept},
        "spec": spec,
    }
    name = flags.text("container")
    if not any(each["name"] == name for field in _CONTAINERS for each in spec.get(field) or ()):
        if not flags.text("image"):
            if images:
                return copied, ""
            raise CommandError("you must specify image when creating new container")
        name = _name(call, copied)
        spec["containers"].append({"name": name, "terminationMessagePolicy": "File"})
    for field in _CONTAINERS[:2]:
        if spec.get(field):
            spec[field] = [_lean({**each, **_changes(call)}) if each["name"] == name else each for each in spec[field]]
    return copied, name


def _changes(call: Call) -> Object:
    """Returns what of a container the flags ask for."""
    flags = call.flags
    found: Object = {"stdin": flags.on("stdin"), "tty": flags.on("tty")}
    words = arguments(call)
    if words:
        found |= {"args": words} if flags.on("arguments-only") else {"command": words, "args": []}
    if flags.labels("env"):
        found["env"] = [{"name": name, "value": value} for name, value in flags.labels("env").items()]
    if flags.text("image"):
        found["image"] = flags.text("image")
    if flags.text("image-pull-policy"):
        found["imagePullPolicy"] = flags.text("image-pull-policy")
    return found


def _container(call: Call, name: str) -> Object:
    return _lean({"name": name, **_changes(call)})


def _lean(container: Object) -> Object:
    """Returns a container without what is off or empty, as Go leaves it out."""
    return {field: value for field, value in container.items() if value not in (False, [])}


def _name(call: Call, pod: Object) -> str:
    """Returns the name of the container for debugging, and tells it where it is nobody's choice."""
    if call.flags.text("container"):
        return call.flags.text("container")
    name = f"debugger-{_suffix(call, pod)}"
    if not call.flags.on("quiet"):
        call.say(f"Defaulting debug container name to {name}.")
    return name


def _suffix(call: Call, obj: Object) -> str:
    cluster = call.api.cluster
    return cluster.random.suffix(cluster.store.revision, obj["metadata"].get("uid") or obj["metadata"]["name"])


def _customized(call: Call, pod: Object, name: str, part: Object) -> Object:
    """Returns a Pod with what --custom gives laid over a container."""
    patch: dict[str, Any] = {"spec": {"containers": [{**json.loads(json.dumps(part)), "name": name}]}}
    return strategic.merge(call.ctx.machine.cluster.version, kind_of(call.kinds, "pods"), pod, patch)


def _warn(call: Call, container: Object, pod: Object) -> None:
    """Tells that rights may be of no use to a user who is not root."""
    context = container.get("securityContext") or {}
    user = (pod["spec"].get("securityContext") or {}).get("runAsUser")
    granted = context.get("privileged") or (context.get("capabilities") or {}).get("add")
    if user and granted and context.get("runAsUser") != 0:
        call.err(_NON_ROOT)
