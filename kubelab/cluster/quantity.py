"""Quantities: "100m", "1Gi", "1e3".

Source: k8s.io/apimachinery/pkg/api/resource.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import lru_cache

_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
}
_PATTERN = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?|[eE][+-]?[0-9]+)")
WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


@lru_cache(maxsize=4096)
def parse(quantity: str | int | float) -> Decimal:
    """Returns a quantity as a number of its unit.

    Raises:
        ValueError: with the server's words, if it is no quantity.
    """
    match = _PATTERN.fullmatch(str(quantity))
    if match is None:
        raise ValueError(WRONG)
    number, suffix = match.groups()
    if suffix in _BINARY:
        return Decimal(number) * _BINARY[suffix]
    if suffix in _DECIMAL:
        return Decimal(number) * _DECIMAL[suffix]
    return Decimal(number + suffix)


def to_milli(quantity: str | int | float) -> int:
    """Returns a quantity in thousandths, rounded up."""
    return math.ceil(parse(quantity) * 1000)


def to_int(quantity: str | int | float) -> int:
    """Returns a quantity in whole units, rounded up."""
    return math.ceil(parse(quantity))


@lru_cache(maxsize=4096)
def canonical(quantity: str | int | float) -> str:
    """Returns a quantity as the server writes it: no fraction, the largest suffix that leaves a whole number.

    Raises:
        ValueError: if it is no quantity.
    """
    value = parse(quantity)
    text = str(quantity)
    if text[-1:] == "i" and value == int(value) and abs(value) >= 1024:
        return _with_suffix(int(value), _BINARY, 1024)
    exponent = re.search(r"[eE]([+-]?[0-9]+)$", text)
    if value == 0:
        return "0"
    power, whole = 0, value
    if value != int(value):
        for power in (-3, -6, -9):
            whole = value.scaleb(-power)
            if whole == int(whole):
                break
        whole = Decimal(math.ceil(whole))
    number = int(whole)
    while number % 1000 == 0 and power < 18:
        number //= 1000
        power += 3
    if exponent:
        return f"{number}e{power}" if power else str(number)
    return f"{number}{ {-9: 'n', -6: 'u', -3: 'm', 0: '', 3: 'k', 6: 'M', 9: 'G', 12: 'T', 15: 'P', 18: 'E'}[power] }"


def _with_suffix(value: int, suffixes: dict[str, int], step: int) -> str:
    best = ""
    number = value
    for suffix, size in suffixes.items():
        if value % size == 0:
            best, number = suffix, value // size
    return f"{number}{best}"
