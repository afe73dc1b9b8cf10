"""Jobs: in the background, stopped, brought back, ended."""

PROMPT = "learner@workstation:~$"


def test_a_job_in_the_background_is_told_when_it_begins_and_when_it_ends(seen):
    assert seen.enter("sleep 5 &").startswith("[1] ")
    assert seen.enter("jobs") == "[1]+  Running                 sleep 5 &"
    seen.advance(6)
    assert seen.enter("") == "[1]+  Done                    sleep 5"


def test_output_of_a_job_comes_while_one_types(seen):
    seen.enter("(sleep 2; echo from behind) &")
    seen.type("half a li")
    seen.advance(3)
    assert "from behind" in seen.text


def test_ctrl_z_stops_and_fg_goes_on(seen):
    seen.type("sleep 100\r\x1a")
    assert seen.lines[-2:] == ["[1]+  Stopped                 sleep 100", PROMPT]
    seen.advance(200)
    seen.type("fg\r")
    seen.advance(1)
    assert seen.last == PROMPT and seen.enter("jobs") == ""


def test_bg_lets_a_stopped_job_go_on(seen):
    seen.type("sleep 100\r\x1a")
    assert seen.enter("bg") == "[1]+ sleep 100 &"
    seen.advance(101)
    assert "Done" in seen.enter("")


def test_a_stopped_pipeline_is_one_job(seen):
    seen.type("sleep 10 | cat\r\x1a")
    assert "[1]+  Stopped                 sleep 10 | cat" in seen.text
    seen.enter("kill %1")
    seen.enter("kill -9 %1")
    assert seen.enter("wait; jobs; echo ok").endswith("ok")


def test_a_killed_job_is_told(seen):
    seen.enter("sleep 100 &")
    seen.enter("kill %1")
    assert "Terminated" in seen.enter("")


def test_wait_waits_for_all_and_ctrl_c_interrupts_it(seen):
    seen.enter("sleep 5 &")
    seen.type("wait; echo waited\r")
    assert seen.terminal.running
    seen.advance(5)
    assert seen.lines[-2].endswith("waited") or "waited" in seen.text
    seen.enter("sleep 100 &")
    seen.type("wait\r\x03")
    assert not seen.terminal.running


def test_ps_would_show_what_runs(seen):
    seen.enter("sleep 50 &")
    commands = [process.command for process in seen.terminal.machine.processes()]
    assert commands[0] == "bash" and "sleep 50" in commands
