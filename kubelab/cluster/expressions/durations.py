"""Durations as Go writes them: "1h30m", "1.5s".

Source: pkg.go.dev/time#ParseDuration; cel-go, common/types/duration.go.
"""

from __future__ import annotations

import re
from datetime import timedelta

_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_UNIT = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}


def duration(text: str) -> timedelta | None:
    """Returns the duration that a text writes; None where it writes none."""
    body = text.lstrip("+-") if text[:1] in ("+", "-") else text
    if body == "0":
        return timedelta(0)
    parts = _PART.findall(body)
    if not parts or "".join(number + unit for number, unit in parts) != body:
        return None
    seconds = sum(float(number) * _UNIT[unit] for number, unit in parts)
    try:
        return timedelta(seconds=-seconds if text.startswith("-") else seconds)
    except OverflowError:
        return None
