"""--raw of get, create, replace and delete: what the server answers to a path, as it is (kubectl/pkg/rawhttp)."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from kubelab.cluster.api.errors import ApiError, NotFound
from kubelab.cluster.api.watching import Watch
from kubelab.cluster.objects import Object
from kubelab.cluster.rest.calls import Call as RestCall
from kubelab.cluster.rest.calls import answer
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.data_sources import read_bytes
from kubelab.terminal.kubectl.errors import CommandError


def get(call: Call) -> None:
    """Prints what the server answers to the path of --raw.

    Raises:
        ApiError: the server refuses, or knows no such path.
    """
    _ask(call, "GET", b"")


def send(call: Call, method: str) -> None:
    """Sends the file of -f to the path of --raw, and prints what the server answers.

    Raises:
        ApiError: the server refuses, or knows no such path.
        CommandError: there is not one file, or flags that make no sense with it.
    """
    flags, names = call.flags, call.flags.items("filename")
    if len(names) > 1 or (not names and method != "DELETE"):
        raise CommandError("--raw can only use a single local file or stdin")
    if any(name.startswith(("http://", "https://")) for name in names):
        raise CommandError("--raw cannot read from a url")
    for other in ("recursive", "output"):
        if flags.text(other) if other == "output" else flags.on(other):
            raise CommandError(f"--raw and --{other} are mutually exclusive")
    check_path(call)
    _ask(call, method, _body(call, names[0]) if names else b"")


def check_path(call: Call) -> None:
    """Lets a path pass that can be one.

    Raises:
        CommandError: it cannot.
    """
    path = call.flags.text("raw")
    if not path.startswith("/"):
        raise CommandError(f'--raw must be a valid URL path: parse "{path}": invalid URI for request')


def _body(call: Call, name: str) -> bytes:
    return call.stdin.encode() if name == "-" else read_bytes(call, name)


def _ask(call: Call, method: str, body: bytes) -> None:
    url = urlsplit(call.flags.text("raw"))
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    headers = {"accept": "*/*", "user-agent": "kubectl"}
    reply = answer(call.api.cluster.api, RestCall(method, unquote(url.path), query, headers, body, call.api.user))
    if isinstance(reply, Watch):
        reply.close()
        return
    if reply.code >= 400:
        told = orjson.loads(reply.body) if reply.content_type.startswith("application/json") else {}
        raise _refusal(reply.code, told)
    call.out(reply.body.decode())


def _refusal(code: int, status: Object) -> ApiError:
    if code == 404 and not status.get("details"):
        return NotFound("the server could not find the requested resource")
    kinds = {kind.reason: kind for kind in ApiError.__subclasses__()}
    return kinds.get(status.get("reason", ""), ApiError)(status.get("message", ""), status.get("details"))
