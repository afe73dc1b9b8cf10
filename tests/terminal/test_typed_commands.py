"""What was typed at the prompt is known with its exit status: lessons ask for it."""

import json

from kubelab.terminal.session import Terminal


def typed(console, *lines):
    terminal = console.terminal()
    for line in lines:
        terminal.feed(line + "\r")
    return terminal


def test_each_command_is_known_with_its_exit_status_once_it_has_ended(console):
    terminal = typed(console, "echo a", "false", "for i in 1 2; do", "echo $i", "done", "sleep 100")
    assert terminal.commands == [("echo a", 0), ("false", 1), ("for i in 1 2; do\necho $i\ndone", 0)]
    terminal.feed("\x03")
    assert terminal.commands[-1] == ("sleep 100", 130)


def test_commands_survive_with_the_terminal_and_the_last_hundred_are_kept(console):
    terminal = typed(console, *["true"] * 120)
    terminal = Terminal(console.cluster, json.loads(json.dumps(terminal.state())))
    assert len(terminal.commands) == 100 and terminal.ended_commands == 120


def test_a_shell_in_a_shell_ends_after_its_own_commands(console):
    assert typed(console, "bash", "echo inner", "exit").commands == [("echo inner", 0), ("bash", 0)]
