"""When a CronJob is due: five fields of cron, macros such as @daily, or @every and a duration; in any time zone.

Source: github.com/robfig/cron/v3 (parser.go, spec.go, constantdelay.go), which kube-controller-manager and the API
server use; the words of its errors are what the server answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()
YEARS = 5  # for which a next time is looked for
UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class ScheduleError(ValueError):
    """A text is no schedule."""


class Field(NamedTuple):
    """What one field of a schedule may hold."""

    least: int
    most: int
    names: dict[str, int]


FIELDS = (
    Field(0, 59, {}),
    Field(0, 23, {}),
    Field(1, 31, {}),
    Field(1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
    Field(0, 6, {name: number for number, name in enumerate(DAYS)}),
)


@dataclass(frozen=True)
class Schedule:
    """A schedule that was read; `every` is the seconds of an @every, else the fields count."""

    every: float
    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = False  # one of the two fields of days is a star, so that the other one decides
    zone: tzinfo = UTC

    def next(self, after: float) -> float | None:
        """Returns the first time after `after`, in seconds since the epoch; None where there is none in five years."""
        if self.every:
            return float(int(after) + self.every)
        time = (int(after) // 60 + 1) * 60
        last = datetime.fromtimestamp(time, self.zone).year + YEARS
        while True:
            local = datetime.fromtimestamp(time, self.zone)
            if local.year > last:
                return None
            if local.month not in self.months:
                time = _midnight((local.replace(day=1) + timedelta(days=32)).replace(day=1), time)
            elif not self._falls_on(local):
                time = _midnight(local + timedelta(days=1), time)
            elif local.hour not in self.hours:
                time += 3600 - local.minute * 60
            elif local.minute not in self.minutes:
                later = [minute for minute in self.minutes if minute > local.minute]
                time += (min(later, default=60) - local.minute) * 60
            else:
                return float(time)

    def _falls_on(self, local: datetime) -> bool:
        day, weekday = local.day in self.days, local.isoweekday() % 7 in self.weekdays
        return day and weekday if self.any_day else day or weekday


def _midnight(local: datetime, after: int) -> int:
    """Returns when that local day begins, in whole seconds since the epoch, always later than `after`."""
    return max(int(local.replace(hour=0, minute=0, fold=0).timestamp()), after + 60)


@lru_cache(maxsize=1000)
def parse(text: str, zone: str = "") -> Schedule:
    """Reads a schedule.

    Args:
        zone: the name of a time zone; "" for UTC.

    Raises:
        ScheduleError: it is none, with the words of the server.
    """
    if not text:
        raise ScheduleError("empty spec string")
    if text.startswith(("TZ=", "CRON_TZ=")):
        place, _, text = text.partition(" ")
        zone, text = place.partition("=")[2], text.strip()
    where = time_zone(zone) if zone else UTC
    if where is None:
        raise ScheduleError(f"provided bad location {zone}: unknown time zone {zone}")
    if text.startswith("@every "):
        return Schedule(_duration(text), zone=where)
    if text.startswith("@") and text not in MACROS:
        raise ScheduleError(f"unrecognized descriptor: {text}")
    fields = MACROS.get(text, text).split()
    if len(fields) != len(FIELDS):
        raise ScheduleError(f"expected exactly {len(FIELDS)} fields, found {len(fields)}: [{' '.join(fields)}]")
    read = [_field(written, field) for written, field in zip(fields, FIELDS, strict=True)]
    sets = [frozenset(values) for values, _ in read]
    minutes, hours, days, months, weekdays = sets
    return Schedule(0, minutes, hours, days, months, weekdays, read[2][1] or read[4][1], where)


def time_zone(name: str) -> tzinfo | None:
    """Returns a time zone by its name, or None."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _field(written: str, field: Field) -> tuple[set[int], bool]:
    """Returns the values of a field, and whether it is a star."""
    values: set[int] = set()
    star = False
    for part in filter(None, written.split(",")):
        found, is_star = _range(part, field)
        values |= found
        star = star or is_star
    return values, star


def _range(part: str, field: Field) -> tuple[set[int], bool]:
    bounds, *steps = part.split("/")
    low, *high = bounds.split("-")
    star = low in ("*", "?")
    if star:
        first, last = field.least, field.most
    else:
        if len(high) > 1:
            raise ScheduleError(f"too many hyphens: {part}")
        first = _number(low, field)
        last = _number(high[0], field) if high else first
    if len(steps) > 1:
        raise ScheduleError(f"too many slashes: {part}")
    step = _number(steps[0]) if steps else 1
    if steps and not high:
        last = field.most
    if first < field.least:
        raise ScheduleError(f"beginning of range ({first}) below minimum ({field.least}): {part}")
    if last > field.most:
        raise ScheduleError(f"end of range ({last}) above maximum ({field.most}): {part}")
    if first > last:
        raise ScheduleError(f"beginning of range ({first}) beyond end of range ({last}): {part}")
    if not step:
        raise ScheduleError(f"step of range should be a positive number: {part}")
    return set(range(first, last + 1, step)), star and step == 1


def _number(text: str, field: Field | None = None) -> int:
    if field is not None and text.lower() in field.names:
        return field.names[text.lower()]
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ScheduleError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    if int(text) < 0:
        raise ScheduleError(f"negative number ({int(text)}) not allowed: {text}")
    return int(text)


def _duration(text: str) -> float:
    """Reads what follows @every as Go reads a duration; less than a second is one."""
    written = text.removeprefix("@every ")
    parts = re.findall(r"([0-9]*\.?[0-9]+|[0-9]+\.)(ns|us|µs|ms|s|m|h)", written)
    if not written or "".join(map("".join, parts)) != written.lstrip("+-"):
        unit = "missing unit in duration" if re.fullmatch(r"[+-]?[0-9.]+", written) else "invalid duration"
        raise ScheduleError(f'failed to parse duration {text}: time: {unit} "{written}"')
    seconds = sum(float(number) * UNITS[unit] for number, unit in parts)
    return float(max(1, int(-seconds if written.startswith("-") else seconds)))
