"""Whatever a learner types is bounded: it takes turns, can be interrupted, and says which limit it met."""

import json
import time

import pytest

from tests.terminal.seen import Seen

PROMPT = "learner@workstation:~$"
SECONDS = 0.5  # of real time that one act may take here; a machine under load is slow
ENDLESS = [
    "while true; do :; done",
    "while :; do echo y; done > /dev/null",
    "while :; do echo y; done | cat > /dev/null",
    "yes > /dev/null",
    "cat /dev/zero > /dev/null",
    "x=$(while :; do echo aaaaaaaaaaaaaaaa; done)",
    "while :; do wait; done",
    "while :; do echo line >> big; done",
    "f() { while :; do :; done; }; f | cat",
    "until false; do for i in 1 2 3; do [ $i = 2 ]; done; done",
    "i=0; while :; do ((i++)); done",
    "while :; do x=$(echo hi); done",
    "while :; do (exit 3); done",
    "for ((;;)); do case a in a) :;; esac; done",
]
LIMITED = {
    "f() { f; }; f": "maximum function nesting level exceeded",
    "f() { echo $(f); }; f": "Resource temporarily unavailable",
    "f() { f | f & }; f": "Resource temporarily unavailable",
    "while :; do sleep 100 & done": "Resource temporarily unavailable",
    "x=a; while :; do x=$x$x; done": "KubeLab allows 4 MiB a value",
    "x=a; for ((i=0;i<22;i++)); do x=$x$x; done; y=$x$x$x$x": "KubeLab allows 4 MiB a value",
    "i=0; x=$(printf '%01000d' 0); while :; do a[i++]=$x$i; done": "the variables held more than 16 MiB",
    "i=0; while :; do a[i++]=x; done": "KubeLab: stopped, the variables held more than 50000 elements",
    "echo {1..100000000}": "brace expansion: more than 20000 words",
    "echo {1..100}{1..100}{1..100}": "brace expansion: more than 20000 words",
    "echo " + "{a,b}" * 24: "brace expansion: more than 20000 words",
    "printf '%999999999d' 1": "a field that wide is more than KubeLab allows",
    "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done": "wrote more than 4 MiB",
    "yes": "wrote more than 4 MiB",
    "x=x; echo $((x))": "expression recursion level exceeded",
    "echo $((" + "(" * 2000 + "1" + ")" * 2000 + "))": "maximum nesting level exceeded",
    "echo " + "$(echo " * 200 + "1" + ")" * 200: "nesting level exceeded",
    'x=\'eval "$x"\'; eval "$x"': "maximum function nesting level exceeded",
    "echo '. ./s' > s; . ./s": "maximum function nesting level exceeded",
    "trap 'kill -USR1 $$' USR1; kill -USR1 $$": "maximum function nesting level exceeded",
    "x=$(cat /dev/zero)": "cannot allocate memory",
}


def acted(seen: Seen, keys: str = "") -> float:
    """Press keys, or let the terminal go on; returns how long that took."""
    begin = time.process_time()
    if keys:
        seen.terminal.feed(keys)
    else:
        seen.console.cluster.clock.now += 1
        seen.terminal.poll()
    took = time.process_time() - begin
    seen.terminal.tty._out[:-50] = []  # drawing megabytes is not what is tested
    return took


@pytest.mark.parametrize("line", ENDLESS)
def test_an_endless_command_takes_turns_and_ctrl_c_ends_it(seen, line):
    times = [acted(seen, line + "\r"), *(acted(seen) for _ in range(4))]
    assert seen.terminal.running and seen.terminal.due is not None
    assert max(times) < SECONDS
    seen.type("\x03")
    for _ in range(3):
        acted(seen)
    assert not seen.terminal.running
    assert seen.enter("echo alive") == "alive"


@pytest.mark.parametrize(("line", "message"), LIMITED.items(), ids=range(len(LIMITED)))
def test_a_command_that_wants_too_much_is_told_so(seen, line, message):
    terminal = seen.terminal
    terminal.feed(line + "\r")
    output = terminal.output()
    for _ in range(400):
        if not terminal.running:
            break
        seen.console.cluster.clock.now += 1
        terminal.poll()
        output += terminal.output()
    assert not terminal.running
    assert message in output
    assert "alive" in seen.enter("echo alive")


@pytest.mark.parametrize(
    "condition",
    [
        "[[ $x == *a*a*a*a*a*a*a*b ]]",
        "[[ $x =~ ^(a|a)*b$ ]]",
        "[[ $x =~ (a*)*b ]]",
        "y=${x%%*b*a*}; false",
        "y=${x//*a*a*b/}; false",
        "y=${x##*a*a*a*b}; false",
    ],
)
def test_patterns_that_are_tried_in_many_ways_do_not_take_for_ever(seen, condition):
    seen.enter("x=$(printf '%05000d' 0); x=${x//0/a}")
    begin = time.process_time()
    seen.type(f"{condition} || echo no\r")
    assert time.process_time() - begin < 3
    assert seen.lines[-2] == "no"


def test_what_is_remembered_of_an_endless_output_is_small(seen):
    for _ in range(5):
        acted(seen, "while :; do echo yyyyyyyyyyyyyyyyyyyyyyy; done | cat > /dev/null\r" if _ == 0 else "")
    assert len(json.dumps(seen.terminal.state())) < 200_000


def test_a_command_that_never_waits_gets_fewer_turns(seen):
    acted(seen, "while :; do :; done\r")
    first = seen.terminal.due - seen.console.now
    for _ in range(30):
        acted(seen)
    assert seen.terminal.due - seen.console.now > 10 * first


def test_a_busy_container_does_not_keep_the_cluster_from_its_work(console):
    loop = {"name": "c", "image": "busybox", "command": ["sh", "-c", "while true; do :; done"]}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "busy"}, "spec": {"containers": [loop]}})
    console.advance(30)
    assert "1/1     Running" in console.ok("kubectl get pod busy")


def test_a_script_that_never_ends_is_ended(console):
    result = console.run("while :; do :; done", patience=5)
    assert result.exit == 130 and "KubeLab: ended this command" in result.stderr
