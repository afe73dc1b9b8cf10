"""The API as it answers requests over the simulated network: from programs in Pods, and through kubectl proxy.

Watches are not simulated on this way; kubectl has its own.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from kubelab.cluster.rest import calls
from kubelab.cluster.sockets import HttpReply, HttpRequest

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer
    from kubelab.cluster.user import User

_NO_WATCH = "KubeLab does not simulate watches over plain HTTP: kubectl get -w does.\n"


def answer(server: ApiServer, request: HttpRequest, user: User) -> HttpReply:
    """Answers a request as the API server does, with JSON laid out for people, as curl gets it."""
    url = urlsplit(request.path)
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = request.body.encode("utf-8", "surrogateescape")
    call = calls.Call(request.method, url.path, dict(parse_qsl(url.query)), headers, body, user)
    found = calls.answer(server, call)
    if not isinstance(found, calls.Reply):
        return reply(501, _NO_WATCH, "text/plain")
    text = found.body.decode("utf-8", "surrogateescape")
    if "json" in found.content_type:
        text = json.dumps(json.loads(text), indent=2) + "\n"
    return reply(found.code, text, found.content_type)


def reply(code: int, text: str, kind: str = "application/json") -> HttpReply:
    """Returns an answer of the API server."""
    headers = {"Cache-Control": "no-cache, private", "Content-Type": kind}
    reason = HTTPStatus(code).phrase if code in set(HTTPStatus) else "Unknown"
    return HttpReply(code, reason, headers, text)
