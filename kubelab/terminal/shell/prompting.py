"""Asks for a line at the prompt: $PS1 or $PS2, and what jobs have done meanwhile. Source: bash(1), PROMPTING."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.terminal.shell.waits import Prompt

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task
    from kubelab.terminal.shell.tty import Tty

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_ESCAPE = re.compile(r"\\([0-7]{3}|.)", re.S)
_PLAIN = {"n": "\n", "r": "\r", "a": "\a", "e": "\x1b", "[": "\x01", "]": "\x02", "\\": "\\", "j": "0", "l": "pts/0"}
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
    if line and line.strip():
        whole = task.gathered + line.rstrip("\n")
        tty.editor.remember(whole)
        tty.command_begins(_shell(task), whole)
    return line


def _begin(task: Task, tty: Tty) -> None:
    """Shows the prompt."""
    kernel = task.kernel
    kernel.written = 0
    if not task.gathered:
        tty.command_ends(_shell(task), task.status)
    text = task.lookup("PS2" if task.gathered else "PS1")
    if text is None:
        text = "> " if task.gathered else "\\s-\\v\\$ " if task.flavour.name == "bash" else "\\w \\$ "
    tty.begin_line(expand_prompt(task, text))


def _shell(task: Task) -> str:
    return f"{task.kernel.machine.hostname}/{task.pid}"


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
    hostname = task.kernel.machine.hostname
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
