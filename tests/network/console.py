"""Runs one network tool at a place of the small lab, letting virtual time pass while it waits."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, NamedTuple

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.network import WORKSTATION, Place
from kubelab.terminal.tool import Poll, Sleep, find_tool
from tests.network.lab import Lab

RELEASES = {
    "debian": 'ID=debian\nVERSION_ID="12"\n',
    "ubuntu": 'ID=ubuntu\nVERSION_ID="24.04"\n',
    "alpine": "ID=alpine\nVERSION_ID=3.22.1\n",
    "busybox": "",
}


class Files:
    """The few files that network tools look at."""

    def __init__(self, held: dict[str, str]) -> None:
        self.held = held

    def exists(self, path: str) -> bool:
        return path in self.held

    def read(self, path: str) -> str:
        if path not in self.held:
            raise FileError("ENOENT", path)
        return self.held[path]

    def write(self, path: str, text: str) -> None:
        self.held[path] = text


class Result(NamedTuple):
    out: str
    err: str
    code: int
    seconds: float


class Console:
    """A shell without a language: one tool at a time."""

    def __init__(self, lab: Lab, place: Place = WORKSTATION, base: str = "debian") -> None:
        self.lab = lab
        self.files = Files({"/etc/os-release": RELEASES[base]} if RELEASES[base] else {})
        found = {"busybox": base in ("alpine", "busybox"), "apt": base in ("debian", "ubuntu")}
        self.machine = SimpleNamespace(
            cluster=lab.cluster, place=place._asdict(), files=self.files,
            hostname=place.pod or place.node or "workstation",
            find=lambda name: name if found.get(name) else None, now=lambda: lab.clock.now, user="root",
        )  # fmt: skip

    def run(
        self, *argv: str, tty: bool = True, stdin: str = "", seconds: float = 3600, forgetful: bool = False
    ) -> Result:
        """Runs a tool to its end; a forgetful console is restarted at each wait, and keeps only the tool's state."""
        lab, started = self.lab, self.lab.clock.now
        ctx = FakeContext(self, list(argv), tty, stdin)
        steps = find_tool(argv[0])(ctx)
        code = steps if isinstance(steps, int) else None
        while code is None:
            try:
                wait = next(steps)
            except StopIteration as end:
                code = end.value
                break
            until = wait.until if isinstance(wait, Sleep | Poll) and wait.until is not None else None
            assert until is not None, f"{wait} has no end"
            if until > started + seconds:
                lab.clock.now = started + seconds
                code = 130
                break
            lab.clock.now = max(until, lab.clock.now)
            for change in lab.scheduled.pop(until, ()):
                change()
            if forgetful:
                state, outputs, errors = json.loads(json.dumps(ctx.state)), ctx.outputs, ctx.errors
                ctx = FakeContext(self, list(argv), tty, stdin)
                ctx.state, ctx.outputs, ctx.errors = state, outputs, errors
                steps = find_tool(argv[0])(ctx)
        return Result("".join(ctx.outputs), "".join(ctx.errors), code, lab.clock.now - started)


class FakeContext:
    def __init__(self, console: Console, argv: list[str], tty: bool, stdin: str) -> None:
        self.machine: Any = console.machine
        self.files = console.files
        self.argv, self.args, self.name = argv, argv[1:], argv[0]
        self.state: dict[str, Any] = {}
        self.env: dict[str, str] = {}
        self.tty, self.columns, self.user, self.cwd = tty, 80, "root", "/root"
        self.outputs: list[str] = []
        self.errors: list[str] = []
        self._stdin = stdin

    @property
    def now(self) -> float:
        return self.machine.now()

    def path(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.cwd}/{path}"

    def read_file(self, path: str) -> str:
        return self.files.read(self.path(path))

    def write(self, text: str) -> None:
        self.outputs.append(text)

    def print(self, text: str) -> None:
        self.outputs.append(text + "\n")

    def error(self, text: str) -> None:
        self.errors.append(text)

    def complain(self, message: str) -> int:
        self.errors.append(f"{self.name}: {message}\n")
        return 1

    def each(self, items: Any, name: str = "item") -> Any:
        for index in range(self.state.get(name, 0), len(items)):
            self.state[name] = index
            yield items[index]

    @property
    def stdin_tty(self) -> bool:
        return False

    def read_all(self, fd: int = 0) -> Any:
        return self._stdin
        yield

    def drained(self) -> Any:
        return
        yield
