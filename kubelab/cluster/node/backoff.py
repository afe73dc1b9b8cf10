"""The kubelet's exponential back-off, kept as data: how long, and since when.

Source: k8s.io/client-go/util/flowcontrol/backoff.go with the kubelet's 10 s to 300 s; a container that ran for
twice the longest wait starts anew.
"""

from __future__ import annotations

FIRST = 10.0
MOST = 300.0

Entry = list[float]  # [seconds, time of the last change]


def is_waiting(entry: Entry | None, since: float, now: float) -> bool:
    """Tells whether the wait that `entry` says, counted from `since`, is not over (IsInBackOffSince)."""
    return entry is not None and not _expired(entry, since) and now - since < entry[0]


def is_waiting_since_update(entry: Entry | None, now: float) -> bool:
    """Tells whether the wait that `entry` says, counted from its last change, is not over (IsInBackOffSinceUpdate)."""
    return entry is not None and not _expired(entry, now) and now - entry[1] < entry[0]


def following(entry: Entry | None, event: float, now: float) -> Entry:
    """Returns the entry after one more failure at the time of `event` (Next)."""
    if entry is None or _expired(entry, event):
        return [FIRST, now]
    return [min(entry[0] * 2, MOST), now]


def written(seconds: float) -> str:
    """Writes a wait as Go writes a duration: `10s`, `1m20s`, `5m0s`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _expired(entry: Entry, event: float) -> bool:
    return event - entry[1] > MOST * 2
