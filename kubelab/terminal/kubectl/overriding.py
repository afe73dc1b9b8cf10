"""--overrides and --override-type of `kubectl run` and `expose` (kubectl/pkg/cmd/util/override_options.go)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kubelab.cluster.api import jsonpatch, patches, strategic
from kubelab.cluster.gojson import go_json_error
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

OVERRIDES = (
    Flag("override-type", "string", "merge", "How --overrides is laid over the object: json, merge, or strategic."),
    Flag("overrides", "string", "", "JSON to lay over the object that is made. It must have a valid apiVersion."),
)


def overridden(call: Call, kind: Kind, obj: Object) -> Object:
    """Returns an object with --overrides laid over it.

    Raises:
        CommandError: the overrides are no JSON, or of an unknown type.
    """
    text = call.flags.text("overrides")
    if not text:
        return obj
    how = call.flags.text("override-type")
    if how not in ("json", "merge", "strategic"):
        raise CommandError(f"invalid override type: {how}")
    try:
        patch = json.loads(text)
    except json.JSONDecodeError as error:
        problem = "Invalid JSON Patch" if how == "merge" else go_json_error(error)
        raise CommandError(problem) from None
    if how == "json":
        patched: Object = jsonpatch.apply(obj, patch)
        return patched
    if not isinstance(patch, dict):
        raise CommandError("Invalid JSON Patch")
    if how == "merge":
        merged: Object = patches.merge(obj, patch)
        return merged
    return strategic.merge(call.ctx.machine.cluster.version, kind, obj, patch)
