"""Answers REST calls on a cluster: discovery and OpenAPI as documents, all else through the API's pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import orjson

from kubelab.cluster.api import errors, kubelets
from kubelab.cluster.api.lists import Listing
from kubelab.cluster.api.request import Request, Undecoded
from kubelab.cluster.api.revisions import UnknownRevision
from kubelab.cluster.api.watching import Watch, failed_watch
from kubelab.cluster.objects import Object
from kubelab.cluster.releases import release_of
from kubelab.cluster.rest import access, discovery, health, negotiation, openapi
from kubelab.cluster.rest.paths import Target, target_of, verb_of
from kubelab.cluster.rest.pieces import ToYaml, pieces_of
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NOT_SERVED = "the server could not find the requested resource"
STREAMS = ("exec", "attach", "portforward")  # only a connection that is upgraded can be one


@dataclass(frozen=True)
class Call:
    """A request as it comes over HTTP.

    Args:
        path: below the cluster's own prefix.
        query: the parameters, the last one of a name.
        headers: by their names in lower case.
        prefix: what stands before the path in the server's addresses.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    user: User
    prefix: str = ""


@dataclass
class Reply:
    """What is sent back.

    Attributes:
        pieces: instead of the body, its pieces, of which each takes a few milliseconds to be made, whatever becomes of
            the cluster meanwhile; those before the first that is not empty may raise an ApiError, which is the answer.
    """

    body: bytes
    code: int = 200
    content_type: str = negotiation.JSON
    warnings: list[str] = field(default_factory=list)
    retry_after: int = 0  # seconds, after which the client may ask again
    pieces: Iterator[bytes] | None = None


PLAIN = "text/plain; charset=utf-8"
NOWHERE = Reply(b"404 page not found\n", 404, PLAIN)


def refusal(error: errors.ApiError) -> Reply:
    """Returns an error as it is answered."""
    retry = int(error.details.get("retryAfterSeconds", 0))
    return Reply(orjson.dumps(error.status()), error.code, retry_after=retry)


def answer(server: ApiServer, call: Call, *, in_pieces: bool = False, to_yaml: ToYaml | None = None) -> Reply | Watch:
    """Answers a call; what goes wrong is answered as a Status.

    Args:
        in_pieces: whether a long list may be answered in pieces.
        to_yaml: what writes YAML for those who would rather have that; without it they get JSON.
    """
    if to_yaml is None or not negotiation.prefers_yaml(call.headers.get("accept", "")):
        return _answer(server, call, in_pieces, None)
    found = _answer(server, call, in_pieces, to_yaml)
    if isinstance(found, Reply) and found.content_type == negotiation.JSON:
        body = to_yaml(orjson.loads(found.body)).encode() if found.pieces is None else b""
        return replace(found, body=body, content_type=negotiation.YAML)
    return found


def _answer(server: ApiServer, call: Call, in_pieces: bool, to_yaml: ToYaml | None) -> Reply | Watch:
    try:
        call = _as_asked(server, call)
        access.check_path(server, call.user, call.method, call.path)
        found = _document(server, call)
        if found is not None:
            return found
        if not _is_below_a_version(server, call.path):
            return NOWHERE
        return _resource(server, call, in_pieces, to_yaml)
    except errors.ApiError as error:
        return refusal(error)


def _is_below_a_version(server: ApiServer, path: str) -> bool:
    """Tells whether a path belongs to a version that is served; what belongs to none is no API's."""
    parts = [part for part in path.split("/") if part]
    group, version = ("", parts[1]) if parts[:1] == ["api"] and len(parts) > 1 else ("", "")
    if parts[:1] == ["apis"] and len(parts) > 2:
        group, version = parts[1], parts[2]
    return any((kind.group, kind.version) == (group, version) for kind in server.resources.served())


def _document(server: ApiServer, call: Call) -> Reply | None:
    """Answers what is no resource; None if the path is one's."""
    parts = call.path.strip("/").split("/")
    accept = call.headers.get("accept", "")
    if parts in (["api"], ["apis"]):
        return _groups(server, parts[0] == "api", accept)
    if parts == ["version"]:
        return _json(version_info(server.version))
    if parts[0] in ("healthz", "livez", "readyz"):
        told = health.answer(parts, call.query)
        return Reply(told.encode(), content_type=PLAIN) if told is not None else NOWHERE
    if parts[:2] == ["openapi", "v3"]:
        if len(parts) == 2:
            return _json(openapi.index(server.version, server.resources, call.prefix))
        return Reply(openapi.document(server.version, server.resources, "/".join(parts[2:])))
    if parts[0] == "api" and len(parts) == 2:
        return _json(discovery.api_resources(server.resources, "", parts[1]))
    if parts[0] == "apis" and len(parts) == 2:
        return _json(discovery.api_group(server.resources, parts[1]))
    if parts[0] == "apis" and len(parts) == 3:
        return _json(discovery.api_resources(server.resources, parts[1], parts[2]))
    return None


def _json(document: Object) -> Reply:
    return Reply(orjson.dumps(document))


def _groups(server: ApiServer, core: bool, accept: str) -> Reply:
    for version in ("v2", "v2beta1"):
        if f"v={version};" in accept and "as=APIGroupDiscoveryList" in accept:
            found = discovery.aggregated(server.resources, core=core, version=version)
            return Reply(orjson.dumps(found), content_type=discovery.AGGREGATED.format(version))
    return _json(discovery.api_versions("10.0.0.10:6443") if core else discovery.api_groups(server.resources))


def version_info(version: str) -> Object:
    """Returns what /version answers."""
    major, minor = version.split(".")
    return {"major": major, "minor": minor, "gitVersion": release_of(version), "platform": "linux/amd64"}


def _resource(server: ApiServer, call: Call, in_pieces: bool, to_yaml: ToYaml | None) -> Reply | Watch:
    request = replace(request_of(server, call), in_pieces=in_pieces)
    if request.subresource in STREAMS:
        kubelets.check(server, request)
        raise errors.BadRequest("Upgrade request required")
    if request.verb == "watch":
        try:
            return server.watch(request)
        except (errors.Gone, UnknownRevision) as error:
            # Once it may be opened it fails by an event (k8s.io/apiserver/pkg/storage/cacher, newErrWatcher).
            return failed_watch(server, request, error)
    response = server.handle(request)
    if isinstance(response.object, str):
        text = response.object.encode("utf-8", "surrogateescape")
        return Reply(text, response.code, "text/plain", response.warnings)
    if isinstance(response.object, Listing):
        return Reply(b"", response.code, warnings=response.warnings, pieces=pieces_of(response.object, to_yaml))
    return Reply(orjson.dumps(response.object), response.code, warnings=response.warnings)


def request_of(server: ApiServer, call: Call) -> Request:
    """Returns what a call asks of a resource.

    Raises:
        ApiError: nothing is served at that path, or the body cannot be read.
    """
    call = _as_asked(server, call)
    target = target_of(server.resources, call.path)
    if target is None:
        raise errors.NotFound(NOT_SERVED)
    return _request(call, target)


def _as_asked(server: ApiServer, call: Call) -> Call:
    """Returns a call by whom its headers say that it is made, without those headers."""
    if not access.is_impersonating(call.headers):
        return call
    user = access.acting_user(server, call.user, call.headers)
    return replace(call, user=user, headers=access.without_impersonation(call.headers))


def _body(verb: str, content_type: str, body: bytes) -> object:
    """Returns a request's body; none at all is nothing that could be created."""
    if not body and verb in ("create", "update"):
        return Undecoded(f"{negotiation.PARSE_ERROR}: unexpected end of JSON input", "<empty>")
    return negotiation.body_of(content_type, body)


def _request(call: Call, target: Target) -> Request:
    if call.method == "POST" and target.name and not target.subresource:
        raise errors.MethodNotAllowed("the server does not allow this method on the requested resource")
    content_type = call.headers.get("content-type", "").partition(";")[0].strip()
    options = dict(call.query)
    verb = verb_of(call.method, target.name, target.subresource, options.get("watch", "") in ("true", "1"))
    return Request(
        verb=verb,
        kind=target.kind,
        namespace=target.namespace,
        name=target.name,
        subresource=target.subresource,
        options=options,
        body=_body(verb, content_type, call.body),
        doubled=negotiation.doubled_in(content_type, call.body) if verb in ("create", "update") else (),
        content_type=content_type or negotiation.JSON,
        accept=negotiation.accepted(call.headers.get("accept", "")),
        user=call.user,
        user_agent=call.headers.get("user-agent", ""),
    )
