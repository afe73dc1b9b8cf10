"""kubectl get --raw: what the server answers to a path, as it is."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from kubelab.cluster.api.errors import ApiError, NotFound
from kubelab.cluster.api.watching import Watch
from kubelab.cluster.objects import Object
from kubelab.cluster.rest.calls import Call as RestCall
from kubelab.cluster.rest.calls import answer
from kubelab.terminal.kubectl.call import Call


def get(call: Call) -> None:
    """Prints what the server answers to the path of --raw.

    Raises:
        ApiError: the server refuses, or knows no such path.
    """
    url = urlsplit(call.flags.text("raw"))
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    reply = answer(
        call.api.cluster.api, RestCall("GET", unquote(url.path), query, {"accept": "*/*"}, b"", call.api.user)
    )
    if isinstance(reply, Watch):
        reply.close()
        return
    if reply.code >= 400:
        raise _refusal(reply.code, orjson.loads(reply.body))
    call.out(reply.body.decode())


def _refusal(code: int, status: Object) -> ApiError:
    if code == 404 and not status.get("details"):
        return NotFound("the server could not find the requested resource")
    kinds = {kind.reason: kind for kind in ApiError.__subclasses__()}
    return kinds.get(status.get("reason", ""), ApiError)(status.get("message", ""), status.get("details"))
