"""Starts commands: functions, builtins, tools, scripts, other shells."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.shell.builtin import find_builtin
from kubelab.terminal.shell.faults import ShellFault
from kubelab.terminal.shell.flavour import SHELLS
from kubelab.terminal.shell.programs import COLLECT, RUN, compile_text
from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault
from kubelab.terminal.shell.streams import OutOfMemory
from kubelab.terminal.shell.variables import ReadOnly
from kubelab.terminal.tool import BrokenPipe, Context, Edit, Exit, find_tool

if TYPE_CHECKING:
    from kubelab.terminal.shell.descriptors import Saved
    from kubelab.terminal.shell.task import Task

# Tools that are also built into the shell: they are there even where no such program is installed.
BUILT_IN = frozenset(("echo", "printf", "test", "[", "true", "false", "pwd", "kill", ":"))
MISTAKE = 70  # EX_SOFTWARE
# What the process itself reacts to.
_MEANT = (ShellFault, SyntaxFault, Incomplete, OutOfMemory, MemoryError, RecursionError)
LOG = logging.getLogger(__name__)

Function = Callable[[Context], Any]


def launch(task: Task, argv: list[str], assignments: list[list[Any]], saved: Saved, *, functions: bool = True) -> None:
    """Runs a command; `functions`: it may be a function of the shell."""
    name = argv[0]
    function = task.functions.get(name) if functions else None
    if function is not None:
        _call(task, argv, function, assignments, saved)
        return
    builtin = find_builtin(task.flavour.name, name)
    if builtin is not None:
        _begin(task, builtin, argv, assignments, saved, builtin=True)
        return
    if name in BUILT_IN:
        tool = find_tool(name)
        if tool is not None:
            _begin(task, tool, argv, assignments, saved, builtin=True)
            return
    _external(task, argv, assignments, saved)


def _call(task: Task, argv: list[str], function: list[Any], assignments: list[list[Any]], saved: Saved) -> None:
    source, line = function
    kept = _assign_for_a_while(task, assignments)
    unit = task.compile(source)
    task.push_unit(unit, "function", name=argv[0], args=task.args, locals=kept, redirects=saved)
    task.args = argv[1:]
    task.base_line = line - 1


def _assign_for_a_while(task: Task, assignments: list[list[Any]]) -> dict[str, Any]:
    """Carries out the assignments before a command; returns how to take them back."""
    from kubelab.terminal.shell.launching import apply_assignment

    kept: dict[str, Any] = {}
    for assignment in assignments:
        name = assignment[0]
        kept.setdefault(name, task.variables.keep(name))
        if "r" in task.variables.flags.get(name, ""):
            task.say(f"{name}: readonly variable")
            continue
        apply_assignment(task, assignment)
        task.variables.flag(name, "x")
    return kept


def _begin(
    task: Task,
    function: Function,
    argv: list[str],
    assignments: list[list[Any]],
    saved: Saved,
    *,
    builtin: bool = False,
) -> None:
    """Starts a builtin or a tool in the process itself."""
    variables: dict[str, Any] = {}
    try:
        if assignments:
            variables = _assign_for_a_while(task, assignments)
    except ShellFault:
        task.unredirect(saved)
        raise
    task.tool = {
        "name": argv[0],
        "argv": argv,
        "state": {},
        "saved": saved,
        "variables": variables,
        "builtin": builtin,
    }
    _enter(task, function)


def _enter(task: Task, function: Function) -> None:
    tool = task.tool
    if tool is None:
        return
    context = task.context = Context(task, tool["argv"], None, tool["state"])
    result = _guarded(task, lambda: function(context))
    if isinstance(result, Generator):
        task.generator = result
        task.answer = None
        resume_tool(task)
    elif task.tool is tool:
        task.finish_tool(result.status if isinstance(result, _Done) else result)


def resume_tool(task: Task) -> None:
    """Brings the running tool to its next wait or its end."""
    tool = task.tool
    if tool is None:
        return
    if task.generator is None:  # the process was saved meanwhile: the tool goes on from its state
        function = _function_of(task, tool)
        if function is None:
            task.finish_tool(127)
            return
        answer = task.answer
        _enter(task, function)
        if answer is not None and isinstance(task.wait, Edit):  # it waits again for what has been answered
            task.wait, task.answer = None, answer
        return
    generator, answer = task.generator, task.answer
    task.answer = None
    wait = _guarded(task, lambda: _step(generator, answer))
    if task.tool is not tool:
        return
    if isinstance(wait, _Done):
        task.finish_tool(wait.status)
    elif isinstance(wait, tuple):
        task.wait = wait
    else:
        task.finish_tool(wait)


class _Done:
    def __init__(self, status: int | None) -> None:
        self.status = status


def _step(generator: Generator[Any, Any, Any], answer: Any) -> Any:
    try:
        return generator.send(answer)
    except StopIteration as stop:
        return _Done(stop.value)


def _guarded(task: Task, act: Callable[[], Any]) -> Any:
    """Runs a tool's code; an error becomes a message and an exit status."""
    name = task.tool["argv"][0].rpartition("/")[2] if task.tool else ""
    try:
        return act()
    except Exit as end:
        if end.args[0]:
            task.stream(2).write(end.args[0])
        return _Done(end.status)
    except FileError as error:
        _complain(task, f"{name}: {error.path}: {error.reason}")
        return _Done(1)
    except ReadOnly as fault:
        task.say(f"{fault}: readonly variable")
        return _Done(1)
    except BrokenPipe:
        return _broken(task)
    except _MEANT:
        raise
    except Exception:
        LOG.exception("%s failed", " ".join(task.tool["argv"]) if task.tool else name)
        _complain(task, f"{name}: KubeLab made a mistake here and has noted it; this command was ended")
        return _Done(MISTAKE)


def _broken(task: Task) -> Any:
    """Nobody reads what is written: a program is ended by SIGPIPE, a builtin takes its shell with it."""
    if task.unit is not None and task.interactive:
        return _Done(141)
    task.die(141)
    return None


def _complain(task: Task, message: str) -> None:
    try:
        if task.tool is not None and task.tool["builtin"]:
            task.say(message)
        else:
            task.stream(2).write(message + "\n")
    except (FileError, BrokenPipe):
        return


def _function_of(task: Task, tool: dict[str, Any]) -> Function | None:
    """Finds the function of a tool that was running when the process was saved."""
    name = tool["name"]
    if tool["builtin"]:
        return find_builtin(task.flavour.name, name) or find_tool(name)
    return find_tool(tool.get("tool", name))


# programs


def _external(task: Task, argv: list[str], assignments: list[list[Any]], saved: Saved) -> None:
    name = argv[0]
    machine = task.machine
    path = name
    bare = task.unit is not None and task.unit.text == RUN  # no shell, whose exec knows where programs are
    found = machine.find(name) if bare or "/" in name or task.lookup("PATH") else None
    if found is None:
        if "/" not in name:
            path = _in_path(task, name)
        problem = _problem(task, path) if path else (127, f"{name}: {task.flavour.not_found}")
        if problem is not None:
            _refuse(task, problem[1], problem[0], saved)
            return
    if found in SHELLS or found is None:
        _start_shell(task, argv, found, path, assignments, saved)
        return
    tool = find_tool(found)
    if tool is None:
        message = f"{name}: this program is not simulated in KubeLab"
        _refuse(task, message, 127, saved)
        return
    task.kernel.before_command()
    _begin(task, tool, argv, assignments, saved)
    if task.tool is not None:
        task.tool["tool"] = found


def _refuse(task: Task, message: str, status: int, saved: Saved) -> None:
    task.say(message)
    task.unredirect(saved)
    task.status = status


def _in_path(task: Task, name: str) -> str:
    """Looks a script up in PATH; returns its path or ""."""
    if not name:
        return ""
    for directory in (task.lookup("PATH") or "").split(":"):
        path = f"{directory or '.'}/{name}"
        if task.files.is_file(task.absolute(path)) and task.files.may(task.absolute(path), "execute"):
            return path
    return ""


def _problem(task: Task, path: str) -> tuple[int, str] | None:
    """Returns why a file cannot be run, or None."""
    files, full = task.files, task.absolute(path)
    try:
        stat = files.stat(full)
    except FileError as error:
        missing = task.flavour.name != "bash" and error.code == "ENOENT"
        return 127, f"{path}: {task.flavour.not_found if missing else error.reason}"
    if stat.is_dir:
        return 126, f"{path}: Is a directory" if task.flavour.name == "bash" else f"{path}: Permission denied"
    if not files.may(full, "execute"):
        return 126, f"{path}: Permission denied"
    return None


def _start_shell(
    task: Task, argv: list[str], found: str | None, path: str, assignments: list[list[Any]], saved: Saved
) -> None:
    """Starts another shell, or a script, as a process of its own, and waits for it."""
    if found is None:
        interpreter, argv = _script(task, argv, path)
        found = task.machine.find(interpreter)
        if found is None or (found not in SHELLS and find_tool(found) is None):
            _refuse(task, f"{path}: {interpreter}: bad interpreter: No such file or directory", 126, saved)
            return
    kept = _assign_for_a_while(task, assignments)
    pid = task.kernel.spawn(task, argv, None)
    for name, was in kept.items():
        task.variables.restore(name, was)
    task.unredirect(saved)
    task.stack.append([pid])
    task.await_children([pid])
    task.push_unit(compile_text(COLLECT), "collect")


def _script(task: Task, argv: list[str], path: str) -> tuple[str, list[str]]:
    """Returns what runs a script, and with which arguments: its #! line, or a shell like this one."""
    first = task.files.read(task.absolute(path)).partition("\n")[0]
    if first.startswith("#!"):
        words = first[2:].split(None, 1)
        if words and words[0].endswith("/env") and len(words) > 1:
            words = words[1].split(None, 1)
        if words:
            return words[0], [*words, path, *argv[1:]]
    shell = "bash" if task.flavour.name == "bash" else "sh"
    return shell, [shell, path, *argv[1:]]
