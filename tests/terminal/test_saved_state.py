"""A terminal's state is small JSON, and whoever has it goes on: at any moment, in any process."""

import json

import pytest

from tests.terminal.seen import Seen

PROMPT = "learner@workstation:~$"
LONG_RUNNING = [
    "for i in 1 2 3; do sleep 2; echo tick $i; done; echo end",
    "i=0; while [ $i -lt 3 ]; do sleep 2; i=$((i+1)); echo tick $i; done; echo end",
    "for i in 1 2 3; do sleep 2; echo tick $i; done | while read a b; do echo got $a $b; done; echo end",
    "f() { local n=$1; sleep 2; echo level $n; [ $n -lt 3 ] && f $((n+1)); }; f 1; echo end",
    "x=$(sleep 3; echo captured); echo $x; echo end",
    "(sleep 2; echo one; sleep 2; echo two) | cat | cat; echo end",
    "sleep 4 & wait; echo end",
    "{ sleep 3; echo to file; } > out; cat out; echo end",
    "trap 'echo trapped' EXIT; (trap 'echo sub' EXIT; sleep 4); echo end",
    "cat <(sleep 3; echo substituted); echo end",
    "a=(x 'y z'); declare -A m=([k]=v); sleep 3; echo \"${a[1]} ${m[k]}\"; echo end",
    "eval 'sleep 3; echo evaled'; echo end",
    "case x in x) sleep 3; echo case;; esac; if sleep 2; then echo if; fi; echo end",
    "echo 'sleep 3; echo sourced $1' > s; . ./s arg; echo end",
    "set -o pipefail; sleep 3 | false; echo $?; echo end",
    "read -t 5 x; echo $?; sleep 1; echo end",
]


def lived(line: str, *, restarting: bool) -> list[str]:
    seen = Seen()
    seen.type(line + "\r")
    for _ in range(40):
        if not seen.terminal.running:
            break
        if restarting:
            seen.restart()
        seen.advance(0.5)
    assert not seen.terminal.running
    return seen.lines


@pytest.mark.parametrize("line", LONG_RUNNING)
def test_restarts_at_any_moment_change_nothing(line):
    undisturbed = lived(line, restarting=False)
    assert undisturbed[-2].endswith("end")
    assert lived(line, restarting=True)[1:] == undisturbed[1:]


def test_the_state_of_an_idle_terminal_is_small(seen):
    for number in range(20):
        seen.enter(f"echo {number}")
    state = seen.terminal.state()
    del state["history"]
    assert len(json.dumps(state)) < 1200


def test_the_state_of_a_waiting_pipeline_is_small(seen):
    seen.type("while true; do sleep 60; echo tick; done | while read line; do echo got $line; done\r")
    assert len(json.dumps(seen.terminal.state())) < 4000


def test_history_and_the_line_being_typed_survive(seen):
    seen.enter("echo remembered")
    seen.type("half a li")
    seen.restart()
    assert seen.last == f"{PROMPT} half a li"
    assert seen.type("ne\x15\x1b[A").last == f"{PROMPT} echo remembered"


def test_variables_functions_aliases_options_and_the_directory_survive(seen):
    for line in ("x='a b'; arr=(1 2)", "f() { echo f $1; }", "alias hi='echo hi'; set -u", "umask 077; cd /tmp"):
        seen.enter(line)
    seen.enter("trap 'echo trapped' USR1")
    seen.restart()
    assert seen.enter('echo "$x" ${arr[1]} $PWD $(umask); f 1') == "a b 2 /tmp 0077\nf 1"
    assert seen.enter("hi there; kill -USR1 $$") == "hi there\ntrapped"
    assert "unbound variable" in seen.enter("echo $nothing")


def test_a_watch_goes_on_after_a_restart(seen):
    seen.type("kubectl get configmaps --watch\r")
    seen.restart()
    metadata = {"name": "made-meanwhile", "namespace": "default"}
    seen.console.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    seen.terminal.poll()
    seen._look()
    assert "made-meanwhile" in seen.text and seen.terminal.running
    assert len(json.dumps(seen.terminal.state())) < 6000


def test_a_state_that_cannot_be_read_gives_a_new_shell(console):
    from kubelab.terminal.session import Terminal

    terminal = Terminal(console.cluster, {"kernel": {"of": "another version"}})
    assert PROMPT in terminal.output()
