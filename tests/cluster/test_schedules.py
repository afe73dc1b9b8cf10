"""When schedules are due: cron's fields, macros, intervals, time zones and the days on which clocks change.

Source: github.com/robfig/cron/v3, spec_test.go (the cases' kind), doc.go.
"""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab.cluster import schedules


def times(text, after, count=1, zone=""):
    schedule, found = schedules.parse(text, zone), []
    time = datetime.fromisoformat(f"{after}+00:00").timestamp()
    for _ in range(count):
        time = schedule.next(time)
        where = schedules.time_zone(zone or "UTC")
        found.append(None if time is None else datetime.fromtimestamp(time, where).strftime("%Y-%m-%d %H:%M:%S"))
    return found


@pytest.mark.parametrize(
    ("text", "after", "due"),
    [
        ("* * * * *", "2026-01-01 00:00:00", "2026-01-01 00:01:00"),
        ("* * * * *", "2026-01-01 00:00:59", "2026-01-01 00:01:00"),
        ("0/15 * * * *", "2026-01-01 00:45:00", "2026-01-01 01:00:00"),
        ("20-35/15 * * * *", "2026-01-01 00:21:00", "2026-01-01 00:35:00"),
        ("0 0 1 * *", "2026-01-31 10:00:00", "2026-02-01 00:00:00"),
        ("0 0 29 feb ?", "2026-01-01 00:00:00", "2028-02-29 00:00:00"),
        ("0 12 * * MON-FRI", "2026-01-02 12:00:00", "2026-01-05 12:00:00"),
        ("0 0 13 * FRI", "2026-01-01 00:00:00", "2026-01-02 00:00:00"),  # either day where both are named
        ("0 0 */2 * SUN", "2026-01-04 00:00:00", "2026-01-05 00:00:00"),  # a star with a step is no star
        ("@yearly", "2026-01-01 00:00:00", "2027-01-01 00:00:00"),
        ("@weekly", "2026-01-01 00:00:00", "2026-01-04 00:00:00"),
        ("@every 1h30m", "2026-01-01 00:10:07", "2026-01-01 01:40:07"),
        ("@every 5m", "2026-01-01 23:58:00", "2026-01-02 00:03:00"),
        ("0 0 31 2 *", "2026-01-01 00:00:00", None),
    ],
)
def test_the_next_time(text, after, due):
    assert times(text, after) == [due]


def test_an_hour_that_is_left_out_is_skipped():
    assert times("30 2 * * *", "2026-03-28 00:00:00", 2, "Europe/Berlin") == [
        "2026-03-28 02:30:00", "2026-03-30 02:30:00",
    ]  # fmt: skip


def test_an_hour_that_comes_twice_counts_twice():
    assert times("30 2 * * *", "2026-10-24 12:00:00", 3, "Europe/Berlin") == [
        "2026-10-25 02:30:00", "2026-10-25 02:30:00", "2026-10-26 02:30:00",
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(minute=st.integers(0, 59), hour=st.integers(0, 23), day=st.integers(1, 28), after=st.integers(0, 2**31))
def test_a_time_that_is_found_is_later_and_fits(minute, hour, day, after):
    time = schedules.parse(f"{minute} {hour} {day} * *", "America/New_York").next(after)
    local = datetime.fromtimestamp(time, schedules.time_zone("America/New_York"))
    assert time > after
    assert (local.minute, local.hour, local.day) == (minute, hour, day)
