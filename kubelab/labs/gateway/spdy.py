"""SPDY/3.1 frames, the server's side: many streams over one connection. It reads and makes bytes, and holds no socket.

Kubernetes' clients speak it for port-forward (within a websocket since kubectl 1.31) and, before 1.30, for exec.
There is no flow control, as theirs has none. Source: https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1;
github.com/moby/spdystream.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

VERSION = 3
SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY = 1, 2, 3, 6, 7
FIN = 0x01  # flag: the sender's half of the stream ends here
PROTOCOL_ERROR, REFUSED_STREAM = 1, 3
LARGEST_FRAME = 1024 * 1024  # bytes; clients copy 32 KiB at a time
LARGEST_HEADERS = 64 * 1024  # bytes, once they are unpacked
CHUNK = 32 * 1024

# What the headers' compressor knows beforehand (section 2.6.10.1): words with their lengths before them, then text.
_KNOWN = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow "
    "authorization cache-control connection content-base content-encoding content-language content-length "
    "content-location content-md5 content-range content-type date etag expect expires from host if-match "
    "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade "
    "user-agent vary via warning www-authenticate method get status"
)
_WORDS = (*_KNOWN.split(), "200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin")
_TEXT = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
DICTIONARY = b"".join(struct.pack(">I", len(word)) + word.encode() for word in _WORDS) + _TEXT.encode()


class SpdyError(Exception):
    """What came is no SPDY; the connection cannot go on."""


@dataclass(frozen=True)
class Event:
    """What a client did with a stream.

    Args:
        stream: its number.
        opened: its headers, by names in lower case, where it was opened just now.
        data: what came.
        ended: no more will come.
        reset: the client wants nothing more of it.
    """

    stream: int
    opened: Mapping[str, str] | None = None
    data: bytes = b""
    ended: bool = False
    reset: bool = False


@dataclass
class Session:
    """One connection: turns bytes into events, and answers to streams into bytes."""

    _buffer: bytearray = field(default_factory=bytearray)
    _answers: list[bytes] = field(default_factory=list)
    _unpacker: Any = field(default_factory=lambda: zlib.decompressobj(zdict=DICTIONARY))
    _packer: Any = field(default_factory=lambda: zlib.compressobj(zdict=DICTIONARY))
    gone: bool = False  # the client said goodbye

    def received(self, data: bytes) -> list[Event]:
        """Take in bytes; returns what they mean. Answers that the protocol itself wants are among `taken`.

        Raises:
            SpdyError: they mean nothing.
        """
        self._buffer += data
        return [event for frame in self._frames() for event in self._read(*frame)]

    def taken(self) -> bytes:
        """Return what is to be sent by now."""
        data = b"".join(self._answers)
        self._answers.clear()
        return data

    def _frames(self) -> Iterator[tuple[bytes, bytes]]:
        while len(self._buffer) >= 8:
            length = int.from_bytes(self._buffer[5:8], "big")
            if length > LARGEST_FRAME:
                raise SpdyError(f"a frame of {length} bytes")
            if len(self._buffer) < 8 + length:
                return
            head, body = bytes(self._buffer[:8]), bytes(self._buffer[8 : 8 + length])
            del self._buffer[: 8 + length]
            yield head, body

    def _read(self, head: bytes, body: bytes) -> Iterator[Event]:
        first, flags = struct.unpack(">IB", head[:5])
        if not first & 0x80000000:
            yield Event(first, data=body, ended=bool(flags & FIN))
            return
        kind = first & 0xFFFF
        if (first >> 16) & 0x7FFF != VERSION:
            raise SpdyError("another version of SPDY")
        if kind in (SYN_STREAM, SYN_REPLY, RST_STREAM, PING) and len(body) < 4:
            raise SpdyError("a frame that is too short")
        if kind == SYN_STREAM:
            stream = int.from_bytes(body[:4], "big") & 0x7FFFFFFF
            yield Event(stream, opened=self._headers(body[10:]), ended=bool(flags & FIN))
        elif kind == RST_STREAM:
            yield Event(int.from_bytes(body[:4], "big") & 0x7FFFFFFF, ended=True, reset=True)
        elif kind == PING and body[3] & 1:  # a client's own are odd
            self._answers.append(_control(PING, body))
        elif kind == GOAWAY:
            self.gone = True

    def _headers(self, block: bytes) -> dict[str, str]:
        try:
            text = self._unpacker.decompress(block, LARGEST_HEADERS)
        except zlib.error as error:
            raise SpdyError(f"headers that cannot be unpacked: {error}") from None
        if self._unpacker.unconsumed_tail:
            raise SpdyError("headers that are too long")
        place = 4

        def word() -> str:
            nonlocal place
            length = int.from_bytes(text[place : place + 4], "big")
            place += 4 + length
            if place > len(text):
                raise SpdyError("headers that end too early")
            return str(text[place - length : place].decode("latin-1"))

        return {word().lower(): word() for _ in range(int.from_bytes(text[:4], "big"))}

    def reply(self, stream: int) -> None:
        """Accept a stream."""
        block = self._packer.compress(bytes(4)) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        self._answers.append(_control(SYN_REPLY, struct.pack(">I", stream) + block))

    def refuse(self, stream: int, status: int = PROTOCOL_ERROR) -> None:
        """Refuse a stream, or break it off."""
        self._answers.append(_control(RST_STREAM, struct.pack(">II", stream, status)))

    def send(self, stream: int, data: bytes, *, end: bool = False) -> None:
        """Write to a stream, and end it where nothing more will come."""
        chunks = [data[place : place + CHUNK] for place in range(0, len(data), CHUNK)] or [b""]
        for number, chunk in enumerate(chunks, 1):
            flags = FIN if end and number == len(chunks) else 0
            if chunk or flags:
                self._answers.append(struct.pack(">II", stream, flags << 24 | len(chunk)) + chunk)


def _control(kind: int, body: bytes, flags: int = 0) -> bytes:
    return struct.pack(">HHI", 0x8000 | VERSION, kind, flags << 24 | len(body)) + body
