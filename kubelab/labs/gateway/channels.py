"""How the channels of one stream into a container share a connection: what comes in, and what goes out.

Inside the gateway a message is a byte, the channel, and what it carries. Websockets of the channel.k8s.io protocols
carry just that, SPDY has a stream for each channel.
Source: k8s.io/apimachinery/pkg/util/httpstream/wsstream; KEP-4006 (v5 says when a channel ends).
"""

import base64
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from kubelab.labs.gateway.spdy import Session

STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)
CLOSE = 255  # as a channel, in v5: the channel that it names gets nothing more
CHANNELS = ("v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io")
BASE64_CHANNELS = ("v4.base64.channel.k8s.io", "base64.channel.k8s.io")
SPDY_REMOTE_COMMAND = (
    "v5.channel.k8s.io",
    "v4.channel.k8s.io",
    "v3.channel.k8s.io",
    "v2.channel.k8s.io",
    "channel.k8s.io",
)
SPDY_PORT_FORWARD = "portforward.k8s.io"
OPENED = {"error": ERROR, "stdin": STDIN, "stdout": STDOUT, "stderr": STDERR, "resize": RESIZE}


class Input(NamedTuple):
    """What a client sent: bytes for a channel, or that no more will come on it."""

    channel: int
    data: bytes = b""
    ended: bool = False


class Codec(Protocol):
    """One way to put channels on a connection."""

    structured: bool  # the last word is a Status, not just its message

    def received(self, data: bytes) -> list[Input]:
        """Take in what came.

        Raises:
            SpdyError: it is not to be understood.
        """

    def encoded(self, message: bytes) -> bytes:
        """Return what goes out for a message."""

    def ending(self) -> bytes:
        """Return what goes out when nothing more will come."""

    @property
    def is_complete(self) -> bool:
        """Whether all channels are there."""


class WebsocketChannels:
    """A message is a websocket's message."""

    is_complete = True

    def __init__(self, protocol: str) -> None:
        self._base64 = protocol in BASE64_CHANNELS
        self.structured = protocol.startswith(("v4.", "v5."))

    def received(self, data: bytes) -> list[Input]:
        """Take in one message."""
        if not data:
            return []
        channel, rest = data[0], data[1:]
        if self._base64:
            try:
                channel, rest = channel - ord("0"), base64.b64decode(rest, validate=True)
            except ValueError:
                return []
        if channel == CLOSE:
            return [Input(rest[0], ended=True)] if rest else []
        return [Input(channel, rest)]

    def encoded(self, message: bytes) -> bytes:
        """Return one message."""
        if self._base64:
            return str(message[0]).encode() + base64.b64encode(message[1:])
        return message

    def ending(self) -> bytes:
        """Say nothing: the connection itself ends."""
        return b""


class SpdyChannels:
    """A channel is a SPDY stream that the client opens.

    Args:
        protocol: its version.
        expected: how many streams the client will open.
    """

    def __init__(self, protocol: str, expected: int) -> None:
        self.structured = protocol.startswith(("v4.", "v5."))
        self._session = Session()
        self._expected = expected
        self._streams: dict[int, int] = {}  # channel -> stream

    @property
    def is_complete(self) -> bool:
        """Whether all streams were opened."""
        return len(self._streams) >= self._expected

    def received(self, data: bytes) -> list[Input]:
        """Take in bytes."""
        found = []
        for event in self._session.received(data):
            if event.opened is not None:
                self._open(event.stream, event.opened)
            channel = next((key for key, stream in self._streams.items() if stream == event.stream), None)
            if channel in (STDIN, RESIZE) and (event.data or event.ended):
                if event.data:
                    found.append(Input(channel, event.data))
                if event.ended:
                    found.append(Input(channel, ended=True))
        return found

    def _open(self, stream: int, headers: Mapping[str, str]) -> None:
        channel = OPENED.get(headers.get("streamtype", ""))
        if channel is None or channel in self._streams:
            self._session.refuse(stream)
            return
        self._streams[channel] = stream
        self._session.reply(stream)

    def answers(self) -> bytes:
        """Return what the protocol itself has to say."""
        return self._session.taken()

    def encoded(self, message: bytes) -> bytes:
        """Return a frame of the channel's stream."""
        if message[0] in self._streams:
            self._session.send(self._streams[message[0]], message[1:])
        return self._session.taken()

    def ending(self) -> bytes:
        """End all streams, the error's last: then the client looks at it."""
        for channel in (STDIN, RESIZE, STDOUT, STDERR, ERROR):
            if channel in self._streams:
                self._session.send(self._streams[channel], b"", end=True)
        return self._session.taken()
