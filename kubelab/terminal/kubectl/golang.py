"""How Go writes and reads small values: quoted strings, durations, numbers, booleans.

Only the rules whose results kubectl shows: strconv (ParseInt, ParseBool), time (ParseDuration,
Duration.String). Quote and encoding/json's errors are the server's words too: kubelab/cluster/gojson.py.
"""

from __future__ import annotations

import re
from typing import Any

from kubelab.cluster.gojson import quote as quote

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_PART = re.compile(r"([0-9]*)(\.[0-9]*)?([^0-9.]*)")
_INTEGER = re.compile(r"([+-]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|[1-9][0-9_]*|0)")
_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}


class GoError(ValueError):
    """A value that Go's own functions refuse; its text is what they say."""


def parse_bool(text: str) -> bool:
    """Reads a boolean as strconv.ParseBool does."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise GoError(f"strconv.ParseBool: parsing {quote(text)}: invalid syntax")


def parse_int(text: str, bits: int = 64) -> int:
    """Reads an integer as strconv.ParseInt(text, 0, bits) does."""
    match = _INTEGER.fullmatch(text)
    if match is None:
        raise GoError(f"strconv.ParseInt: parsing {quote(text)}: invalid syntax")
    digits = match[2].replace("_", "").lower()
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        digits = "0o" + digits[1:]
    number = int(digits, 0)
    number = -number if match[1] == "-" else number
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise GoError(f"strconv.ParseInt: parsing {quote(text)}: value out of range")
    return number


def atoi(text: str) -> int:
    """Reads a decimal integer as strconv.Atoi does."""
    if re.fullmatch(r"[+-]?[0-9]+", text) is None:
        raise GoError(f"strconv.Atoi: parsing {quote(text)}: invalid syntax")
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise GoError(f"strconv.Atoi: parsing {quote(text)}: value out of range")
    return number


def parse_duration(text: str) -> float:
    """Reads a duration such as 1h30m as time.ParseDuration does.

    Returns:
        Seconds.
    """
    rest = text
    sign = 1
    if rest[:1] in ("+", "-"):
        sign = -1 if rest[0] == "-" else 1
        rest = rest[1:]
    if rest == "0":
        return 0.0
    if not rest:
        raise GoError(f"time: invalid duration {quote(text)}")
    total = 0
    while rest:
        match = _PART.match(rest)
        if match is None or (not match[1] and len(match[2] or "") < 2):
            raise GoError(f"time: invalid duration {quote(text)}")
        if not match[3]:
            raise GoError(f"time: missing unit in duration {quote(text)}")
        unit = _UNITS.get(match[3])
        if unit is None:
            raise GoError(f"time: unknown unit {quote(match[3])} in duration {quote(text)}")
        total += int(match[1] or "0") * unit + int(float("0" + (match[2] or ".0")) * unit)
        rest = rest[match.end() :]
    if total > 2**63 - 1:
        raise GoError(f"time: invalid duration {quote(text)}")
    return sign * total / 1e9


def format_duration(seconds: float) -> str:
    """Writes a duration as time.Duration's String does: 1h0m5s, 1.5s, 20ms, 0s."""
    nanoseconds = round(seconds * 1e9)
    if nanoseconds == 0:
        return "0s"
    sign = "-" if nanoseconds < 0 else ""
    nanoseconds = abs(nanoseconds)
    for unit, size in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000)):
        if nanoseconds < size * 1000:
            return f"{sign}{_decimal(nanoseconds, size)}{unit}"
    minutes, rest = divmod(nanoseconds, 60 * 10**9)
    text = f"{_decimal(rest, 10**9)}s"
    if minutes:
        hours, minutes = divmod(minutes, 60)
        text = f"{minutes}m{text}"
        if hours:
            text = f"{hours}h{text}"
    return sign + text


def _decimal(number: int, size: int) -> str:
    whole, rest = divmod(number, size)
    if not rest:
        return str(whole)
    digits = len(str(size)) - 1
    return f"{whole}.{rest:0{digits}d}".rstrip("0")


def human_duration(seconds: float) -> str:
    """Writes an age as apimachinery's duration.HumanDuration does: 5s, 3m2s, 2d1h, 3y20d."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    if whole < 120:
        return f"{whole}s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if hours < 24 * 365 * 2:
        return f"{days}d"
    if hours < 24 * 365 * 8:
        years, rest = divmod(days, 365)
        return f"{years}y{rest}d" if rest else f"{years}y"
    return f"{days // 365}y"


def go_text(value: Any) -> str:
    """Writes JSON data as Go's %v does: map[a:1 b:[x y]]."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return go_float(value)
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_text(item) for item in value) + "]"
    return str(value)


def go_syntax(value: Any) -> str:
    """Writes JSON data as Go's %#v does: map[string]interface {}{"a":1}."""
    if isinstance(value, str):
        return quote(value)
    if value is None:
        return "interface {}(nil)"
    if isinstance(value, dict):
        return (
            "map[string]interface {}{"
            + ", ".join(f"{quote(key)}:{go_syntax(value[key])}" for key in sorted(value))
            + "}"
        )
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(go_syntax(item) for item in value) + "}"
    return go_text(value)


def go_float(number: float) -> str:
    """Writes a float64 as %v does: the shortest digits, with an exponent below 1e-4 and from 1e+06 on."""
    if number != number or number in (float("inf"), float("-inf")):
        return "NaN" if number != number else ("+Inf" if number > 0 else "-Inf")
    sign = "-" if number < 0 or str(number) == "-0.0" else ""
    digits, power = shortest(abs(number))
    if -5 < power < 6:
        if power < 0:
            return f"{sign}0.{'0' * (-power - 1)}{digits}"
        whole, rest = digits[: power + 1].ljust(power + 1, "0"), digits[power + 1 :]
        return f"{sign}{whole}.{rest}" if rest else sign + whole
    mantissa = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"


def shortest(number: float) -> tuple[str, int]:
    """Returns the shortest digits that bring a float back, and the power of ten of the first."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, rest = mantissa.partition(".")
    digits = (whole + rest).lstrip("0")
    if not digits:
        return "0", 0
    power = int(exponent or 0) + (len(whole) - 1 if whole.strip("0") else -(len(rest) - len(rest.lstrip("0")) + 1))
    return digits.rstrip("0") or "0", power
