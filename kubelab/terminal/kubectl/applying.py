"""What kubectl apply does with one object: create it, patch it by a three-way merge, or let the server merge.

The rules of kubectl/pkg/cmd/apply/apply.go (applyOneObject) and patcher.go.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import name_of
from kubelab.terminal.kubectl.changing import LAST_APPLIED, last_applied, with_last_applied
from kubelab.terminal.kubectl.connection import APPLY, JSON_PATCH, MERGE, STRATEGIC
from kubelab.terminal.kubectl.errors import CommandError, with_source
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.kubectl.resources import Info
from kubelab.terminal.kubectl.three_way import merge_patch, strategic_patch

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

CLIENT_SIDE, SERVER_SIDE, KEEPER = "kubectl-client-side-apply", "kubectl", "kubectl-last-applied"
_CONFLICT_HELP = """
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"""


def three_way_patch(call: Call, info: Info, live: Object, modified: Object) -> tuple[Object, str]:
    """Returns the patch that brings the live object to what `modified` says, and its content type.

    Raises:
        CommandError: the patch would change what the object is.
    """
    text = last_applied(live)
    original: Object = json.loads(text) if text else {}
    version = call.ctx.machine.cluster.version
    name = name_of(version, info.kind.group, info.kind.version, info.kind.name)
    if name is not None:
        return strategic_patch(version, name, original, modified, live), STRATEGIC
    patch = merge_patch(original, modified, live)
    if "apiVersion" in patch or "kind" in patch or "name" in (patch.get("metadata") or {}):
        raise CommandError("At least one of apiVersion, kind and name was changed")
    return patch, MERGE


def described(info: Info) -> str:
    """Returns how an object is told of in errors about patches (resource.Info's String)."""
    kind = info.kind
    resource = f"{kind.group}/{kind.version}, Resource={kind.plural}"
    identity = f"{kind.group}/{kind.version}, Kind={kind.name}"
    return (
        f"Resource: {quote(resource)}, GroupVersionKind: {quote(identity)}\n"
        f"Name: {quote(info.name)}, Namespace: {quote(info.namespace)}"
    )


class Applier:
    """Applies objects one by one.

    Args:
        options: the query parameters of the writes.
    """

    def __init__(self, call: Call, dry: str, options: dict[str, str]) -> None:
        self.call = call
        self.dry = dry
        self.options = options

    def apply(self, info: Info) -> str:
        """Applies one object, which then is in `info`; returns what was done: created, configured, unchanged.

        Raises:
            ApiError, CommandError: it cannot be applied.
        """
        modified = with_last_applied(info.object)
        verb = f"retrieving current configuration of:\n{described(info)}\nfrom server for:"
        if not info.name:
            raise with_source(verb, info.source, CommandError("resource name may not be empty"))
        try:
            live = self.call.api.find(info.kind, info.namespace, info.name)
        except ApiError as error:
            raise with_source(verb, info.source, error) from None
        if live is None:
            info.object = modified
            if self.dry != "client":
                info.object = self._create(info, modified)
            return "created"
        info.object = live
        if self.dry == "client":
            return "configured"
        return self._patch(info, live, modified)

    def _create(self, info: Info, obj: Object) -> Object:
        try:
            return self.call.api.call("create", info.kind, info.namespace, options=self.options, body=obj)
        except ApiError as error:
            raise with_source("creating", info.source, error) from None

    def _patch(self, info: Info, live: Object, modified: Object) -> str:
        call = self.call
        if last_applied(live) is None:
            name = f"{info.kind.plural}/{info.name}"
            call.err(
                f"Warning: resource {name} is missing the {LAST_APPLIED} annotation which is required by kubectl apply."
                " kubectl apply should only be used on resources created declaratively by either kubectl create "
                "--save-config or kubectl apply. The missing annotation will be patched automatically.\n"
            )
        patch: Object = {}
        try:
            patch, content_type = three_way_patch(call, info, live, modified)
            if patch:
                info.object = self._patched(info, patch, content_type)
        except (ApiError, CommandError) as error:
            verb = f"applying patch:\n{compact_json(patch) if patch else ''}\nto:\n{described(info)}\nfor:"
            raise with_source(verb, info.source, error) from None
        warn_if_deleting(call, info.object)
        return "configured" if patch else "unchanged"

    def _patched(self, info: Info, patch: Object, content_type: str) -> Object:
        try:
            return self.call.api.call(
                "patch", info.kind, info.namespace, info.name,
                options=self.options, body=patch, content_type=content_type,
            )  # fmt: skip
        except ApiError as error:
            raise with_source("patching", info.source, error) from None

    def apply_on_server(self, info: Info, force: bool) -> None:
        """Lets the server merge one object, which then is in `info`.

        Raises:
            ApiError, CommandError: the server refuses, above all for conflicts with other managers.
        """
        wanted = info.object
        info.object = self._send(info, wanted, force)
        manager = self.options["fieldManager"]
        self._keep_annotation(info, manager)
        if self._migrate(info, manager):
            info.object = self._send(info, wanted, force)
        warn_if_deleting(self.call, info.object)

    def _send(self, info: Info, wanted: Object, force: bool) -> Object:
        options = {**self.options, "force": "true" if force else "false"}
        try:
            return self.call.api.call(
                "patch", info.kind, info.namespace, info.name,
                options=options, body=wanted, content_type=APPLY, subresource=info.subresource,
            )  # fmt: skip
        except ApiError as error:
            if error.reason == "Conflict":
                raise CommandError(error.message + _CONFLICT_HELP) from None
            raise

    def _keep_annotation(self, info: Info, manager: str) -> None:
        """Gives the annotation of an object that the client applied an owner, so that it stays."""
        text = last_applied(info.object)
        if manager != SERVER_SIDE or text is None or _annotation_is_owned(info.object):
            return
        metadata = {"name": info.name, "annotations": {LAST_APPLIED: text}}
        if info.namespace:
            metadata["namespace"] = info.namespace
        annotation = {"apiVersion": info.kind.api_version, "kind": info.kind.name, "metadata": metadata}
        options = {**self.options, "fieldManager": KEEPER}
        info.object = self.call.api.call(
            "patch", info.kind, info.namespace, info.name, options=options, body=annotation, content_type=APPLY
        )

    def _migrate(self, info: Info, manager: str) -> bool:
        """Hands what the client's applies own over to the server's; tells whether there was such a thing."""
        managed = info.object["metadata"].get("managedFields") or []
        upgraded = migrated(managed, manager)
        if upgraded is None:
            return False
        patch = [
            {"op": "replace", "path": "/metadata/managedFields", "value": upgraded},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": info.object["metadata"]["resourceVersion"]},
        ]
        options = {name: value for name, value in self.options.items() if name == "dryRun"}
        self.call.api.call(
            "patch", info.kind, info.namespace, info.name, options=options, body=patch, content_type=JSON_PATCH
        )
        return True


def _annotation_is_owned(obj: Object) -> bool:
    """Tells whether somebody who applies on the server owns the last-applied annotation."""
    for entry in obj["metadata"].get("managedFields") or ():
        owned = (entry.get("fieldsV1") or {}).get("f:metadata", {}).get("f:annotations", {})
        if entry.get("operation") == "Apply" and f"f:{LAST_APPLIED}" in owned:
            return True
    return False


def migrated(managed: list[Object], manager: str) -> list[Object] | None:
    """Returns managed fields with the client-side entry joined to the server-side one; None if there is none.

    The rules of client-go's csaupgrade.
    """

    def index(name: str, operation: str) -> int:
        found = (
            at
            for at, entry in enumerate(managed)
            if (entry.get("manager"), entry.get("operation"), entry.get("subresource", "")) == (name, operation, "")
        )
        return next(found, -1)

    client = index(CLIENT_SIDE, "Update")
    if client < 0:
        return None
    server = index(manager, "Apply")
    kept = list(managed)
    joined = kept[client]["fieldsV1"]
    if server >= 0:
        kept[server] = {**kept[server], "fieldsV1": _union(kept[server]["fieldsV1"], joined)}
        del kept[client]
    else:
        kept[client] = {**kept[client], "manager": manager, "operation": "Apply"}
    return kept


def _union(first: Any, second: Any) -> Any:
    merged = dict(first)
    for name, value in second.items():
        merged[name] = _union(merged[name], value) if name in merged else value
    return merged


def warn_if_deleting(call: Call, obj: Object) -> None:
    """Tells that a change comes too late."""
    if "deletionTimestamp" in obj["metadata"]:
        name = obj["metadata"]["name"]
        call.err(f"Warning: Detected changes to resource {name} which is currently being deleted.\n")
