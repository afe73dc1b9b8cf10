"""`manage.py lab` as an operator meets it: a process with a port and signals."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def lab(tmp_path: Path, port: int):
    """The server on a database of its own; ends it if the story did not."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "kubelab.settings",
        "KUBELAB_DATA": str(tmp_path),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "DEBUG": "1",  # no collected files needed
    }
    command = [sys.executable, "manage.py", "lab"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).status == 200
    except OSError:
        return False


def wait_for_answer(process: subprocess.Popen, port: int) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while not answers(port):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "the server does not answer"
        time.sleep(0.1)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_it_makes_its_database_says_where_it_is_and_stops_when_asked(tmp_path, name):
    port = free_port()
    with lab(tmp_path, port) as process:
        assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
        wait_for_answer(process, port)
        assert (tmp_path / "kubelab.sqlite3").exists()
        process.send_signal(getattr(signal, name))
        assert process.wait(timeout=10) == 0, "a stop that was asked for is no failure"
        assert "Traceback" not in process.stderr.read()


def test_a_port_in_use_gets_one_clear_line(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with lab(tmp_path, port) as process:
            assert process.wait(timeout=SECONDS_TO_START) == 1
            assert process.stderr.read() == (
                f"CommandError: Cannot listen on 127.0.0.1:{port}: address already in use. "
                f"Choose another: PORT={port + 1} make run\n"
            )
