"""Instructions that build words on the stack out of pieces (see expansion)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.shell.expansion import BREAK, LITERAL, QUOTED, as_pattern, fields_of, joined
from kubelab.terminal.shell.patterns import MATCHED

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task


def argument(task: Task, text: str) -> None:
    """Adds a constant argument to the command on the stack."""
    task.stack[-1]["argv"].append(text)


def argument_of_text(task: Task) -> None:
    """Adds the text on the stack as one argument."""
    text = task.stack.pop()
    task.stack[-1]["argv"].append(text)


def positional(task: Task) -> None:
    """Adds the positional parameters as arguments."""
    task.stack[-1]["argv"].extend(task.args)


def push(task: Task, text: str) -> None:
    """Puts a constant text on the stack."""
    task.stack.append(text)


def open_word(task: Task) -> None:
    """Begins a word."""
    task.stack.append([])


def piece(task: Task, how: int, text: str) -> None:
    """Adds constant text to the word."""
    task.stack[-1].append((how, text))


def fields(task: Task) -> None:
    """Ends the word: its fields become arguments."""
    pieces = task.stack.pop()
    task.charge(sum(len(text) for _how, text in pieces))
    files = None if "f" in task.options else task.files
    task.stack[-1]["argv"].extend(fields_of(pieces, task.ifs, files, task.cwd, task.options))


def join(task: Task) -> None:
    """Ends the word: it becomes one text."""
    task.charge(sum(len(text) for _how, text in task.stack[-1]))
    task.stack[-1] = joined(task.stack[-1])


def to_pattern(task: Task) -> None:
    """Ends the word: it becomes a pattern."""
    task.stack[-1] = as_pattern(task.stack[-1])


def to_regular(task: Task) -> None:
    """Ends the word: it becomes a regular expression, in which what was quoted stands for itself."""
    pieces = task.stack[-1]
    task.stack[-1] = "".join(
        re.sub(r"([][{}().*+?^$|\\])", r"\\\1", text) if how == QUOTED else " " if how == BREAK else text
        for how, text in pieces
    )


def to_replacement(task: Task) -> None:
    """Ends the word: it becomes the text of `${x/pattern/text}`, in which an unquoted & is what was matched."""
    task.stack[-1] = "".join(
        text if how == QUOTED else " " if how == BREAK else re.sub(r"\\?&", _ampersand, text)
        for how, text in task.stack[-1]
    )


def _ampersand(match: re.Match[str]) -> str:
    return "&" if len(match.group()) == 2 else MATCHED


def tilde(task: Task, user: str) -> None:
    """Adds a home directory: ~, ~user, ~+ or ~-."""
    if user == "":
        home = task.lookup("HOME") or task.home_of(task.user)
    elif user in ("+", "-"):
        home = task.lookup("PWD" if user == "+" else "OLDPWD")
    else:
        home = task.home_of(user)
    task.stack[-1].append((QUOTED, home) if home is not None else (LITERAL, "~" + user))


def capture(task: Task, after: int) -> None:
    """Starts a command substitution: what follows runs in a subshell up to `leave_capture`."""
    pid, stream = task.kernel.fork_captured(task, task.pc)
    task.stack.append([pid, stream])
    task.pc = after
    task.await_children([pid])


def leave_capture(task: Task) -> None:
    """Ends a subshell."""
    task.exit(task.status)


def captured(task: Task, how: int) -> None:
    """Adds what the subshell wrote, without the newlines at its end."""
    pid, stream = task.stack.pop()
    task.status = task.substituted = task.kernel.reap(pid)
    text = task.kernel.take_captured(stream).rstrip("\n").replace("\0", "")
    task.stack[-1].append((how, text))


def file_text(task: Task, how: int) -> None:
    """`$(< file)`: adds a file's text."""
    path = task.stack.pop()
    text = ""
    task.status = task.substituted = 0
    try:
        text = task.files.read(task.absolute(path)).rstrip("\n").replace("\0", "")
    except FileError as error:
        task.say(f"{path}: {error.reason}")
        task.status = task.substituted = 1
    task.stack[-1].append((how, text))


def arithmetic(task: Task, how: int) -> None:
    """Adds the value of the expression on the stack."""
    source = task.stack.pop()
    task.stack[-1].append((how, str(task.arithmetic(source))))


def process(task: Task, direction: str, after: int) -> None:
    """Starts a process substitution; adds the path that it can be read or written at."""
    path = task.kernel.fork_process(task, task.pc, direction)
    task.pc = after
    task.stack[-1].append((QUOTED, path))
