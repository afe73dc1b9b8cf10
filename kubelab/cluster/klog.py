"""Lines as Kubernetes' components write them to their logs. Source: k8s.io/klog, the header of a line."""

from __future__ import annotations

from datetime import UTC, datetime


def klog(seconds: float, text: str, pid: int = 1) -> str:
    """Writes a line as klog does: `I0101 00:00:00.000000       1 file.go:1] text`."""
    stamp = datetime.fromtimestamp(seconds, UTC).strftime("%m%d %H:%M:%S.%f")
    return f"I{stamp} {pid:7d} {text}"
