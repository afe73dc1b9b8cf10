"""--record, deprecated long ago: keeps the command in the annotation kubernetes.io/change-cause.

Source: cli-runtime/pkg/genericclioptions/record_flags.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object, annotations_of
from kubelab.terminal.kubectl.changing import with_annotation
from kubelab.terminal.kubectl.connection import MERGE
from kubelab.terminal.kubectl.flags import Flag

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call
    from kubelab.terminal.kubectl.resources import Info

CHANGE_CAUSE = "kubernetes.io/change-cause"
RECORD = Flag("record", "bool", False, "", hidden=True, deprecated="--record will be removed in the future")


def recorded(call: Call, obj: Object) -> Object:
    """Returns an object that says which command made it what it is, if that is wanted."""
    return with_annotation(obj, CHANGE_CAUSE, _cause(call)) if _is_wanted(call) else obj


def record(call: Call, info: Info, obj: Object, options: dict[str, str]) -> Object:
    """Has the server keep the command that changed an object, if that is wanted; returns the object then."""
    if not _is_wanted(call) or annotations_of(obj).get(CHANGE_CAUSE) == _cause(call):
        return obj
    body = {"metadata": {"annotations": {CHANGE_CAUSE: _cause(call)}}}
    try:
        return call.api.call(
            "patch", info.kind, info.namespace, info.name, options=options, body=body, content_type=MERGE
        )
    except ApiError:
        return obj  # real kubectl only logs it


def _is_wanted(call: Call) -> bool:
    return call.flags.has("record") and call.flags.on("record")


def _cause(call: Call) -> str:
    """Returns the command line: the arguments, then the flags."""
    flags = [f"--{name}={text}" for name, text in call.flags.given]
    return " ".join(("kubectl", call.command.path, *call.args, *flags))
