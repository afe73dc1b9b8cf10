"""Times as Go's time.Parse(time.RFC3339) reads them, with its error texts."""

from __future__ import annotations

import re
from datetime import datetime

from kubelab.terminal.kubectl.golang import quote

LAYOUT = "2006-01-02T15:04:05Z07:00"
_PARTS = (
    ("2006", r"\d{4}"), ("-", "-"), ("01", r"\d\d"), ("-", "-"), ("02", r"\d\d"), ("T", "T"), ("15", r"\d\d"),
    (":", ":"), ("04", r"\d\d"), (":", ":"), ("05", r"\d\d(?:\.\d+)?"), ("Z07:00", r"Z|[+-]\d\d:\d\d"),
)  # fmt: skip


class TimeError(ValueError):
    """A text is no time; told in Go's words."""


def parse_time(text: str) -> float:
    """Returns seconds since the epoch.

    Raises:
        TimeError: the text is no time of RFC 3339.
    """
    rest = text
    for part, pattern in _PARTS:
        match = re.match(pattern, rest)
        if match is None:
            raise TimeError(
                f"parsing time {quote(text)} as {quote(LAYOUT)}: cannot parse {quote(rest)} as {quote(part)}"
            )
        rest = rest[match.end() :]
    if rest:
        raise TimeError(f"parsing time {quote(text)}: extra text: {quote(rest)}")
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError as error:
        name = str(error).partition(" ")[0]
        raise TimeError(f"parsing time {quote(text)}: {name} out of range") from None
