"""log: what a container has written, as text; with what the query parameters leave of it.

Source: kubernetes.io, reference/generated/kubernetes-api, "Read Log"; pkg/kubelet/kuberuntime/logs/logs.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster.api import errors, kubelets
from kubelab.cluster.api.kubelets import LogLine
from kubelab.cluster.api.request import Request, Response

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

NAME = "log"


def handle(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers the reading of a Pod's log with a text."""
    part = kubelets.read_log(server, request)
    lines = wanted(part.lines, request.options, server.clock.now)
    return Response(cut(text(lines, request.options), request.options), 200, warnings)


def wanted(lines: list[LogLine], options: Mapping[str, str], now: float) -> list[LogLine]:
    """Leaves the last `tailLines` lines, and of them those since `sinceSeconds` or `sinceTime`."""
    tail = options.get("tailLines", "")
    if tail:
        count = int(tail)
        lines = lines[len(lines) - count :] if 0 < count < len(lines) else lines if count else []
    since = _since(options, now)
    return [line for line in lines if line.time >= since] if since is not None else lines


def text(lines: list[LogLine], options: Mapping[str, str]) -> str:
    """Returns lines as they are sent, with their times where `timestamps` is set."""
    if options.get("timestamps") not in ("true", "1"):
        return "".join(line.text for line in lines)
    return "".join(f"{_stamp(line.time)} {line.text}" if line.starts else line.text for line in lines)


def cut(told: str, options: Mapping[str, str]) -> str:
    """Leaves the first `limitBytes` bytes."""
    limit = options.get("limitBytes", "")
    if not limit:
        return told
    return told.encode("utf-8", "surrogateescape")[: int(limit)].decode("utf-8", "surrogateescape")


def _since(options: Mapping[str, str], now: float) -> float | None:
    if options.get("sinceSeconds"):
        return now - int(options["sinceSeconds"])
    moment = options.get("sinceTime", "")
    if not moment:
        return None
    try:
        return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
    except ValueError:
        raise errors.BadRequest(f"{moment} is no time of RFC 3339") from None


def _stamp(time: float) -> str:
    """Writes a time with nanoseconds, as the kubelet does."""
    moment = datetime.fromtimestamp(time, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}000Z"
