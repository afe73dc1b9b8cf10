"""Lines of client-go's log, as they reach standard error: W1124 14:44:00.036381   23090 helpers.go:703] text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call


def klog_warning(call: Call, place: str, text: str) -> None:
    """Writes a warning."""
    call.err(f"W{_head(call)} {place}] {text}\n")


def klog_info(call: Call, place: str, text: str) -> None:
    """Writes a message."""
    call.err(f"I{_head(call)} {place}] {text}\n")


def klog_error(call: Call, place: str, text: str) -> None:
    """Writes an error."""
    call.err(f"E{_head(call)} {place}] {text}\n")


def _head(call: Call) -> str:
    moment = datetime.fromtimestamp(call.ctx.now, UTC)
    return f"{moment:%m%d %H:%M:%S}.{moment.microsecond:06d} {4096:7d}"
