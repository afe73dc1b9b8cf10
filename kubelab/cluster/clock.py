"""The cluster's virtual time: seconds that pass only when the cluster is run.

Nothing below the Django apps reads any other clock, so the same inputs give the same history.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

LAST_MOMENT = 253370764800.0  # 9999-01-01: RFC 3339 has years of four digits, and a year is left for what is due later


class Clock:
    """Tells the virtual time.

    Args:
        now: the time to start from, in seconds since the epoch.
    """

    def __init__(self, now: float) -> None:
        self.now = now
        self._second = -1
        self._timestamp = ""
        self._written = now
        self._text = str(now)

    def timestamp(self) -> str:
        """Returns the time as `metav1.Time` is written, e.g. `2026-01-02T03:04:05Z`."""
        second = int(self.now)
        if second != self._second:
            self._second = second
            self._timestamp = rfc3339(second)
        return self._timestamp

    @property
    def text(self) -> str:
        """The time to its last digit, as a part of what chance is drawn from: a float takes long to be written."""
        if self._written is not self.now:
            self._written, self._text = self.now, str(self.now)
        return self._text

    def micro(self) -> str:
        """Returns the time as `metav1.MicroTime` is written, e.g. `2026-01-02T03:04:05.000006Z`."""
        return micro(self.now)


def moment(seconds: float) -> float:
    """Returns a virtual time that a cluster can have.

    Raises:
        ValueError: if it is before 1970, after the last moment that can be written, or no number.
    """
    if not 0 <= seconds <= LAST_MOMENT:
        raise ValueError("virtual time goes from 1970 to the year 9999")
    return seconds


def rfc3339(seconds: float) -> str:
    """Writes seconds since the epoch as `metav1.Time` does, cutting parts of a second."""
    return _second(int(seconds))


@lru_cache(maxsize=1024)
def _second(second: int) -> str:
    """Writes a whole second; what happens to many objects happens to most of them in the same few seconds."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro(seconds: float) -> str:
    """Writes seconds since the epoch as `metav1.MicroTime` does."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@lru_cache(maxsize=4096)
def parse_time(text: str) -> float:
    """Reads an RFC 3339 time into seconds since the epoch.

    Raises:
        ValueError: if `text` is no such time.
    """
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
