"""What moves awk's control (next, exit, break ...), and its operators."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


class Stopped(Exception):
    """The program does what awk ends for."""


class Next(Exception):
    """`next`."""


class NextFile(Exception):
    """`nextfile`."""


class Ended(Exception):
    """`exit`."""


class Break(Exception):
    """`break`."""


class Continue(Exception):
    """`continue`."""


class Returned(Exception):
    """`return`."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


COMPARISONS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0, "<=": lambda order: order <= 0, "==": lambda order: order == 0,
    "!=": lambda order: order != 0, ">": lambda order: order > 0, ">=": lambda order: order >= 0,
}  # fmt: skip


def arithmetic(operator: str, one: float, two: float) -> float:
    """Returns the result of an operator, as C's double arithmetic has it."""
    try:
        if operator == "+":
            return one + two
        if operator == "-":
            return one - two
        if operator == "*":
            return one * two
        if operator == "/":
            if two == 0:
                return -math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one)
            return one / two
        if operator == "%":
            return math.fmod(one, two) if two else -math.nan
        result = one**two
        return result if isinstance(result, float) else -math.nan
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return -math.nan
