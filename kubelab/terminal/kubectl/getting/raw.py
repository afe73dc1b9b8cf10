"""kubectl get --raw: what the server answers to a path, as it is."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from kubelab.cluster.api.errors import NotFound
from kubelab.cluster.kinds import Resources
from kubelab.cluster.kinds.kind import Kind
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.printers.json import compact_json


def get(call: Call) -> None:
    """Prints what the server answers to the path of --raw.

    Raises:
        ApiError: the server refuses, or knows no such path.
    """
    url = urlsplit(call.flags.text("raw"))
    parts = [unquote(part) for part in url.path.strip("/").split("/")]
    if parts[0] in ("healthz", "livez", "readyz"):
        call.out("ok")
        return
    found = locate(call.kinds, parts)
    if found is None:
        raise NotFound("the server could not find the requested resource")
    kind, namespace, name, subresource = found
    verb = "get" if name else "list"
    options = dict(parse_qsl(url.query))
    obj = call.api.call(verb, kind, namespace, name, subresource=subresource, options=options)
    call.out(obj if isinstance(obj, str) else compact_json(obj, as_is=True) + "\n")


def locate(kinds: Resources, parts: list[str]) -> tuple[Kind, str, str, str] | None:
    """Returns the kind, namespace, name and subresource of a REST path, None if it is none."""
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    kind = kinds.by_resource(group, version, rest[0])
    if kind is None:
        return None
    name = rest[1] if len(rest) > 1 else ""
    return kind, namespace, name, rest[2] if len(rest) > 2 else ""
