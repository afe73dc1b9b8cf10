"""What a command of a simulated machine is: a function of a Context, and what it may wait for.

    @tool("nl")
    def nl(ctx: Context) -> Steps:
        while (line := (yield from ctx.line())) is not None: ...
        return 0

A tool that never waits is a plain function that returns its exit status. One that waits is a generator and yields
what it waits for. When the process is saved meanwhile, the generator is lost: the tool is called again with the same
`ctx.state` (JSON), and must go on from what it wrote there before it yielded.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from kubelab.cluster.file_errors import FileError

if TYPE_CHECKING:
    from kubelab.cluster.files import FileSystem
    from kubelab.cluster.node.process import Machine
    from kubelab.terminal.shell.streams import Stream
    from kubelab.terminal.shell.task import Task

ENTER_SCREEN, LEAVE_SCREEN = "\x1b[?1049h\x1b[H", "\x1b[?1049l"  # xterm's other screen
PACKAGES = ("kubelab.terminal.tools", "kubelab.terminal.kubectl")
LETTERS_A_STEP = 16  # letters that a tool reads or writes in the time of one instruction of the shell
T = TypeVar("T")


class Sleep(NamedTuple):
    """Go on at that virtual time, in seconds since the epoch."""

    until: float


class Poll(NamedTuple):
    """Go on when something in the cluster has changed, or at `until` if that comes first."""

    until: float | None = None


class Edit(NamedTuple):
    """Open the page's editor with the file at this absolute path; go on when it is saved or closed.

    What is sent back: True when it was saved, False when it was closed without.
    """

    path: str


class Readable(NamedTuple):
    """Go on when there is something to read from the file descriptor, or its end; `all`: not before its end;
    or, with `until`, at that virtual time."""

    fd: int = 0
    all: bool = False
    until: float | None = None


class Writable(NamedTuple):
    """Go on when what was written to the file descriptor was taken up."""

    fd: int = 1


class Keys(NamedTuple):
    """Go on when a key was pressed on the terminal (which is raw as long as `ctx.raw`), or at `until`, or,
    with `polls`, when something in the cluster has changed."""

    until: float | None = None
    polls: bool = False


class Breath(NamedTuple):
    """Go on at the next turn: what was done counts for more than one step, others should have theirs."""


class Children(NamedTuple):
    """Go on when these processes have ended."""

    pids: tuple[int, ...]


Wait = Sleep | Poll | Edit | Readable | Writable | Keys | Breath | Children
Steps = Generator[Wait, Any, int]
Tool = Callable[["Context"], "int | Steps"]


@dataclass(frozen=True)
class Completion:
    """What Tab may put in place of the word under the cursor."""

    text: str
    final: bool = True  # a space follows; False after "dir/" or "--flag="


# What a completer offers where file names fit, instead of looking for them itself.
FILES = Completion("\0files")
DIRECTORIES = Completion("\0directories")

# words of the command up to the cursor, the last one being completed (may be "") -> what it may become
Completer = Callable[["Machine", Sequence[str]], Iterable[Completion]]

Farewell = Callable[["Context"], None]

_tools: dict[str, Tool] = {}
_farewells: dict[str, Farewell] = {}
_completers: dict[str, Completer] = {}
_discovered: list[str] = []


def tool(*names: str) -> Callable[[Tool], Tool]:
    """Makes a function the command of these names."""

    def register(function: Tool) -> Tool:
        for name in names:
            _tools[name] = function
        return function

    return register


def completer(*names: str) -> Callable[[Completer], Completer]:
    """Makes a function complete the arguments of these commands."""

    def register(function: Completer) -> Completer:
        for name in names:
            _completers[name] = function
        return function

    return register


def farewell(*names: str) -> Callable[[Farewell], Farewell]:
    """Makes a function say what these commands say last when Ctrl-C ends them."""

    def register(function: Farewell) -> Farewell:
        for name in names:
            _farewells[name] = function
        return function

    return register


def _discover() -> None:
    if _discovered:
        return
    for package in PACKAGES:
        module = importlib.import_module(package)
        for found in pkgutil.iter_modules(module.__path__):
            if not found.ispkg:
                importlib.import_module(f"{package}.{found.name}")
    _discovered.extend(PACKAGES)  # not before all of them are there: other threads ask, too


def find_tool(name: str) -> Tool | None:
    """Returns the tool of that name, or None."""
    _discover()
    return _tools.get(name)


def find_farewell(name: str) -> Farewell | None:
    """Returns what says a command's last words, or None."""
    _discover()
    return _farewells.get(name)


def find_completer(name: str) -> Completer | None:
    """Returns what completes the arguments of that command, or None."""
    _discover()
    return _completers.get(name)


def tool_names() -> list[str]:
    """Returns the names of all tools, sorted."""
    _discover()
    return sorted(_tools)


class BrokenPipe(Exception):
    """The reader of a pipe is gone: whoever writes to it ends with status 141 (128 + SIGPIPE)."""


class Exit(Exception):
    """A tool ends at once.

    Args:
        status: its exit status.
        message: for standard error, with the newline; "" for none.
    """

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Context:
    """A running command: what it was given and what it may do.

    Attributes:
        argv: the command's name and its arguments.
        env: its environment.
        state: JSON that survives a restart of KubeLab; all that the tool needs in order to go on after a wait.
        machine: where it runs.
        shell: the shell process that runs it.
    """

    __slots__ = ("_env", "argv", "machine", "name", "shell", "state")

    def __init__(self, shell: Task, argv: list[str], env: Mapping[str, str] | None, state: dict[str, Any]) -> None:
        self.shell = shell
        self.machine: Machine = shell.machine
        self.argv = argv
        self.name = argv[0].rpartition("/")[2]
        self.state = state
        self._env = env

    @property
    def args(self) -> list[str]:
        """The arguments without the command's name."""
        return self.argv[1:]

    @property
    def env(self) -> Mapping[str, str]:
        """The environment: the shell's exported variables and those put before the command."""
        if self._env is None:
            self._env = self.shell.environment()
        return self._env

    @property
    def cwd(self) -> str:
        """The working directory, an absolute path."""
        return self.shell.cwd

    @property
    def files(self) -> FileSystem:
        """The machine's files as the process's user sees them."""
        return self.shell.files

    @property
    def user(self) -> str:
        """The name of the process's user."""
        return self.shell.user

    @property
    def now(self) -> float:
        """The virtual time, in seconds since the epoch."""
        return self.machine.now()

    @property
    def tty(self) -> bool:
        """Whether standard output is a terminal."""
        return self.stdout.is_tty

    @property
    def stdin_tty(self) -> bool:
        """Whether standard input is a terminal."""
        return self.stdin.is_tty

    @property
    def columns(self) -> int:
        """The terminal's width in letters (80 where there is none)."""
        return self.shell.kernel.columns

    @property
    def rows(self) -> int:
        """The terminal's height in lines (24 where there is none)."""
        return self.shell.kernel.rows

    # files

    def path(self, path: str) -> str:
        """Returns an absolute path for one that may be relative to the working directory."""
        return path if path.startswith("/") else f"{self.cwd.rstrip('/')}/{path}"

    def read_file(self, path: str) -> str:
        """Returns a file's text; "-" and /dev/stdin are for `input`, not for this.

        Raises:
            FileError: with the path as it was given.
        """
        try:
            return self.files.read(self.path(path))
        except FileError as error:
            raise FileError(error.code, path) from None

    # streams

    def stream(self, fd: int) -> Stream:
        """Returns what a file descriptor leads to."""
        return self.shell.stream(fd)

    @property
    def stdin(self) -> Stream:
        """Standard input."""
        return self.shell.stream(0)

    @property
    def stdout(self) -> Stream:
        """Standard output."""
        return self.shell.stream(1)

    def write(self, text: str) -> None:
        """Writes to standard output."""
        if text:
            stream = self.shell.stream(1)
            self.shell.owed += len(text) // LETTERS_A_STEP + stream.weight
            stream.write(text)

    def print(self, text: str) -> None:
        """Writes a line to standard output."""
        self.shell.stream(1).write(text + "\n")

    def error(self, text: str) -> None:
        """Writes to standard error."""
        if text:
            self.shell.stream(2).write(text)

    def complain(self, message: str) -> int:
        """Writes `name: message` and a newline to standard error; returns 1."""
        self.error(f"{self.name}: {message}\n")
        return 1

    def line(self, fd: int = 0) -> Generator[Wait, Any, str | None]:
        """Reads a line with its newline (the last one may have none); None at the end."""
        stream = self.shell.stream(fd)
        if self.shell.turn():
            yield Breath()
        while (line := stream.read_line()) is None:
            yield Readable(fd)
        if self.stdout.full:
            yield Writable(1)
        return line or None

    def lines(self, fd: int = 0) -> Generator[Wait, Any, list[str]]:
        """Reads the lines that are there, at least one; an empty list at the end."""
        stream = self.shell.stream(fd)
        if self.shell.turn():
            yield Breath()
        while (lines := stream.read_lines()) is None:
            yield Readable(fd)
        self.shell.owed += len(lines)
        if self.stdout.full:
            yield Writable(1)
        return lines

    def read(self, fd: int = 0) -> Generator[Wait, Any, str]:
        """Reads what is there, at least one letter; "" at the end."""
        stream = self.shell.stream(fd)
        if self.shell.turn():
            yield Breath()
        while (text := stream.read()) is None:
            yield Readable(fd)
        self.shell.owed += len(text) // LETTERS_A_STEP
        if self.stdout.full:
            yield Writable(1)
        return text

    def read_all(self, fd: int = 0) -> Generator[Wait, Any, str]:
        """Reads to the end. Nothing is taken before all is there; what is returned is to be kept in `state`
        by tools that wait again afterwards."""
        stream = self.shell.stream(fd)
        while (text := stream.read_all()) is None:
            yield Readable(fd, True)
        return text

    def drained(self) -> Generator[Wait, Any, None]:
        """Waits until the reader of standard output has caught up.

        Tools that write without reading (yes, seq) have to call this now and then, or nobody can interrupt them.
        """
        if self.shell.turn():
            yield Breath()
        if self.stdout.full:
            yield Writable(1)

    def each(self, items: Sequence[T], name: str = "item") -> Iterator[T]:
        """Yields the items, remembering in `state` which one is at work."""
        for index in range(self.state.get(name, 0), len(items)):
            self.state[name] = index
            yield items[index]
        self.state[name] = len(items)

    # terminal

    @property
    def raw(self) -> bool:
        """Whether keys reach the tool as they are, without echo and without Ctrl-C being a signal."""
        return self.shell.kernel.raw

    @raw.setter
    def raw(self, raw: bool) -> None:
        self.state["@raw"] = raw  # the terminal is given back when the tool ends
        self.shell.kernel.raw = raw

    def full_screen(self, on: bool = True) -> None:
        """Takes over the whole screen, with raw keys, or gives it back; what was there is shown again afterwards.

        It is given back by itself when the tool ends, however it ends.
        """
        if bool(self.state.get("@screen")) != on:
            self.stdout.write(ENTER_SCREEN if on else LEAVE_SCREEN)
        if on:
            self.state["@screen"] = True
        else:
            self.state.pop("@screen", None)
        self.raw = on

    def listen(self, *ports: int) -> None:
        """Tells that the tool listens on TCP ports."""
        self.state["@ports"] = list(ports)

    def keys(self) -> str:
        """Takes the keys that were pressed since the last time (raw terminal)."""
        return self.shell.kernel.take_keys()

    # other commands

    def run(self, argv: Sequence[str], stdin: str | None = None, user: str = "") -> Generator[Wait, Any, int]:
        """Runs a command to its end with this one's standard output and error.

        A tool that calls this must, when called again with its state, come to the same call.

        Args:
            argv: the command and its arguments.
            stdin: its standard input; None for this one's own.
            user: as whom it runs; "" for this one's user.

        Returns:
            Its exit status.
        """
        pid = self.state.get("@child")
        if pid is None:
            pid = self.state["@child"] = self.shell.spawn(list(argv), stdin=stdin, user=user)
        yield Children((pid,))
        del self.state["@child"]
        return self.shell.kernel.reap(pid)

    def capture(self, argv: Sequence[str], stdin: str | None = None) -> Generator[Wait, Any, tuple[int, str]]:
        """Runs a command to its end; returns its exit status and what it wrote to standard output."""
        held = self.state.get("@capture")
        if held is None:
            held = self.state["@capture"] = self.shell.spawn_captured(list(argv), stdin=stdin)
        pid, stream = held
        yield Children((pid,))
        del self.state["@capture"]
        return self.shell.kernel.reap(pid), self.shell.kernel.take_captured(stream)
