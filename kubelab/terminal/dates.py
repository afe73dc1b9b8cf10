"""Dates as `date`, `touch -d` and `ls` read and write them: UTC, the C locale.

Source: GNU coreutils, date input formats.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_SECONDS = {
    "second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86400, "week": 604_800,
    "fortnight": 1_209_600,
}  # fmt: skip
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})/(\d{1,2})/(\d{1,2})|(\d{1,2})/(\d{1,2})/(\d{4})|(\d{8})(?!\d)")
_TIME = re.compile(r"[tT]?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?:\s*([aApP])\.?[mM]\.?)?")
_ZONE = re.compile(r"(?:UTC|GMT|Z|z)(?![A-Za-z])|([+-])(\d{2}):?(\d{2})?(?!\d)")
_STEP = re.compile(
    r"(?:([+-]?)\s*(\d+)|(next|last|this|a|an))?\s*"
    r"(seconds?|secs?|s|minutes?|mins?|hours?|days?|weeks?|fortnights?|months?|years?)(?![A-Za-z])(\s+ago(?![a-z]))?",
    re.I,
)
_WORDS = {"now": 0, "today": 0, "yesterday": -1, "tomorrow": 1, "noon": 0, "midnight": 0}
_CODE = re.compile(r"%([-_0^#]*)(\d*)(:{0,3}[a-zA-Z%+])")


def moment(seconds: float) -> datetime:
    """Returns a time in seconds since the epoch as a date in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


class _Reading:
    """A text being read as a date."""

    def __init__(self, text: str, now: float) -> None:
        self.text = text
        self.at = moment(now)
        self.timed = False

    def read(self) -> float:
        text = self.text.strip()
        if not text:
            self.midnight()
        while text:
            for rule in (self.epoch, self.date, self.time, self.zone, self.step, self.word, self.named):
                rest = rule(text)
                if rest is not None:
                    text = rest.lstrip(" ,\t\n")
                    break
            else:
                raise ValueError(self.text)
        return self.at.timestamp()

    def midnight(self) -> None:
        if not self.timed:
            self.at = self.at.replace(hour=0, minute=0, second=0, microsecond=0)

    def epoch(self, text: str) -> str | None:
        match = re.match(r"@(-?\d+(?:\.\d+)?)", text)
        if match:
            self.at, self.timed = moment(float(match.group(1))), True
        return text[match.end() :] if match else None

    def date(self, text: str) -> str | None:
        match = _DATE.match(text)
        if not match:
            return None
        groups = [part for part in match.groups() if part]
        if len(groups) == 1:
            year, month, day = groups[0][:4], groups[0][4:6], groups[0][6:]
        elif len(groups[0]) == 4:
            year, month, day = groups
        else:
            month, day, year = groups
        self.midnight()
        self.at = self.at.replace(year=int(year), month=int(month), day=int(day))
        return text[match.end() :]

    def time(self, text: str) -> str | None:
        match = _TIME.match(text)
        if not match:
            return None
        hour, minute, second, part, half = match.groups()
        hours = int(hour) % 12 + (12 if half in "pP" else 0) if half else int(hour)
        micros = int((part or "0")[:6].ljust(6, "0"))
        self.at = self.at.replace(hour=hours, minute=int(minute), second=int(second or 0), microsecond=micros)
        self.timed = True
        return text[match.end() :]

    def zone(self, text: str) -> str | None:
        match = _ZONE.match(text)
        if not match or (match.group(1) and not self.timed):
            return None
        if match.group(1):
            offset = timedelta(hours=int(match.group(2)), minutes=int(match.group(3) or 0))
            self.at += -offset if match.group(1) == "+" else offset
        return text[match.end() :]

    def step(self, text: str) -> str | None:
        match = _STEP.match(text)
        if not match:
            return None
        sign, digits, word, unit, ago = match.groups()
        number = int(digits) if digits else {"next": 1, "last": -1, "this": 0}.get((word or "a").lower(), 1)
        number = -number if (sign == "-") != bool(ago) else number
        unit = unit.lower().removesuffix("s") or "s"
        if unit in ("month", "year"):
            months = self.at.year * 12 + self.at.month - 1 + number * (12 if unit == "year" else 1)
            first = self.at.replace(year=months // 12, month=months % 12 + 1, day=1)
            self.at = first + timedelta(days=self.at.day - 1)
        else:
            self.at += timedelta(seconds=number * _SECONDS[unit])
        return text[match.end() :]

    def word(self, text: str) -> str | None:
        match = re.match(r"[A-Za-z]+", text)
        word = match.group().lower() if match else ""
        if word not in _WORDS:
            return None
        self.at += timedelta(days=_WORDS[word])
        if word in ("noon", "midnight"):
            self.midnight()
            self.at += timedelta(hours=12 if word == "noon" else 0)
            self.timed = True
        return text[len(word) :]

    def named(self, text: str) -> str | None:
        """Reads a day's name, or a month's name with a day."""
        match = re.match(r"(?:(next|last|this)\s+)?([A-Za-z]{3,9})\.?", text)
        name = match.group(2).lower() if match else ""
        day = next((at for at, full in enumerate(_DAYS) if match and full.startswith(name)), None)
        if match and day is not None:
            self.midnight()
            ahead = (day - self.at.weekday()) % 7
            ahead += {"next": 7 if ahead == 0 else 0, "last": -7}.get((match.group(1) or "").lower(), 0)
            self.at += timedelta(days=ahead)
            return text[match.end() :]
        match = re.match(
            r"(?:(\d{1,2})\s+)?([A-Za-z]{3})[a-z]*\.?(?:\s+(\d{1,2})(?![\d:]))?(?:,?\s+(\d{4})(?![\d:]))?", text
        )
        if not match or match.group(2).lower() not in _MONTHS or not (match.group(1) or match.group(3)):
            return None
        self.midnight()
        month = _MONTHS.index(match.group(2).lower()) + 1
        self.at = self.at.replace(
            year=int(match.group(4) or self.at.year), month=month, day=int(match.group(1) or match.group(3))
        )
        return text[match.end() :]


def read_date(text: str, now: float) -> float:
    """Reads a date: ISO 8601, `@seconds`, `yesterday`, `2 hours ago`, `next monday`, `Nov 3 2025 10:00` ...

    Returns:
        Seconds since the epoch.

    Raises:
        ValueError: if it is none.
    """
    try:
        return _Reading(text, now).read()
    except (OverflowError, OSError):
        raise ValueError(text) from None


def write_date(form: str, seconds: float) -> str:
    """Writes a date in a format of `date`."""
    at = moment(int(seconds // 1))
    nanoseconds = round((seconds - int(seconds // 1)) * 1e9)
    return _CODE.sub(lambda match: _field(match, at, nanoseconds), form)


def _field(match: re.Match[str], at: datetime, nanoseconds: int) -> str:
    flags, width, code = match.groups()
    plain = _plain(code, at, nanoseconds)
    if plain is None:
        return match.group()
    text, pad = plain
    if "^" in flags:
        text = text.upper()
    if "#" in flags:
        text = text.swapcase()
    if "-" in flags:
        return (text.lstrip(" 0") or "0") if pad else text
    if pad and ("_" in flags or "0" in flags):
        filling = " " if "_" in flags else "0"
        text = (text.lstrip(" 0") or "0").rjust(len(text), filling)
        pad = filling
    return text.rjust(int(width), pad or " ") if width else text


def _plain(code: str, at: datetime, nanoseconds: int) -> tuple[str, str] | None:
    """Returns a field and what numbers are padded with ("" for words); None for an unknown code."""
    numbers: dict[str, Any] = {
        "d": "%d", "H": "%H", "I": "%I", "m": "%m", "M": "%M", "S": "%S", "y": "%y", "j": "%j", "U": "%U", "W": "%W",
        "V": "%V", "g": "%g", "Y": "%Y", "G": "%G",
    }  # fmt: skip
    words: dict[str, str] = {
        "a": "%a", "A": "%A", "b": "%b", "h": "%b", "B": "%B", "p": "%p", "u": "%u", "w": "%w", "F": "%Y-%m-%d",
        "T": "%H:%M:%S", "X": "%H:%M:%S", "D": "%m/%d/%y", "x": "%m/%d/%y", "R": "%H:%M", "r": "%I:%M:%S %p",
    }  # fmt: skip
    if code in numbers:
        return at.strftime(numbers[code]), "0"
    if code in words:
        return at.strftime(words[code]), ""
    others = {
        "e": (f"{at.day:2}", " "), "k": (f"{at.hour:2}", " "), "l": (f"{at.hour % 12 or 12:2}", " "),
        "C": (f"{at.year // 100:02}", "0"), "P": (at.strftime("%p").lower(), ""), "n": ("\n", ""), "t": ("\t", ""),
        "%": ("%", ""), "s": (str(int(at.timestamp())), "0"), "N": (f"{nanoseconds:09}", "0"), "Z": ("UTC", ""),
        "z": ("+0000", ""), ":z": ("+00:00", ""), "::z": ("+00:00:00", ""), ":::z": ("+00", ""),
        "c": (f"{at.strftime('%a %b')} {at.day:2} {at.strftime('%H:%M:%S %Y')}", ""),
        "q": (str((at.month + 2) // 3), ""),
    }  # fmt: skip
    return others.get(code)
