"""sh in containers is no bash: BusyBox's ash, Debian's dash. dash is judged by the dash of this machine."""

import shutil
import subprocess

import pytest

from kubelab.terminal.shell import INTERPRETER
from tests.terminal.judged import ENVIRONMENT, Machine

SCRIPTS = [
    "echo {1..3} {a,b}",
    "for i in {1..3}; do echo $i; done",
    "[[ a = a ]] && echo yes",
    "a=(1 2)",
    "echo ok; b=(1)",
    "cat <<< x",
    "source ./x",
    "cd /nope; echo $?",
    "cat < nope; echo $?",
    "echo x > /nope/x; echo $?",
    "echo 'unclosed",
    "if true",
    "nosuch; echo $?",
    "echo $((1/0))",
    "echo $((1+))",
    "[ a b ]; echo $?",
    "[ 1 -eq x ]; echo $?",
    "x='a b'; [ $x = a ]; echo $?",
    "unset x; echo ${x:-def} ${x:=set} $x; set -u; echo $nothing",
    "echo 'a\\tb'; echo -e x; printf '%s\\n' a b",
    "f() { local x=1; echo $x $#; return 3; }; f a b; echo $?",
    "x=1; (x=2; echo $x); echo $x; { x=3; }; echo $x",
    "case abc in a*) echo yes;; esac; for i in 1 2; do echo $i; done; while false; do :; done",
    "set -e; false; echo no",
    "trap 'echo bye' EXIT; echo hi",
    "eval 'echo {1,2}'; f() { echo {x,y}; }; f",
    "cat <<X\n$((1+2)) `echo q`\nX",
    "read a b <<X\n1 2 3\nX\necho $a-$b",
    "echo a | { read x; echo got $x; }; echo $?",
    "export A=1; sh -c 'echo $A'; exec echo replaced",
    "while getopts ab: o -a -b v; do echo $o $OPTARG; done",
    "type cd; command -v echo; type nosuch",
]


def ours(shell: str, script: str):
    progress = INTERPRETER.start(Machine("/tmp/judged", {}), [shell, "-c", script], stdin="", pid=4242)
    return progress.stdout, progress.stderr, progress.code


@pytest.mark.skipif(shutil.which("dash") is None, reason="no dash on this machine")
@pytest.mark.parametrize("script", SCRIPTS)
def test_dash_does_what_it_does(script, tmp_path):
    done = subprocess.run(
        ["dash", "-c", script], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, input="", check=False
    )
    assert ours("dash", script) == (done.stdout, done.stderr, done.returncode)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo {1..3}", ("{1..3}\n", "", 0)),
        ("[[ a = a ]] && echo yes", ("yes\n", "", 0)),
        ("nosuch", ("", "sh: nosuch: not found\n", 127)),
        ("a=(1 2)", ("", 'sh: syntax error: unexpected "("\n', 2)),
        ("x=abcdef; echo ${x:1:2} ${x/b/X}", ("bc aXcdef\n", "", 0)),
        ("[ a b ]", ("", "sh: b: unknown operand\n", 2)),
        ("cat < nope", ("", "sh: can't open nope: no such file\n", 1)),
    ],
)
def test_ash_does_what_busybox_does(script, expected):
    machine = Machine("/tmp/judged", {})
    machine.find = lambda command: command if INTERPRETER.knows(command) and command != "dash" else None
    progress = INTERPRETER.start(machine, ["sh", "-c", script], stdin="", pid=4242)
    assert (progress.stdout, progress.stderr, progress.code) == expected


def test_sh_in_an_alpine_container_is_ash_and_in_a_debian_one_dash(console):
    for name, image in (("alpine", "alpine"), ("debian", "debian")):
        command = ["sh", "-c", "nosuch; sleep 1000"]
        spec = {"containers": [{"name": "c", "image": image, "command": command}]}
        console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
    console.advance(30)
    assert console.ok("kubectl logs alpine") == "sh: nosuch: not found\n"
    assert console.ok("kubectl logs debian") == "sh: 1: nosuch: not found\n"
