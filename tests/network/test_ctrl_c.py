"""Ctrl-C on a terminal: what tools say at their end, and what ps shows of the shell that ran them."""

from tests.console import Console


def typed(console: Console, *lines: tuple[str, float]) -> str:
    """Types lines into an interactive terminal, each with the seconds that pass afterwards."""
    terminal = console.terminal()
    for text, seconds in lines:
        terminal.feed(text)
        end = console.cluster.clock.now + seconds
        while True:
            terminal.poll()
            due = min((time for time in (terminal.due, console.cluster.next_due()) if time is not None), default=end)
            if due > end:
                break
            console.cluster.run_until(due)
        console.cluster.run_until(end)
        terminal.poll()
    return terminal.output().replace("\r", "")


def test_ping_tells_what_came_of_it():
    said = typed(Console(), ("ping 192.168.100.12\r", 2.5), ("\x03", 1))
    assert "3 packets transmitted, 3 received, 0% packet loss, time 2000ms" in said
    assert said.index("^C") < said.index("--- 192.168.100.12 ping statistics ---")


def test_a_hanging_curl_just_ends():
    said = typed(Console(), ("curl 1.2.3.4\r", 5), ("\x03", 1), ("echo $?\r", 1))
    assert "130\n" in said


def test_ps_shows_the_shell_and_itself():
    said = typed(Console(), ("ps aux\r", 1))
    commands = [line.split(None, 10)[10] for line in said.splitlines() if line.startswith("learner  ")]
    assert commands == ["bash", "ps aux"]
