"""`manage.py lab` as an operator meets it: a process with a port and signals."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.house.server import ROOT, SECONDS_TO_START, server


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_it_makes_its_database_says_where_it_is_and_stops_when_asked(tmp_path, name):
    with server(tmp_path) as lab:
        assert f"{lab.url}/" in lab.process.stdout.readline()
        lab.wait_for_answer()
        assert (tmp_path / "kubelab.sqlite3").exists()
        lab.process.send_signal(getattr(signal, name))
        assert lab.process.wait(timeout=10) == 0, "a stop that was asked for is no failure"
        assert "Traceback" not in lab.process.stderr.read()


def test_a_port_in_use_gets_one_clear_line(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with server(tmp_path, port) as lab:
            assert lab.process.wait(timeout=SECONDS_TO_START) == 1
            assert lab.process.stderr.read() == (
                f"CommandError: Cannot listen on 127.0.0.1:{port}: address already in use. "
                f"Choose another: PORT={port + 1} make run\n"
            )


def test_a_command_that_comes_before_the_database_says_what_to_do(tmp_path):
    surroundings = {**os.environ, "DJANGO_SETTINGS_MODULE": "kubelab.settings", "KUBELAB_DATA": str(tmp_path)}
    command = [sys.executable, "manage.py", "cluster", "list"]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "make setup" in done.stderr and done.stderr.count("\n") == 1, done.stderr
