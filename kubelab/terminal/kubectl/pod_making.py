"""The Pod that `kubectl run` makes (kubectl/pkg/generate/versioned/run.go)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.data_sources import env_name_problems
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.service_making import parse_labels, port_number

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

REFERENCE = re.compile(  # of an image
    r"[a-zA-Z0-9]+([._-]+[a-zA-Z0-9]+)*(:[0-9]+)?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?"
    r"(@[A-Za-z][\w.+-]*:[0-9a-fA-F]{32,})?"
)
PULL_POLICIES = ("", "Always", "IfNotPresent", "Never")


def pod(call: Call, restart: str) -> Object:
    """Returns the Pod that the flags and arguments describe.

    Raises:
        CommandError: a label, variable or port is wrong.
    """
    flags = call.flags
    name, *words = call.args
    labels = parse_labels(flags.text("labels")) if flags.text("labels") else {"run": name}
    metadata: Object = {"name": name, "labels": labels}
    annotations = dict(_pair(text) for text in flags.items("annotations"))
    if annotations:
        metadata["annotations"] = annotations
    container: Object = {"name": name, "image": flags.text("image")}
    if words:
        container["command" if flags.on("command") else "args"] = words
    if flags.text("port"):
        container["ports"] = [{"containerPort": port_number(flags.text("port"))}]
    env = [_variable(text) for text in flags.items("env")]
    if env:
        container["env"] = env
    if flags.text("image-pull-policy"):
        container["imagePullPolicy"] = flags.text("image-pull-policy")
    if flags.on("privileged"):
        container["securityContext"] = {"privileged": True}
    container |= _streams(call)
    spec = {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _streams(call: Call) -> Object:
    flags = call.flags
    if not flags.on("stdin"):
        return {}
    streams: Object = {"stdin": True}
    if not flags.on("leave-stdin-open"):
        streams["stdinOnce"] = True
    if flags.on("tty"):
        streams["tty"] = True
    return streams


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise CommandError(f"unexpected annotation format: {text}")
    return key, value


def _variable(text: str) -> Object:
    name, equals, value = text.partition("=")
    if not equals or not name or env_name_problems(name):
        raise CommandError(f"invalid env: {text}")
    return {"name": name, "value": value} if value else {"name": name}
