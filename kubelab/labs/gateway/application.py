"""The API over HTTP: /clusters/<public id>/... with bearer tokens, as an ASGI application of its own.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html; k8s.io/apiserver/pkg/server/config.go (limits).
"""

import asyncio
import base64
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import parse_qs, parse_qsl

from kubelab.cluster.api.errors import (
    ApiError,
    InternalError,
    NotFound,
    RequestEntityTooLarge,
    TooManyRequests,
    Unauthorized,
)
from kubelab.cluster.rest.calls import Call, Reply, refusal
from kubelab.cluster.user import ADMIN
from kubelab.labs.gateway import serving
from kubelab.labs.gateway.connections import BEARER, Connection, Receive, Send, WebSocket
from kubelab.labs.gateway.streams import Stream
from kubelab.labs.gateway.tokens import lab_of
from kubelab.labs.gateway.upgrades import Upgrade
from kubelab.labs.workers import Urgency, workers

LARGEST_BODY = 3 * 1024 * 1024  # bytes; MaxRequestBodyBytes
MOST_AT_ONCE = 64  # requests of one token that wait for their answer
MOST_STREAMS = 256  # of one token
AT_A_TIME = 2  # requests of one token that the workers have: they do not keep others waiting who ask for less
SECONDS_FOR_AN_ANSWER = 60  # --request-timeout
RETRY_AFTER = 1  # seconds
T = TypeVar("T")

logger = logging.getLogger(__name__)


class ClientGone(Exception):
    """The client closed the connection before its request was whole."""


class Gateway:
    """The ASGI application."""

    def __init__(self) -> None:
        self._asking: Counter[str] = Counter()
        self._streaming: Counter[str] = Counter()
        self._turns: dict[str, asyncio.Semaphore] = {}

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self.upgrade(scope, WebSocket(scope, receive, send))

    async def upgrade(self, scope: dict[str, Any], connection: Connection) -> None:
        """Serve a request that wants to become a stream.

        Args:
            scope: ASGI's.
            connection: the client's, before it goes over to anything.
        """
        headers = _headers(scope["headers"])
        try:
            public_id, prefix, path, token = _addressed(scope["path"], headers)
            self._admit(token)
        except ApiError as error:
            await connection.refuse(refusal(error))
            return
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        last = {name: values[-1] for name, values in query.items()}
        call = Call(scope.get("method", "GET"), path, last, headers, b"", ADMIN, prefix)
        self._streaming[token] += 1
        try:
            await Upgrade(connection, public_id, token, call, query).run()
        except (OSError, TimeoutError):
            logger.debug("the client of %s is gone", path)
        finally:
            _less(self._streaming, token)

    def _admit(self, token: str) -> None:
        """Let a request pass.

        Raises:
            TooManyRequests: enough of them are in flight.
        """
        if self._asking[token] >= MOST_AT_ONCE or self._streaming[token] >= MOST_STREAMS:
            raise TooManyRequests("too many requests, please try again later", {"retryAfterSeconds": RETRY_AFTER})

    async def _http(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = _headers(scope["headers"])
        token = ""
        try:
            public_id, prefix, path, token = _addressed(scope["path"], headers)
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            call = Call(scope["method"], path, query, headers, b"", ADMIN, prefix)
            found = await self._answered(public_id, token, call, receive)
            if isinstance(found, Reply) and found.pieces is not None and call.method != "HEAD":
                await self._piecewise(token, found, receive, send)
                return
        except ApiError as error:
            found = refusal(error)
        except ClientGone:
            return
        if isinstance(found, Reply):
            await _reply(send, found, scope["method"])
            return
        self._streaming[token] += 1
        try:
            await _stream(receive, send, found)
        finally:
            _less(self._streaming, token)

    async def _answered(self, public_id: str, token: str, call: Call, receive: Receive) -> Reply | Stream:
        self._admit(token)
        with self._in_flight(token):
            try:
                call = replace(call, body=await _body(receive, call.headers))
                return await self._done(token, serving.serve, public_id, token, call, serving.in_pieces)
            except (ApiError, ClientGone):
                raise
            except Exception:
                logger.exception("%s %s failed", call.method, call.path)
                raise InternalError("Internal error occurred: nothing was changed") from None

    @contextmanager
    def _in_flight(self, token: str) -> Iterator[None]:
        self._asking[token] += 1
        try:
            yield
        finally:
            _less(self._asking, token)
            if token not in self._asking:
                self._turns.pop(token, None)

    async def _done(self, token: str, do: Callable[..., T], *args: Any) -> T:
        """Have something done in a worker's thread when it is the token's turn."""
        async with self._turns.setdefault(token, asyncio.Semaphore(AT_A_TIME)):
            return await asyncio.wrap_future(workers.submit(Urgency.COMMAND, do, *args))

    async def _piecewise(self, token: str, reply: Reply, receive: Receive, send: Send) -> None:
        """Send a long answer piece by piece; between two pieces it is everybody else's turn.

        Raises:
            ApiError: it could not be begun.
        """
        begun, gone = False, asyncio.ensure_future(_gone(receive))
        try:
            with self._in_flight(token):
                async with asyncio.timeout(SECONDS_FOR_AN_ANSWER):
                    while (piece := await self._done(token, serving.next_piece, reply.pieces)) is not None:
                        if gone.done():
                            return
                        if piece and not begun:
                            begun = True
                            await send(_start(reply))
                        if piece:
                            await send({"type": "http.response.body", "body": piece, "more_body": True})
                    await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            if not begun:
                raise TooManyRequests("the server is too busy to answer", {"retryAfterSeconds": RETRY_AFTER}) from None
            logger.warning("a client took too long to take a list")  # what was sent of it ends in its middle
        finally:
            gone.cancel()


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers by their names in lower case; those that come several times in one, with commas."""
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _less(counted: Counter[str], token: str) -> None:
    counted[token] -= 1
    if counted[token] <= 0:
        del counted[token]


def _addressed(path: str, headers: dict[str, str]) -> tuple[str, str, str, str]:
    """Return the lab's public id, what stands before the path within its cluster, that path, and the token.

    `kubectl get --raw` leaves out what stands before: then an administrator's token says which lab is meant.

    Raises:
        NotFound: it is no cluster's address.
        Unauthorized: there is no token.
    """
    token = _bearer(headers)
    if not token:
        raise Unauthorized("Unauthorized")
    _, root, public_id, rest = (*path.split("/", 3), "", "", "")[:4]
    if root == "clusters" and public_id:
        return public_id, f"/clusters/{public_id}", f"/{rest}", token
    if not lab_of(token):
        raise NotFound("the server could not find the requested resource")
    return lab_of(token), "", path, token


def _bearer(headers: Mapping[str, str]) -> str:
    """Return the token that came with a request; "" for none.

    A browser can give a websocket no header: there a subprotocol carries it
    (k8s.io/apiserver/pkg/authentication/request/websocket).
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    protocols = [each.strip() for each in headers.get("sec-websocket-protocol", "").split(",")]
    encoded = [each.removeprefix(BEARER) for each in protocols if each.startswith(BEARER)]
    if len(encoded) != 1 or len(protocols) < 2:  # another one has to be offered, which is the one to be chosen
        return ""
    try:
        return base64.urlsafe_b64decode(encoded[0] + "=" * (-len(encoded[0]) % 4)).decode()
    except ValueError:
        return ""


async def _body(receive: Receive, headers: Mapping[str, str]) -> bytes:
    """Read the body.

    Raises:
        RequestEntityTooLarge: it is more than the server takes.
        ClientGone: nobody waits for an answer.
    """
    length = headers.get("content-length", "0")
    body = bytearray()
    more = True
    while more:
        if len(body) > LARGEST_BODY or (length.isdigit() and int(length) > LARGEST_BODY):
            raise RequestEntityTooLarge(f"Request entity too large: limit is {LARGEST_BODY}")
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if len(body) > LARGEST_BODY:
        raise RequestEntityTooLarge(f"Request entity too large: limit is {LARGEST_BODY}")
    return bytes(body)


async def _reply(send: Send, reply: Reply, method: str) -> None:
    await send(_start(reply))
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})


def _start(reply: Reply) -> dict[str, Any]:
    """Return how an answer begins; one in pieces does not know how long it will be."""
    headers = [
        ("content-type", reply.content_type),
        ("cache-control", "no-cache, private"),
        *(("warning", f"299 - {json.dumps(warning)}") for warning in reply.warnings),
    ]
    if reply.pieces is None:
        headers.append(("content-length", str(len(reply.body))))
    if reply.retry_after:
        headers.append(("retry-after", str(reply.retry_after)))
    return {"type": "http.response.start", "status": reply.code, "headers": _encoded(headers)}


async def _stream(receive: Receive, send: Send, stream: Stream) -> None:
    """Send a stream on until it ends or the client goes."""
    headers = [("content-type", stream.content_type), ("cache-control", "no-cache, private")]
    await send({"type": "http.response.start", "status": 200, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": b"", "more_body": True})  # the headers go at once
    gone = asyncio.ensure_future(_gone(receive))
    gone.add_done_callback(lambda _: stream.end())
    try:
        async with aclosing(stream.chunks()) as chunks:
            async for pieces in chunks:
                await send({"type": "http.response.body", "body": b"".join(pieces), "more_body": True})
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _encoded(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]


application = Gateway()
