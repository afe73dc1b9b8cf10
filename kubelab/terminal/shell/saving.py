"""Writes the processes of a kernel as JSON and brings them back, in this process or another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubelab.terminal.shell.flavour import FLAVOURS
from kubelab.terminal.shell.kernel import Kernel
from kubelab.terminal.shell.programs import Unit, compile_text
from kubelab.terminal.shell.streams import (
    FileStream,
    FullStream,
    NullStream,
    Output,
    Pipe,
    ReadEnd,
    Stream,
    TerminalInput,
    WriteEnd,
    ZeroStream,
    packed,
    unpacked,
)
from kubelab.terminal.shell.task import Task
from kubelab.terminal.shell.variables import Variables
from kubelab.terminal.shell.waits import AnyChild, Prompt
from kubelab.terminal.tool import Breath, Children, Edit, Keys, Poll, Readable, Sleep, Writable

if TYPE_CHECKING:
    from kubelab.cluster.node.process import Machine
    from kubelab.terminal.shell.tty import Tty

Json = dict[str, Any]
_WAITS: dict[str, Any] = {
    wait.__name__: wait for wait in (AnyChild, Breath, Children, Edit, Keys, Poll, Prompt, Readable, Sleep, Writable)
}
# Attributes of a process that are JSON as they are.
_PLAIN = (
    "parent", "interactive", "reads_script", "script", "subshell", "from_text", "in_function", "pc", "stack", "loops",
    "saved", "host", "as_user",
    "quiet", "traps", "pending", "stopped", "tool", "answer", "jobs", "gathered", "exiting", "functions", "aliases",
    "args", "name", "options", "cwd", "umask", "status", "substituted", "pipe_statuses", "last_background",
    "shell_pid", "started", "drawn", "line", "base_line",
)  # fmt: skip
_BLANK: Json = {}


class _Texts:
    """Programs by number, so that each is written once."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, unit: Unit | None) -> int | None:
        return None if unit is None else self.numbers.setdefault(unit.text, len(self.numbers))


def save(kernel: Kernel) -> Json:
    """Returns all that a kernel needs to go on as JSON."""
    texts, pipes = _Texts(), _Pipes()
    tasks = {str(pid): _save_task(task, texts) for pid, task in kernel.tasks.items()}
    streams = {str(number): pipes.save(stream) for number, stream in kernel.streams.items()}
    state: Json = {
        "tasks": tasks,
        "texts": list(texts.numbers),
        "streams": streams,
        "pipes": pipes.pipes,
        "exits": {str(pid): status for pid, status in kernel.exits.items()},
        "next": [kernel.next_stream, kernel.next_pid],
    }
    if kernel.input is not None:
        state["input"] = pipes.number(kernel.input)
    for name in ("init", "interrupted", "written"):
        value = getattr(kernel, name)
        if value:
            state[name] = value
    if kernel.tty is None and kernel.columns != 80:
        state["columns"] = kernel.columns
    return state


class _Pipes:
    """The pipes between streams, by number."""

    def __init__(self) -> None:
        self.known: list[Pipe] = []
        self.pipes: list[Json] = []

    def number(self, pipe: Pipe) -> int:
        for index, known in enumerate(self.known):
            if known is pipe:
                return index
        self.known.append(pipe)
        kept: Json = {}
        text = pipe.buffer.peek()
        if text:
            kept["text"] = packed(text)
        if pipe.gathered:
            kept["gathered"] = True
        self.pipes.append(kept)
        return len(self.known) - 1

    def save(self, stream: Stream) -> Json:
        kept = stream.saved()
        if isinstance(stream, ReadEnd | WriteEnd) and not isinstance(stream, TerminalInput):
            kept["pipe"] = self.number(stream.pipe)
        return kept


def _blank(machine: Machine) -> Json:
    """Returns what a fresh process would be written as, so that only differences are kept."""
    if not _BLANK:
        _BLANK.update({name: getattr(Task(Kernel(machine), 0), name) for name in _PLAIN})
    return _BLANK


def _save_task(task: Task, texts: _Texts) -> Json:
    blank = _blank(task.kernel.machine)
    kept: Json = {}
    for name in _PLAIN:
        value = getattr(task, name)
        if value != blank[name]:
            kept[name] = value
    if task.flavour.name != "bash":
        kept["flavour"] = task.flavour.name
    kept["unit"] = texts.number(task.unit)
    if task.frames:
        kept["frames"] = [{**frame, "unit": texts.number(frame["unit"])} for frame in task.frames]
    if task.wait is not None:
        kept["wait"] = [type(task.wait).__name__, *task.wait]
    kept["fds"] = {str(fd): number for fd, number in task.fds.items()}
    kept.update(_save_variables(task))
    return kept


def _save_variables(task: Task) -> Json:
    """Writes variables as differences from the machine's environment, which is known anyway."""
    env = task.kernel.machine.env
    values, flags = task.variables.values, task.variables.flags
    kept: Json = {}
    own = {name: value for name, value in values.items() if env.get(name) != value}
    own_flags = {name: letters for name, letters in flags.items() if letters != ("x" if name in env else "")}
    gone = [name for name in env if name not in values]
    plain = [name for name in env if name in values and name not in flags]
    for name, part in (("vars", own), ("flags", own_flags), ("gone", gone), ("unexported", plain)):
        if part:
            kept[name] = part
    return kept


def restore(machine: Machine, state: Json, *, tty: Tty | None = None) -> Kernel:
    """Makes a kernel of what `save` gave.

    Args:
        machine: where it runs.
        state: what was saved; it is not changed.
        tty: the terminal that it was attached to.
    """
    kernel = Kernel(machine, tty=tty, columns=state.get("columns", 80))
    kernel.next_stream, kernel.next_pid = state["next"]
    kernel.exits = {int(pid): status for pid, status in state["exits"].items()}
    kernel.init = state.get("init", False)
    kernel.interrupted = state.get("interrupted", False)
    kernel.written = state.get("written", 0)
    pipes = []
    for kept in state["pipes"]:
        pipe = Pipe(unpacked(kept.get("text", "")))
        pipe.gathered = kept.get("gathered", False)
        pipes.append(pipe)
    for number, kept in state["streams"].items():
        kernel.streams[int(number)] = _restore_stream(kernel, kept, pipes)
    if "input" in state:
        kernel.input = pipes[state["input"]]
        kernel.input.writers += 1
    units = [compile_text(text) for text in state["texts"]]
    for pid, kept in state["tasks"].items():
        kernel.tasks[int(pid)] = _restore_task(kernel, int(pid), kept, units)
    _count_references(kernel)
    return kernel


def _count_references(kernel: Kernel) -> None:
    """Counts who holds which stream: descriptors, redirections to undo, and outputs that are being gathered."""
    for task in kernel.tasks.values():
        held = list(task.fds.values())
        saved = [*task.saved, *(frame.get("redirects", []) for frame in task.frames)]
        if task.tool is not None:
            saved.append(task.tool["saved"])
            captured = task.tool["state"].get("@capture")
            held += captured[1:] if captured else []
        held += [before for undo in saved for _fd, before in undo if before is not None]
        held += [item[1] for item in task.stack if _is_capture(kernel, item)]
        for number in held:
            kernel.streams[number].references += 1


def _is_capture(kernel: Kernel, item: Any) -> bool:
    """Tells whether a value on the stack is [process, stream] of a command substitution."""
    if not isinstance(item, list | tuple) or len(item) != 2 or not all(isinstance(part, int) for part in item):
        return False
    stream = kernel.streams.get(item[1])
    return isinstance(stream, ReadEnd) and stream.pipe.gathered and (item[0] in kernel.tasks or item[0] in kernel.exits)


def _restore_stream(kernel: Kernel, kept: Json, pipes: list[Pipe]) -> Stream:
    kind = kept["kind"]
    if kind == "read":
        return ReadEnd(pipes[kept["pipe"]])
    if kind == "write":
        return WriteEnd(pipes[kept["pipe"]])
    if kind == "terminal" and kernel.tty is not None:
        return TerminalInput(kernel.tty)
    if kind == "file":
        files = kernel.machine_of(kept.get("host", "")).files
        return FileStream(files, kept["path"], kept["position"])
    if kind == "output":
        return Output(kernel, kept["error"])
    if kind == "zero":
        return ZeroStream(kernel, kept["random"], kept["position"])
    return FullStream(kernel, False) if kind == "full" else NullStream()


def _restore_task(kernel: Kernel, pid: int, kept: Json, units: list[Unit]) -> Task:
    task = Task(kernel, pid)
    for name in _PLAIN:
        if name in kept:
            setattr(task, name, _copied(kept[name]))
    task.flavour = FLAVOURS[kept.get("flavour", "bash")]
    task.unit = None if kept["unit"] is None else units[kept["unit"]]
    task.frames = [
        {**_copied(frame), "unit": None if frame["unit"] is None else units[frame["unit"]]}
        for frame in kept.get("frames", ())
    ]
    if "wait" in kept:
        name, *fields = kept["wait"]
        task.wait = _WAITS[name](*(tuple(field) if isinstance(field, list) else field for field in fields))
    task.fds = {int(fd): number for fd, number in kept["fds"].items()}
    task.variables = _restore_variables(kernel, kept)
    return task


def _restore_variables(kernel: Kernel, kept: Json) -> Variables:
    env = kernel.machine.env
    gone, plain = kept.get("gone", ()), kept.get("unexported", ())
    values = {name: value for name, value in env.items() if name not in gone}
    flags = {name: "x" for name in values if name not in plain}
    return Variables({**values, **_copied(kept.get("vars", {}))}, {**flags, **kept.get("flags", {})})


def _copied(value: Any) -> Any:
    """Returns JSON of its own: what is stored is never changed."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(item) for item in value]
    return value
