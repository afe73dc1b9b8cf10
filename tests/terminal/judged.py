"""Real bash as the judge of the shell language: a script run by it and by us, in directories of the same name."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kubelab.cluster.files import FileSystem, MemoryStore
from kubelab.terminal.shell import INTERPRETER

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
GOES = 200  # that a script of ours may take


class Outcome(NamedTuple):
    """What a script did."""

    stdout: str
    stderr: str
    exit: int


class Machine:
    """A machine without a cluster, whose virtual time passes as fast as its processes wait."""

    cluster: Any = None
    hostname = "judged"
    user = "root"
    place: dict[str, str] = {}

    def __init__(self, cwd: str, files: dict[str, str]) -> None:
        self.time = 1_800_000_000.0
        self.cwd = cwd
        self.env = ENVIRONMENT
        self.files = FileSystem("judged", MemoryStore(), self.now)
        for directory in (cwd, "/root", "/tmp", "/usr/bin", "/dev"):
            if not self.files.exists(directory):
                self.files.mkdir(directory, parents=True)
        self._write("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n")
        for path, text in files.items():
            self._write(f"{cwd}/{path}", text)

    def _write(self, path: str, text: str) -> None:
        parent = path.rpartition("/")[0]
        if not self.files.exists(parent):
            self.files.mkdir(parent, parents=True)
        self.files.write(path, text)

    def now(self) -> float:
        return self.time

    def find(self, command: str) -> str | None:
        name = command.rpartition("/")[2] if command.startswith(("/usr/bin/", "/bin/")) else command
        return name if INTERPRETER.knows(name) else None

    def names(self) -> list[str]:
        return []

    def processes(self) -> list[Any]:
        return []

    def kill(self, pid: int, signal: str) -> bool:
        return False


def ours(script: str, cwd: str = "/tmp/judged", files: dict[str, str] | None = None, stdin: str = "") -> Outcome:
    """Run a script by our shell."""
    machine = Machine(cwd, files or {})
    progress = INTERPRETER.start(machine, ["bash", "-c", script], stdin=stdin, pid=4242)
    stdout, stderr = progress.stdout, progress.stderr
    for _ in range(GOES):
        if progress.code is not None:
            break
        machine.time = progress.wake if progress.wake is not None else machine.time + 1
        progress = INTERPRETER.resume(machine, progress.state)
        stdout, stderr = stdout + progress.stdout, stderr + progress.stderr
    return Outcome(stdout, stderr, -1 if progress.code is None else progress.code)


def by_bash(script: str, cwd: Path, files: dict[str, str] | None = None, stdin: str = "") -> Outcome:
    """Run a script by the bash of this machine."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash on this machine")
    for path, text in (files or {}).items():
        (cwd / path).parent.mkdir(parents=True, exist_ok=True)
        (cwd / path).write_text(text)
    done = subprocess.run(
        ["bash", "-c", script], executable=bash, cwd=cwd, env=ENVIRONMENT, input=stdin, capture_output=True,
        text=True, errors="surrogateescape", timeout=10, check=False, preexec_fn=_begin,
    )  # fmt: skip
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode  # ended by a signal
    return Outcome(done.stdout, done.stderr, status)


def _begin() -> None:
    """Gives bash a session and signals of its own: what whoever runs the tests ignores is none of its business."""
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def agree(script: str, cwd: Path, files: dict[str, str] | None = None, stdin: str = "") -> None:
    """Fail unless our shell does what bash does: output, messages, exit status."""
    expected = by_bash(script, cwd, files, stdin)
    assert ours(script, str(cwd), files, stdin) == expected
