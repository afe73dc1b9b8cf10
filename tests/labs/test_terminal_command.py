"""`manage.py terminal`: lines and scripts, with virtual time that runs on while they wait."""

import io
import json
import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from kubelab.labs import creation, log
from kubelab.labs.awake import clusters
from kubelab.labs.keeping import load
from kubelab.labs.models import Lab
from tests.labs.conftest import NOON, found
from tests.services import own_database

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n"
pytestmark = pytest.mark.django_db


def terminal(*arguments, stdin=None, monkeypatch=None):
    """Run the command; returns standard output, standard error and the exit status."""
    out, err = io.StringIO(), io.StringIO()
    if monkeypatch is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin or ""))
    with pytest.raises(SystemExit) as end:
        call_command("terminal", "lab", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue(), end.value.code


def results(script, tmp_path, *options):
    """Run a script; returns its results, one for each line, and the exit status."""
    path = tmp_path / "script"
    path.write_text(script)
    out, _, status = terminal("--script", str(path), "--jsonl", *options)
    return [json.loads(line) for line in out.splitlines()], status


def test_a_line_prints_its_output_and_ends_with_its_status(lab):
    assert terminal("-c", "echo hello; echo oops >&2; (exit 3)") == ("hello\n", "oops\n", 3)


def test_aliases_and_kubectl_work_in_a_line(lab):
    out, _, status = terminal("-c", "k get nodes -o name")
    assert status == 0 and "node/control-plane" in out


def test_what_is_piped_in_reaches_the_command(lab, monkeypatch):
    out, _, _ = terminal("-c", "kubectl create -f -", stdin=MANIFEST, monkeypatch=monkeypatch)
    assert out == "configmap/a created\n"


def test_what_a_line_did_is_in_the_database(lab, monkeypatch):
    terminal("-c", "kubectl create -f -; echo kept > note", stdin=MANIFEST, monkeypatch=monkeypatch)
    clusters.clear()
    assert found(load(Lab.objects.get(pk=lab.pk)), "a") == {"k": "v"}
    assert terminal("-c", "cat note")[0] == "kept\n"


def test_nothing_is_printed_that_the_database_refused(lab, monkeypatch):
    def locked(*_):
        raise OperationalError("database is locked")

    monkeypatch.setattr(log, "append", locked)
    out = io.StringIO()
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("terminal", "lab", "-c", "echo > file; echo printed", stdout=out)
    assert out.getvalue() == ""


def test_a_command_that_waits_passes_virtual_time(lab):
    begin = time.monotonic()
    assert terminal("-c", "sleep 60; echo done")[0] == "done\n"
    assert time.monotonic() - begin < 10
    assert Lab.objects.get(pk=lab.pk).now == NOON + 60


def test_a_script_is_told_line_by_line(lab, tmp_path):
    lines, status = results("# a comment\necho one\n\nfalse\nx=5\necho $x >&2\n", tmp_path)
    assert lines == [
        {"line": "echo one", "stdout": "one\n", "stderr": "", "exit": 0},
        {"line": "false", "stdout": "", "stderr": "", "exit": 1},
        {"line": "x=5", "stdout": "", "stderr": "", "exit": 0},
        {"line": "echo $x >&2", "stdout": "", "stderr": "5\n", "exit": 0},
    ]
    assert status == 0


def test_a_command_of_several_lines_is_one_line_of_a_script(lab, tmp_path):
    script = (
        "for i in 1 2\ndo\n  echo $i\ndone\ncat <<END\nhere\nEND\necho 'a\nb'\necho x \\\n  y\nf() {\n  echo f\n}\nf\n"
    )
    lines, _ = results(script, tmp_path)
    assert [line["stdout"] for line in lines] == ["1\n2\n", "here\n", "a\nb\n", "x y\n", "", "f\n"]


def test_advance_passes_virtual_seconds(lab, tmp_path):
    lines, _ = results("date +%s\nadvance 30\nadvance 0.5\ndate +%s\n", tmp_path)
    if lines[0]["exit"] == 0:
        assert int(lines[3]["stdout"]) - int(lines[0]["stdout"]) in (30, 31)
    assert Lab.objects.get(pk=lab.pk).now == NOON + 30.5


def test_advance_ends_with_the_last_year_of_four_digits(lab, tmp_path):
    lines, status = results("advance 999999999999\necho still here\n", tmp_path)
    assert (lines[0]["stderr"], lines[0]["exit"]) == ("advance: virtual time goes from 1970 to the year 9999\n", 1)
    assert (lines[1]["stdout"], status) == ("still here\n", 0)


def test_a_script_may_come_from_standard_input(lab, monkeypatch):
    out, _, status = terminal("--script", "-", stdin="echo one\nexit 4\necho two\n", monkeypatch=monkeypatch)
    assert (out, status) == ("one\n", 4)


def test_a_wrong_line_is_an_error_of_that_line(lab, tmp_path):
    lines, status = results("echo a; fi\necho b\n", tmp_path)
    assert lines[0]["exit"] == 2 and "syntax error near unexpected token `fi'" in lines[0]["stderr"]
    assert lines[1]["stdout"] == "b\n" and status == 0


def test_a_missing_script_or_cluster_is_told(lab):
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("terminal", "lab", "--script", "/nonexistent")
    with pytest.raises(CommandError, match='cluster "nope" not found'):
        call_command("terminal", "nope", "-c", "echo")


@pytest.mark.django_db(transaction=True)
def test_the_terminal_itself_passes_keys_through_and_ends_with_the_shell():
    creation.create(None, "demo")
    env = {**os.environ, "DATABASE_URL": own_database(), "TERM": "xterm"}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    connection.close()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.execvpe(sys.executable, [sys.executable, "manage.py", "terminal", "demo"], env)
    try:
        assert "$ " in until(terminal, "$ ")
        os.write(terminal, b"echo hel\tlo; sleep 0.5; echo sle''pt\r")
        assert "slept" in until(terminal, "slept")
        os.write(terminal, b"exit 7\r")
        until(terminal, "exit")
    finally:
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 7


def until(terminal: int, text: str, seconds: float = 20) -> str:
    """Read until a text has come."""
    got, end = "", time.monotonic() + seconds
    while text not in got.replace("\r", ""):
        assert time.monotonic() < end, got
        if select.select([terminal], [], [], 0.2)[0]:
            got += os.read(terminal, 65536).decode(errors="replace")
    return got
