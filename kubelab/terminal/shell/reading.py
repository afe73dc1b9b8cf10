"""Reads a shell's program line by line: from the prompt, or from a script on standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.terminal.shell.aliases import expand_aliases
from kubelab.terminal.shell.grammar import parse
from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault, unexpected, unfinished
from kubelab.terminal.shell.waits import Prompt
from kubelab.terminal.tool import Readable

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task


def next_line(task: Task) -> None:
    """Takes the next line if there is one, else lets the process wait for it."""
    tty = task.kernel.tty
    if task.interactive and tty is not None:
        from kubelab.terminal.shell.prompting import prompt_line

        line = prompt_line(task, tty)
    elif task.interactive and task.kernel.lines is not None:
        line = task.kernel.lines.pop(0) if task.kernel.lines else None
        task.wait = Prompt() if line is None else None
    else:
        line = task.stream(0).read_line()
        if line is None:
            task.wait = Readable(0)
            return
    if line is None:
        return
    if line == "":
        _end(task)
        return
    _take(task, task.gathered + line)


def _end(task: Task) -> None:
    """The end of the input: what is unfinished is an error, else the shell ends."""
    rest, task.gathered = task.gathered, ""
    if rest.strip():
        try:
            task.start_program(rest)
            return
        except Incomplete as fault:
            task.say(unfinished(fault))
            task.status = 2
    if task.interactive and task.flavour.name == "bash" and task.kernel.tty is not None:
        task.kernel.tty.write("logout\n" if task.name == "-bash" else "exit\n")
    task.reads_script = False
    task.exit(task.status)


def _take(task: Task, text: str) -> None:
    """Begins a program when it is whole, else keeps it until the next line."""
    try:
        if not text.endswith("\\\n"):
            if task.aliases and (task.interactive or task.has_option("expand_aliases") or task.flavour.name != "bash"):
                text = expand_aliases(text, task.aliases)
            parse(text, lenient=False)
            task.gathered = ""
            task.kernel.interrupted = False
            task.kernel.written = 0
            task.unit, task.pc = task.compile(text), 0
            task.line, task.base_line = 1, 0
            return
    except Incomplete:
        pass
    except SyntaxFault as fault:
        task.gathered = ""
        task.status = 2
        task.say(
            f"syntax error near unexpected token `{fault.token}'" if task.flavour.name == "bash" else _plain(fault)
        )
        return
    task.gathered = text


def _plain(fault: SyntaxFault) -> str:
    return f"syntax error: {unexpected(fault)}"
