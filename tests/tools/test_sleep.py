"""sleep, with the numbers that GNU's takes."""

import pytest


@pytest.mark.parametrize(
    ("arguments", "seconds"),
    [("2", 2), (".5", 0.5), ("1e1", 10), ("+15E-1", 1.5), ("1m 2s", 62), ("1e-1m", 6)],
)
def test_that_much_virtual_time_passes(console, arguments, seconds):
    before = console.now
    console.ok(f"sleep {arguments}")
    assert console.now - before == pytest.approx(seconds)


@pytest.mark.parametrize("argument", ["1e", "x", "1y", "''"])
def test_what_is_no_time_is_refused(console, argument):
    assert f"sleep: invalid time interval '{argument.strip(chr(39))}'" in console.fails(f"sleep {argument}")


@pytest.mark.parametrize("argument", ["infinity", "1e300", "9" * 400])
def test_for_ever_is_until_it_is_ended(console, argument):
    assert "still waiting" in console.fails(f"sleep {argument}")
