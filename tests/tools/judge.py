"""Runs command lines in the lab's shell and in the machine's own bash, for comparison.

The lab's side is a bare machine: a file system and a kernel, no cluster. The judge is the real `bash -c` in a folder of
its own with LC_ALL=C; both start with the same files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kubelab.cluster.files import FileSystem, MemoryStore
from kubelab.cluster.node import distributions
from kubelab.cluster.node.process import ProcessInfo
from kubelab.terminal.shell.kernel import Kernel
from kubelab.terminal.shell.saving import restore, save
from kubelab.terminal.shell.tty import Tty
from kubelab.terminal.tool import find_tool

HOME = "/home/learner"
START = 1_762_862_400.0  # 2025-11-11 12:00:00 UTC
PATH = "/usr/local/bin:/usr/bin:/bin"
LIMIT = 20_000_000


class Outcome(NamedTuple):
    out: str
    err: str
    code: int


class Box:
    """A machine without a cluster."""

    def __init__(self, files: Mapping[str, str | bytes] | None = None, *, user: str = "learner") -> None:
        self.time = START
        self.cluster: Any = None
        self.hostname = "workstation"
        self.user = user
        self.cwd = HOME
        self.env = {"HOME": HOME, "PATH": PATH, "USER": user, "LC_ALL": "C", "TZ": "UTC"}
        self.place: dict[str, str] = {"kind": "outside"}
        base = {
            **distributions.files_of("ubuntu"),
            "/etc/passwd": f"root:x:0:0:root:/root:/bin/bash\nlearner:x:1000:1000::{HOME}:/bin/bash\n",
            "/etc/group": "root:x:0:\nsudo:x:27:learner\nlearner:x:1000:\n",
            f"{HOME}/": {"type": "dir", "owner": "learner", "group": "learner"},
        }
        self.files = FileSystem("box", MemoryStore(), self.now, base=base, user=user, groups=(user,))
        for path, text in (files or {}).items():
            full = f"{HOME}/{path}"
            self.files.mkdir(full.rpartition("/")[0], parents=True)
            if path.endswith("/"):
                continue
            self.files.write(full, text)

    def now(self) -> float:
        return self.time

    def find(self, command: str) -> str | None:
        name = command.rpartition("/")[2]
        if name in ("bash", "sh"):
            return name
        return name if find_tool(name) is not None or name in distributions.UBUNTU else None

    def names(self) -> list[str]:
        return ["bash"]

    def processes(self) -> list[ProcessInfo]:
        return []

    def kill(self, pid: int, signal: str) -> bool:
        return False

    def run(self, line: str, stdin: str | None = "", *, restarts: bool = False, tty: bool = False) -> Outcome:
        """Run a line to its end; `restarts`: the process is saved and loaded whenever it waits."""
        kernel = Kernel(self, tty=Tty(80, 24) if tty else None)
        task = kernel.first(["bash", "-c", line], stdin)
        while True:
            kernel.run(LIMIT)
            if task.exit_status is not None:
                break
            if restarts:
                outputs = (kernel.out, kernel.err)
                kernel = restore(self, save(kernel))
                kernel.out, kernel.err = outputs
                task = kernel.tasks[task.pid]
            moment = kernel.wake()
            assert moment is not None, f"{line!r} waits for ever: {[each.wait for each in kernel.tasks.values()]}"
            self.time = max(self.time, moment)
            kernel.poked = True
        shown = kernel.tty.take_output() if kernel.tty is not None else "".join(kernel.out)
        return Outcome(shown, "".join(kernel.err), task.exit_status)


def lab(line: str, files: Mapping[str, str | bytes] | None = None, stdin: str = "") -> Outcome:
    """Run a line in the lab."""
    return Box(files).run(line, stdin)


def real(line: str, files: Mapping[str, str | bytes] | None = None, stdin: str = "") -> Outcome:
    """Run a line in the machine's bash."""
    folder = tempfile.mkdtemp(prefix="judge")
    try:
        for path, text in (files or {}).items():
            full = Path(folder, path)
            if path.endswith("/"):
                full.mkdir(parents=True, exist_ok=True)
                continue
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_bytes(text if isinstance(text, bytes) else text.encode())
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=folder,
            input=stdin.encode("utf-8", "surrogateescape"),
            capture_output=True,
            timeout=20,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC", "HOME": folder, "TERM": "xterm-256color"},
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Outcome(
        done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "surrogateescape"), done.returncode
    )


def have(*programs: str) -> bool:
    """Tell whether the machine has these programs."""
    return all(shutil.which(program) for program in programs)


def same(line: str, files: Mapping[str, str | bytes] | None = None, stdin: str = "", *, errors: bool = True) -> None:
    """Assert that the lab does what the machine does."""
    expected, actual = real(line, files, stdin), lab(line, files, stdin)
    if not errors:
        expected, actual = expected._replace(err=""), actual._replace(err="")
    assert actual == expected, f"\n$ {line}\nreal: {expected}\nlab:  {actual}"
