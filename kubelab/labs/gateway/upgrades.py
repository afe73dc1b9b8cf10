"""Requests that become streams: exec, attach, port-forward, and watches over websockets, from first byte to last.

First the request is checked as any other, and refused with a Status; then the connection is upgraded; what fails after
that is told on the stream itself, as by the real server.
Source: k8s.io/apiserver/pkg/util/proxy (streamtranslator.go, streamtunnel.go); pkg/registry/core/pod/rest.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

from kubelab.cluster.api import kubelets
from kubelab.cluster.api.errors import ApiError, BadRequest, InternalError, NotFound
from kubelab.cluster.rest.calls import NOT_SERVED, STREAMS, Call, Reply, refusal, request_of
from kubelab.cluster.rest.negotiation import JSON
from kubelab.labs.gateway import serving
from kubelab.labs.gateway.channels import (
    BASE64_CHANNELS,
    CHANNELS,
    SPDY_PORT_FORWARD,
    SPDY_REMOTE_COMMAND,
    Codec,
    Input,
    SpdyChannels,
    WebsocketChannels,
)
from kubelab.labs.gateway.connections import NORMAL, UNREADABLE, Connection
from kubelab.labs.gateway.conversations import Conversation, Wanted, wanted
from kubelab.labs.gateway.forwarding import ChannelCarrier, Forwarding, SpdyCarrier, asked_ports
from kubelab.labs.gateway.spdy import SpdyError
from kubelab.labs.gateway.streams import Stream
from kubelab.labs.keeping import Act
from kubelab.labs.workers import Urgency, workers

TUNNELLED = "SPDY/3.1+portforward.k8s.io"
STREAMS_IN = 30.0  # seconds in which a client has to open its streams; DefaultStreamCreationTimeout
BREATH = 0.02  # seconds until a client that sends faster than it is answered is read again

Query = Mapping[str, Sequence[str]]
Begin = Callable[[Act, Call], Reply | Stream]
Listening = Callable[[], Coroutine[Any, Any, None]]


class Upgrade:
    """One request that wants to become a stream.

    Args:
        connection: the client's.
        public_id, token, call: see `serving.serve`.
        query: all values of each parameter.
    """

    def __init__(self, connection: Connection, public_id: str, token: str, call: Call, query: Query) -> None:
        self.connection, self.call, self.query = connection, call, query
        self._asked = (public_id, token, call)
        self.kind = call.path.rpartition("/")[2]

    async def run(self) -> None:
        """Serve it to its end."""
        if self.kind not in STREAMS and not self.connection.is_spdy:
            await self._tell()
            return
        try:
            protocol = await self._checked()
        except ApiError as error:
            await self.connection.refuse(refusal(error))
            return
        if isinstance(protocol, Reply):
            await self.connection.refuse(protocol)
            return
        await self.connection.accept(protocol)
        code = NORMAL
        try:
            await (self._forward(protocol) if self.kind == "portforward" else self._converse(protocol))
        except SpdyError:
            code = UNREADABLE
        finally:
            with suppress(OSError, RuntimeError):
                await self.connection.close(code)

    async def _checked(self) -> str | Reply:
        """Return the protocol to go over to, or why not.

        Raises:
            ApiError: the request makes no sense.
        """
        if self.kind not in STREAMS:
            raise NotFound(NOT_SERVED)
        found = await self._in_act(_check)
        if isinstance(found, Reply) and found.code != 200:
            return found
        protocol = self._chosen()
        if self.kind == "portforward":
            if protocol in CHANNELS:
                asked_ports(self.query)
        else:
            wanted(self.kind, self.query)
        return protocol

    def _chosen(self) -> str:
        if self.connection.is_spdy:
            known: Sequence[str] = (SPDY_PORT_FORWARD,) if self.kind == "portforward" else SPDY_REMOTE_COMMAND
        else:
            known = (TUNNELLED, CHANNELS[1]) if self.kind == "portforward" else (*CHANNELS, *BASE64_CHANNELS)
        offered = self.connection.offered
        if not offered:
            return ""
        protocol = next((each for each in offered if each in known), None)
        if protocol is None:
            raise BadRequest(f"unable to upgrade: the server supports {list(known)}, the client {list(offered)}")
        return protocol

    async def _in_act(self, do: Begin) -> Reply | Stream:
        return await asyncio.wrap_future(workers.submit(Urgency.COMMAND, serving.serve, *self._asked, do))

    # watches, and logs that are followed

    async def _tell(self) -> None:
        """Send what the same request would be answered over HTTP: each event, or piece of a log, as a message."""
        try:
            found = await asyncio.wrap_future(workers.submit(Urgency.COMMAND, serving.serve, *self._asked))
        except ApiError as error:
            found = refusal(error)
        if isinstance(found, Reply):
            await self.connection.refuse(found)
            return
        is_watch = found.content_type == JSON
        await self.connection.accept("", text=is_watch)
        with suppress(OSError, RuntimeError):
            await self._both(found, self._ignore, _lines if is_watch else _whole)
            await self.connection.close(NORMAL)

    async def _ignore(self) -> None:
        """Take what the client sends, until it goes (wsstream.IgnoreReceives)."""
        while await self.connection.receive() is not None:
            pass

    # exec and attach

    async def _converse(self, protocol: str) -> None:
        streams = wanted(self.kind, self.query)
        codec: Codec
        if self.connection.is_spdy:
            codec = SpdyChannels(protocol or "channel.k8s.io", streams.streams)
        else:
            codec = WebsocketChannels(protocol or "channel.k8s.io")
        early = []
        async with asyncio.timeout(STREAMS_IN):
            while not codec.is_complete:
                early += await self._received(codec)
        begun = await self._in_act(partial(_begin, streams, codec.structured))
        if isinstance(begun, Reply):
            await self._send(codec.encoded(b"\x03" + begun.body))
        elif isinstance(begun, Conversation):
            for given in early:
                begun.give(given)
            await self._both(begun, partial(self._listen, begun, codec), lambda piece: [codec.encoded(piece)])
        await self._send(codec.ending())

    async def _listen(self, conversation: Conversation, codec: Codec) -> None:
        while True:
            for given in await self._received(codec):
                conversation.give(given)
            while conversation.is_busy:
                await asyncio.sleep(BREATH)

    async def _received(self, codec: Codec) -> list[Input]:
        data = await self.connection.receive()
        if data is None:
            raise ConnectionResetError
        found = codec.received(data)
        if isinstance(codec, SpdyChannels):
            await self._send(codec.answers())
        return found

    async def _send(self, data: bytes) -> None:
        if data:
            await self.connection.send(data)

    # port-forward

    async def _forward(self, protocol: str) -> None:
        framed = self.connection.is_spdy or protocol == TUNNELLED
        carrier = SpdyCarrier() if framed else ChannelCarrier(asked_ports(self.query))

        def begin(act: Act, call: Call) -> Stream:
            return Forwarding(act, request_of(act.cluster.api, call), carrier, ends=not framed)

        begun = await self._in_act(begin)
        if isinstance(begun, Forwarding):
            await self._both(begun, partial(self._take, begun), _whole)

    async def _take(self, forwarding: Forwarding) -> None:
        while (data := await self.connection.receive()) is not None:
            forwarding.give(data)
            while forwarding.is_busy:
                await asyncio.sleep(BREATH)

    # both ways at once

    async def _both(self, stream: Stream, listen: Listening, messages: Callable[[bytes], list[bytes]]) -> None:
        """Listen to the client and send what the stream has, until one of them ends.

        Args:
            messages: returns what is sent for a piece of the stream.
        """
        listening = asyncio.create_task(listen())
        listening.add_done_callback(lambda _: stream.end())
        try:
            async with aclosing(stream.chunks()) as chunks:
                async for pieces in chunks:
                    for message in (message for piece in pieces for message in messages(piece)):
                        await self._send(message)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError, ConnectionResetError):
                await listening


def _whole(piece: bytes) -> list[bytes]:
    return [piece]


def _lines(piece: bytes) -> list[bytes]:
    return piece.splitlines(keepends=True)


def _check(act: Act, call: Call) -> Reply:
    server = act.cluster.api
    request = request_of(server, call)
    kubelets.check(server, request)
    if request.subresource == "portforward":
        try:
            kubelets.forward(server, request)
        except kubelets.StreamError as error:
            raise InternalError(str(error)) from None
    return Reply(b"")


def _begin(streams: Wanted, structured: bool, act: Act, call: Call) -> Stream:
    return Conversation(act, request_of(act.cluster.api, call), streams, structured=structured)
