"""How columns say how long something takes or is ago."""

from __future__ import annotations

from kubelab.cluster.clock import parse_time
from kubelab.cluster.objects import Object


def age(obj: Object, now: float) -> str:
    """Returns how old an object is."""
    created = obj["metadata"].get("creationTimestamp")
    return ago(created, now) if created else "<unknown>"


def ago(timestamp: str | None, now: float) -> str:
    """Returns how long ago a time was, without the word."""
    return human_duration(now - parse_time(timestamp)) if timestamp else "<unknown>"


def human_duration(seconds: float) -> str:
    """Returns a duration in two units at the most (duration.HumanDuration): 59s, 2m5s, 3h12m, 5d3h, 2y40d."""
    seconds = int(seconds)
    if seconds < -1:
        return "<invalid>"
    if seconds < 0:
        return "0s"
    if seconds < 120:
        return f"{seconds}s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    if days < 365 * 8:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large}{unit}{small}{small_unit}" if small else f"{large}{unit}"
