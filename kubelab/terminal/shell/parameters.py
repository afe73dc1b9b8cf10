"""Instructions for `$name` and `${name...}`. Source: bash(1), Parameter Expansion."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from kubelab.terminal.shell.expansion import BREAK, QUOTED
from kubelab.terminal.shell.faults import ShellFault
from kubelab.terminal.shell.patterns import matches, substitute, trim
from kubelab.terminal.shell.words import Parameter

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task


class Found(NamedTuple):
    """What a parameter stands for: one text (None when unset), or a list ("$@", "${a[@]}")."""

    texts: list[str | None]
    listed: str = ""  # "@" or "*" for a list


def find(task: Task, part: Parameter) -> Found:
    """Looks a parameter up; a computed subscript is taken off the stack."""
    name, index = part.name, part.index
    if task.variables.has_references:
        name = task.variables.resolve(name)
    if index in ("@", "*"):
        if name == "PIPESTATUS":
            return Found([str(status) for status in task.pipe_statuses or [task.status]], index or "")
        if name == "FUNCNAME":
            return Found(list(task.function_names()), index or "")
        if part.keys:
            return Found(list(task.variables.keys(name)), index or "")
        return Found(list(task.variables.elements(name)), index or "")
    key = task.stack.pop() if index is not None else None
    if part.indirect:
        return _indirect(task, name)
    if name in ("@", "*"):
        return Found(list(task.args), name)
    if key is not None:
        return Found([task.element(name, key)])
    return Found([task.lookup(name)])


def _indirect(task: Task, name: str) -> Found:
    target = task.lookup(name)
    if not target:
        raise ShellFault(f"{name}: invalid indirect expansion", fatal=False)
    base, bracket, rest = target.partition("[")
    if bracket:
        index = rest.rstrip("]")
        if index in ("@", "*"):
            return Found(list(task.variables.elements(base)), index)
        return Found([task.element(base, index)])
    if target in ("@", "*"):
        return Found(list(task.args), target)
    return Found([task.lookup(target)])


def _add(task: Task, found: Found, how: int) -> None:
    """Adds a parameter's texts to the word on the stack."""
    word = task.stack[-1]
    texts = [text or "" for text in found.texts]
    if not found.listed:
        word.append((how, texts[0]))
    elif found.listed == "*" and how == QUOTED:
        word.append((how, task.ifs[:1].join(texts)))
    else:
        for index, text in enumerate(texts):
            if index:
                word.append((BREAK, ""))
            word.append((how, text))


def _checked(task: Task, part: Parameter, found: Found) -> Found:
    """Complains of an unset parameter under `set -u`."""
    if "u" in task.options and not found.listed and found.texts[0] is None:
        raise ShellFault(f"{shown(part)}: {task.flavour.unbound}", task.flavour.unbound_status, eof=True)
    return found


def shown(part: Parameter) -> str:
    """Returns a parameter as messages name it."""
    index = f"[{part.index}]" if part.index is not None else ""
    prefix = "$" if part.name.isdigit() and task_free(part) else ""
    return f"{prefix}{part.name}{index}"


def task_free(part: Parameter) -> bool:
    """Tells whether the parameter is written `$1`, which bash shows with its dollar."""
    return part.source.startswith("$")


def value(task: Task, part: Parameter, how: int) -> None:
    """`$name`, `${#name}`, `${!name}`, `${!prefix*}`, `${name@Q}`."""
    if part.names:
        names: list[str | None] = [*task.variables.with_prefix(part.name)]
        _add(task, Found(names, part.op), how)
        return
    found = find(task, part)
    if part.length:
        size = len(found.texts) if found.listed else len(_checked(task, part, found).texts[0] or "")
        task.stack[-1].append((how, str(size)))
        return
    _checked(task, part, found)
    if part.op:
        found = _transformed(task, part, found)
    _add(task, found, how)


def _transformed(task: Task, part: Parameter, found: Found) -> Found:
    letter = part.op[1]
    if letter == "a":
        return Found([task.variables.flags.get(part.name, "")])
    change = _CHANGES.get(letter)
    if change is None:
        raise ShellFault(f"${{{part.source}}}: bad substitution")
    return Found([change(text) if text is not None else None for text in found.texts], found.listed)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _escaped(text: str) -> str:
    from kubelab.terminal.shell.words import ansi_unquote

    return ansi_unquote(text)


def quoted(text: str) -> str:
    """Returns text quoted so that the shell reads it again, as `${x@Q}` does."""
    if any(ord(letter) < 32 for letter in text):
        names = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\", "'": "\\'", "\x1b": "\\E", "\a": "\\a"}
        letters = [names.get(letter, letter if ord(letter) >= 32 else f"\\{ord(letter):03o}") for letter in text]
        return "$'" + "".join(letters) + "'"
    return "'" + text.replace("'", "'\\''") + "'"


def bad(_task: Task, source: str) -> None:
    """An expansion that is none."""
    raise ShellFault(f"${{{source}}}: bad substitution")


def unless_default(task: Task, part: Parameter, how: int, after: int) -> None:
    """Decides `${x:-w}`, `${x:=w}`, `${x:?w}`, `${x:+w}`: goes on with the word, or jumps behind it."""
    found = find(task, part)
    if found.listed:
        there = bool(found.texts) and not (part.op[0] == ":" and len(found.texts) == 1 and not found.texts[0])
    else:
        text = found.texts[0]
        there = text is not None and (part.op[0] != ":" or text != "")
    if part.op[-1] == "+":
        if not there:
            if how == QUOTED and not found.listed:
                task.stack[-1].append((how, ""))
            task.pc = after
    elif there:
        _add(task, found, how)
        task.pc = after
    elif part.op[-1] in "=?" and part.index is not None and part.index not in ("@", "*"):
        raise ShellFault(f"{shown(part)}: {part.argument or 'parameter null or not set'}")


def assign_default(task: Task, part: Parameter, how: int) -> None:
    """Ends `${x:=word}`: the word is on the stack."""
    text = task.stack.pop()
    if part.name.isdigit() or part.name in "@*#?-$!":
        raise ShellFault(f"${part.name}: cannot assign in this way")
    task.assign(part.name, text)
    task.stack[-1].append((how, text))


def complain(task: Task, part: Parameter, _how: int) -> None:
    """Ends `${x:?word}`: the word is on the stack."""
    text = task.stack.pop()
    message = text or ("parameter null or not set" if part.op[0] == ":" else "parameter not set")
    raise ShellFault(f"{part.name}: {message}", task.flavour.unbound_status, eof=True)


def substring(task: Task, part: Parameter, how: int) -> None:
    """`${x:offset:length}`."""
    length_source, offset_source = task.stack.pop(), task.stack.pop()
    found = _checked(task, part, find(task, part))
    offset = task.arithmetic(offset_source)
    length = task.arithmetic(length_source) if part.second is not None else None
    if found.listed:
        texts = [task.name, *found.texts] if part.name in ("@", "*") else list(found.texts)
        if part.name in ("@", "*") and offset == 0:
            pass  # "${@:0}" begins with $0
        _add(task, Found(_cut_list(texts, offset, length), found.listed), how)
        return
    text = found.texts[0] or ""
    start = offset if offset >= 0 else len(text) + offset
    if start < 0:
        task.stack[-1].append((how, ""))
        return
    end = len(text) if length is None else start + length if length >= 0 else len(text) + length
    if length is not None and length < 0 and end < start:
        raise ShellFault(f"{part.second}: substring expression < 0", fatal=False)
    task.stack[-1].append((how, text[start:end]))


def _cut_list(texts: list[str | None], offset: int, length: int | None) -> list[str | None]:
    start = offset if offset >= 0 else len(texts) + offset
    if start < 0:
        return []
    return texts[start:] if length is None else texts[start : start + max(0, length)]


def replace(task: Task, part: Parameter, how: int) -> None:
    """`${x/pattern/text}`."""
    text, pattern = task.stack.pop(), task.stack.pop()
    found = _checked(task, part, find(task, part))
    texts: list[str | None] = [substitute(old or "", pattern, text, part.op) for old in found.texts]
    _add(task, Found(texts, found.listed), how)


def change(task: Task, part: Parameter, how: int) -> None:
    """`${x#pattern}`, `${x%pattern}`, `${x^pattern}`, `${x,pattern}` and their doubles."""
    pattern = task.stack.pop()
    found = _checked(task, part, find(task, part))
    texts: list[str | None] = [_changed(text or "", pattern, part.op) for text in found.texts]
    _add(task, Found(texts, found.listed), how)


def _changed(text: str, pattern: str, op: str) -> str:
    if op[0] in "#%":
        return trim(text, pattern, op)
    turn = str.upper if op[0] == "^" else str.lower
    count = len(text) if len(op) == 2 else 1
    head = "".join(turn(letter) if not pattern or matches(pattern, letter) else letter for letter in text[:count])
    return head + text[count:]


# What ${name@letter} does to a value.
_CHANGES: dict[str, Callable[[str], str]] = {
    "Q": quoted,
    "U": str.upper,
    "L": str.lower,
    "u": _capital,
    "E": _escaped,
    "P": str,
    "A": quoted,
}
