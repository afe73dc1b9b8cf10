"""watch: a command again and again, on the whole screen."""

import pytest


def test_watch_shows_a_title_and_the_output(seen):
    seen.type("watch -n 5 echo hello\r")
    title, blank, line = seen.lines[:3]
    assert title.startswith("Every 5.0s: echo hello") and "workstation: Thu Jan  1 00:00:00 2026" in title
    assert (blank, line) == ("", "hello")


def test_watch_runs_it_again_when_the_time_has_come(seen):
    seen.enter("echo 1 > f")
    seen.type("watch cat f\r")
    assert seen.lines[2] == "1"
    seen.console.write("f", "2\n")
    assert seen.advance(1).lines[2] == "1"
    assert seen.advance(1).lines[2] == "2"


@pytest.mark.parametrize("key", ["q", "\x03"])
def test_a_key_ends_it_and_the_screen_comes_back(seen, key):
    seen.enter("echo before")
    seen.type("watch echo hello\r")
    assert "before" not in seen.text
    seen.type(key)
    assert "before" in seen.text and not seen.terminal.running
    assert seen.enter("echo next") == "next"


def test_ctrl_z_and_other_keys_do_not_end_it(seen):
    seen.type("watch echo hello\rx")
    assert seen.terminal.running


def test_it_survives_a_restart(seen):
    seen.enter("echo 1 > f")
    seen.type("watch -t cat f\r")
    seen.restart()
    seen.console.write("f", "2\n")
    seen.advance(2)
    assert seen.lines[0] == "2"
    seen.type("q")
    assert not seen.terminal.running


def test_more_than_the_screen_holds_is_cut(seen):
    seen.type("watch -t seq 100\r")
    assert seen.lines == [str(number) for number in range(1, 25)]


def test_changes_are_marked(seen):
    seen.enter("echo abc > f")
    seen.type("watch -d cat f\r")
    seen.console.write("f", "axc\n")
    seen.console.advance(2)
    seen.terminal.poll()
    assert "a\x1b[7mx\x1b[mc" in seen.terminal.output()


def test_without_a_terminal_it_does_not_start(console):
    assert console.fails("watch echo hi") == "Error opening terminal: unknown.\n"


def test_wrong_options_are_refused(console):
    assert console.fails("watch -n abc ls").startswith("watch: failed to parse argument: 'abc'")
    assert "Usage:" in console.fails("watch")
