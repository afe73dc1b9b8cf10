"""The ways of changing a part of an object: JSON patch, merge patch, strategic merge patch, apply.

Source: RFC 6902, RFC 7386; kubernetes.io, reference/using-api/api-concepts, "Patch".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from kubelab.cluster.api import errors, jsonpatch, strategic, tables
from kubelab.cluster.api.metadata import named_as_asked
from kubelab.cluster.api.request import (
    APPLY_PATCH,
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_MERGE_PATCH,
    Request,
    Response,
    Undecoded,
)  # fmt: skip
from kubelab.cluster.gojson import go_json_error, json_type, read_json
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

MOST_OPERATIONS = 10_000  # of a JSON patch
NO_MERGE_PATCH = "Invalid JSON Patch"
FORMS = {  # what a patch is to be read into
    JSON_PATCH: (list, "[]handlers.jsonPatchOp"),
    MERGE_PATCH: (dict, "map[string]interface {}"),
    STRATEGIC_MERGE_PATCH: (dict, "map[string]interface {}"),
}


def decoded(text: str) -> Any:
    """Reads the body of a patch; what cannot be read is `Undecoded`."""
    try:
        return read_json(text)
    except json.JSONDecodeError as error:
        return Undecoded(go_json_error(error))


def _check_form(request: Request) -> None:
    """Reads a patch as the server does before it applies it (handlers/patch.go).

    Raises:
        BadRequest: it is no JSON, or has not the form of a patch of its type.
    """
    body, ignores = request.body, request.options.get("fieldValidation") == "Ignore"
    if request.content_type == MERGE_PATCH and (body is None or (ignores and not isinstance(body, (dict, list)))):
        raise errors.BadRequest(NO_MERGE_PATCH)
    prefix = "" if ignores else "error decoding patch: "
    if isinstance(body, Undecoded):
        raise errors.BadRequest(prefix + body.why)
    if ignores or body is None:
        return  # the patch itself is looked at when it is applied
    form, type_ = FORMS[request.content_type]
    wrong = (
        [body] if not isinstance(body, form) else [item for item in body if form is list and not _is_operation(item)]
    )
    if wrong:
        type_ = type_ if wrong[0] is body else type_.removeprefix("[]")
        raise errors.BadRequest(f"{prefix}json: cannot unmarshal {json_type(wrong[0])} into Go value of type {type_}")
    for item in body if form is list else ():
        for name in ("op", "path", "from"):
            if not isinstance((item or {}).get(name, ""), str | None):
                type_ = f"Go struct field jsonPatchOp.{name} of type string"
                raise errors.BadRequest(f"{prefix}json: cannot unmarshal {json_type(item[name])} into {type_}")
    if form is list and len(body) > MOST_OPERATIONS:
        raise errors.RequestEntityTooLarge(
            f"The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, got {len(body)}"
        )


def _is_operation(item: Any) -> bool:
    return item is None or isinstance(item, dict)


def handle(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers a PATCH request."""
    if request.content_type == APPLY_PATCH:
        from kubelab.cluster.api.serversideapply import apply  # it needs the server's types, as they need this

        return apply(server, request, warnings)
    old = server.get(request.kind, request.key)
    new = named_as_asked(request, _decoded(server, request, patched(server, request, old), warnings))
    if request.subresource == "status":
        new = {**old, "status": new.get("status") or {}, "metadata": new["metadata"]}
    stored = server.update(
        request.kind, new, user=request.user, manager=request.manager, subresource=request.subresource,
        dry_run=request.dry_run, warnings=warnings, noted=True,
    )  # fmt: skip
    return Response(tables.shown(server, request, stored), 200, warnings)


def _decoded(server: ApiServer, request: Request, body: Object, warnings: list[str]) -> Object:
    """Returns what a patch makes of an object, as an object of its kind.

    Raises:
        Invalid: the patch puts in what the kind does not know, or a value of another type (handlers/patch.go).
    """
    try:
        return server.decoded(request, body, warnings)
    except errors.BadRequest as error:
        why = re.sub(r"^.*? cannot be handled as a \S+: ", "", error.message)
        if why.startswith("illegal base64"):  # k8s.io/apimachinery, runtime/converter.go
            why = f"error decoding from json: {why}"
        plain = request.content_type == STRATEGIC_MERGE_PATCH
        shown = _go_map(request.body) if plain else json.dumps(body, separators=(",", ":"), sort_keys=True)
        message = f"Invalid value: {json.dumps(shown, ensure_ascii=False)}: {why}"
        details = {"causes": [{"reason": "FieldValueInvalid", "message": message, "field": "patch"}]}
        raise errors.Invalid(f' "" is invalid: patch: {message}', details) from None


def _go_map(value: Any) -> str:
    """Writes JSON as Go prints maps."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{_go_map(value[name])}' for name in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(_go_map, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<nil>" if value is None else str(value)


def patched(server: ApiServer, request: Request, old: Object) -> Object:
    """Returns an object as the patch changes it.

    Raises:
        UnsupportedMediaType: for a patch of another type.
    """
    if request.content_type in FORMS:
        _check_form(request)
    if request.content_type == JSON_PATCH:
        changed: Object = jsonpatch.apply(old, request.body)
        return changed
    if request.content_type == MERGE_PATCH:
        merged: Object = merge(old, request.body)
        return merged
    if request.content_type == STRATEGIC_MERGE_PATCH and request.kind.custom is None:
        return strategic.merge(server.version, request.kind, old, {} if request.body is None else request.body)
    custom = request.kind.custom is not None  # there is no telling how its lists would merge
    types = (JSON_PATCH, MERGE_PATCH, *(() if custom else (STRATEGIC_MERGE_PATCH,)), APPLY_PATCH)
    allowed = ", ".join(types)
    raise errors.UnsupportedMediaType(
        f"the body of the request was in an unknown format - accepted media types include: {allowed}"
    )


def merge(target: Any, patch: Any) -> Any:
    """Applies a JSON merge patch (RFC 7386), sharing what it does not touch."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for field, value in patch.items():
        if value is None:
            result.pop(field, None)
        else:
            result[field] = merge(result.get(field), value)
    return result
