"""Sizes as people read them: 1K, 2.5M. Source: GNU coreutils, Block size."""

from __future__ import annotations

import math

UNITS = "KMGTPE"


def human(size: float, base: int = 1024) -> str:
    """Returns a size as `ls -h`, `du -h` and `df -h` show it: rounded up, one decimal below ten."""
    if size < base:
        return str(int(size))
    value, at = float(size), -1
    while value >= base and at < len(UNITS) - 1:
        value, at = value / base, at + 1
    letters = UNITS if base == 1024 else "kMGTPE"
    if value < 10:
        rounded = math.ceil(value * 10) / 10
        if rounded < 10:
            return f"{rounded:.1f}{letters[at]}"
    whole = math.ceil(value)
    if whole >= base and at < len(UNITS) - 1:
        return f"1.0{letters[at + 1]}"
    return f"{whole}{letters[at]}"
