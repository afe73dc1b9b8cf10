"""Asks for a line at the prompt: $PS1 or $PS2, and what jobs have done meanwhile. Source: bash(1), PROMPTING."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.terminal.shell.grammar import parse
from kubelab.terminal.shell.jobs import finished
from kubelab.terminal.shell.recalling import NotFound, recall
from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault
from kubelab.terminal.shell.waits import Prompt

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task
    from kubelab.terminal.shell.tty import Tty

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_ESCAPE = re.compile(r"\\([0-7]{3}|.)", re.S)
_PLAIN = {"n": "\n", "r": "\r", "a": "\a", "e": "\x1b", "[": "\x01", "]": "\x02", "\\": "\\", "j": "0", "l": "pts/0"}
_OPENING = re.compile(r"(?:\b(?:do|then|else|elif|if|while|until)|[{(|&;])\s*\Z|\bin\s+[^;\n]*\)\s*\Z")
_TIMES = {"t": "%H:%M:%S", "T": "%I:%M:%S", "A": "%H:%M", "@": "%I:%M %p", "d": "%a %b %d"}


def prompt_line(task: Task, tty: Tty) -> str | None:
    """Returns the line that was typed, "" at the end of the input; None while there is none yet."""
    line = tty.take_line()
    if line is None:
        if not tty.editing:
            _begin(task, tty)
        task.wait = Prompt()
        return None
    if line == "\x03":
        task.gathered = ""
        task.status = 130
        _begin(task, tty)
        task.wait = Prompt()
        return None
    return _recalled(task, tty, line) if line.strip() else line


def _recalled(task: Task, tty: Tty, line: str) -> str:
    """Replaces `!!` and its like, and remembers the line; a command of several lines is remembered as one."""
    editor = tty.editor
    if task.flavour.name == "bash":
        try:
            expanded = recall(line, editor.history)
        except NotFound as fault:
            tty.write(f"bash: {fault}\n")
            return "\n"
        if expanded != line:
            tty.write(expanded)
            line = expanded
    text = line.rstrip("\n")
    if task.gathered and editor.history:
        editor.history[-1] += joint(task.gathered) + text
    else:
        editor.remember(text)
    tty.command_begins(_shell(task), task.gathered + text)
    return line


def joint(gathered: str) -> str:
    """Returns what joins the lines of a command in the history: "; " where that means the same (shopt cmdhist)."""
    try:
        parse(gathered, lenient=False)
    except Incomplete as fault:
        if fault.what not in ("done", "fi", "esac", "}", ")", "do", "then"):
            return "\n"  # within a quotation or a here-document
    except SyntaxFault:
        return "\n"
    return " " if _OPENING.search(gathered) else "; "


def _begin(task: Task, tty: Tty) -> None:
    """Shows the prompt."""
    task.kernel.written = 0
    for line in finished(task):
        tty.write(line + "\n")
    if not task.gathered:
        tty.command_ends(_shell(task), task.status)
    text = task.lookup("PS2" if task.gathered else "PS1")
    if text is None:
        text = "> " if task.gathered else "\\s-\\v\\$ " if task.flavour.name == "bash" else "\\w \\$ "
    tty.begin_line(expand_prompt(task, text), plain=task.flavour.name != "bash")


def _shell(task: Task) -> str:
    return f"{task.machine.hostname}/{task.pid}"


def expand_prompt(task: Task, text: str) -> str:
    """Returns a prompt with its escapes and variables replaced; command substitutions stay as they are."""
    text = _ESCAPE.sub(lambda match: _escape(task, match.group(1)), text)
    return _VARIABLE.sub(lambda match: task.lookup(match.group(1) or match.group(2)) or "", text)


def _escape(task: Task, letter: str) -> str:
    if len(letter) == 3:
        return chr(int(letter, 8))
    if letter in _PLAIN:
        return _PLAIN[letter]
    if letter in _TIMES:
        return datetime.fromtimestamp(task.kernel.machine.now(), UTC).strftime(_TIMES[letter])
    hostname = task.machine.hostname
    home = (task.lookup("HOME") or "").rstrip("/")
    cwd = task.cwd
    if home and (cwd == home or cwd.startswith(home + "/")):
        cwd = "~" + cwd[len(home) :]
    known = {
        "u": task.user,
        "h": hostname.partition(".")[0],
        "H": hostname,
        "w": cwd,
        "W": cwd if cwd in ("~", "/") else cwd.rpartition("/")[2],
        "$": "#" if task.user == "root" else "$",
        "s": task.flavour.name,
        "v": "5.2",
        "V": "5.2.21",
    }
    return known.get(letter, "\\" + letter)
