"""What a container runs: a program with a start-up, listening ports, answers, log lines and an end.

An image's file makes programs from these parts; a server that runs for ever needs no state of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class HttpRequest:
    """A request as it reaches a container's port."""

    method: str = "GET"
    path: str = "/"  # with the query string
    host: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    client: str = ""  # IP address that the server sees
    tls: bool = False


@dataclass(frozen=True)
class HttpReply:
    """What a server answers."""

    status: int = 200
    reason: str = "OK"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class TextRequest:
    """Bytes sent over a plain TCP connection (redis-cli, mysql, nc), as text."""

    text: str
    client: str = ""


@dataclass(frozen=True)
class TextReply:
    """What a plain TCP server writes back; `closed` when it ends the connection."""

    text: str
    closed: bool = True


Request = HttpRequest | TextRequest
Reply = HttpReply | TextReply
