"""Builtins that read: read, mapfile; and shopt, history, which belong to the shell itself."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from kubelab.terminal.shell.builtin import builtin
from kubelab.terminal.shell.expansion import split_read
from kubelab.terminal.shell.lexer import is_name
from kubelab.terminal.tool import Context, Readable


class _TimeOut(Exception):
    """Nothing came in time; the text is what came."""


class _Options:
    """What `read` was told."""

    def __init__(self, ctx: Context) -> None:
        self.raw = self.silent = False
        self.delimiter = "\n"
        self.prompt = ""
        self.array = ""
        self.count = 0
        self.fd = 0
        self.fault = ""
        self.timeout: float | None = None  # seconds
        args = ctx.args
        while args and args[0].startswith("-") and len(args[0]) > 1:
            option, args = args[0], args[1:]
            if option == "--":
                break
            args = self._letters(option[1:], args)
        self.names = args

    def _letters(self, letters: str, args: list[str]) -> list[str]:
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter == "r":
                self.raw = True
            elif letter == "s":
                self.silent = True
            elif letter == "e":
                continue
            elif letter in "dpanNtu":
                if not letters and not args:
                    self.fault = f"-{letter}: option requires an argument"
                    return []
                value, args = (letters, args) if letters else (args[0], args[1:])
                letters = ""
                self._value(letter, value)
            else:
                self.fault = f"-{letter}: invalid option"
        return args

    def _value(self, letter: str, value: str) -> None:
        if letter == "d":
            self.delimiter = value[:1] or "\0"
        elif letter == "p":
            self.prompt = value
        elif letter == "a":
            self.array = value
        elif letter in "nN" and value.isdigit():
            self.count = int(value)
        elif letter == "t":
            try:
                self.timeout = float(value)
            except ValueError:
                self.fault = f"{value}: invalid timeout specification"
        elif letter == "u" and value.isdigit():
            self.fd = int(value)


@builtin("read")
def read(ctx: Context) -> Generator[Any, Any, int]:
    """read [-rs] [-p prompt] [-d delimiter] [-a array] [-n count] [-t seconds] [-u fd] [name ...]"""
    shell = ctx.shell
    options = _Options(ctx)
    if options.fault:
        shell.say(f"read: {options.fault}")
        return 2
    stream = shell.stream(options.fd)
    if options.prompt and stream.is_tty and not ctx.state.get("prompted"):
        shell.stream(2).write(options.prompt)
    ctx.state["prompted"] = True
    if options.silent and shell.kernel.tty is not None:
        shell.kernel.tty.echo = False
    bad = next((name for name in options.names if not is_name(name.partition("[")[0])), None)
    if bad is not None:
        shell.say(f"read: `{bad}': not a valid identifier")
        return 1
    if options.timeout is not None:
        ctx.state.setdefault("deadline", ctx.now + options.timeout)
    timed_out = False
    try:
        text, ended = yield from _read_text(ctx, options)
    except _TimeOut as end:
        text, ended, timed_out = end.args[0], True, True
    if options.silent and shell.kernel.tty is not None:
        shell.kernel.tty.echo = True
    _assign(ctx, options, text)
    if timed_out:
        return 142  # 128 + SIGALRM
    return 1 if ended else 0


def _read_text(ctx: Context, options: _Options) -> Generator[Any, Any, tuple[str, bool]]:
    """Reads up to the delimiter; tells also whether the end of the input came first."""
    stream = ctx.stream(options.fd)
    state = ctx.state
    while True:
        got: str = state.get("got", "")
        if options.count and len(got) >= options.count:
            return got, False
        if options.count or options.delimiter != "\n":
            piece = stream.read(1)
        else:
            piece = stream.read_line()
        if piece is None:
            if "deadline" in state and ctx.now >= state["deadline"]:
                raise _TimeOut(got)
            yield Readable(options.fd, False, state.get("deadline"))
            continue
        if piece == "":
            return got, True
        if piece.endswith(options.delimiter):
            got += piece[: -len(options.delimiter)]
            slashes = len(got) - len(got.rstrip("\\"))
            if options.raw or not slashes % 2:
                return got, False
            got = got[:-1]  # a backslash before the newline: the line goes on
        else:
            got += piece
        state["got"] = got


def _assign(ctx: Context, options: _Options, text: str) -> None:
    shell = ctx.shell
    if not options.raw and "\\" in text:
        # An escaped letter is no separator: hide it while splitting.
        text = re.sub(r"\\(.)", lambda match: chr(0xF0000 + ord(match.group(1))), text, flags=re.S)
    if options.array:
        fields = [_shown(field) for field in split_read(text, shell.ifs, len(text) + 1) if field]
        shell.variables.set_array(options.array, {str(index): field for index, field in enumerate(fields)})
        return
    if not options.names:
        shell.assign("REPLY", _shown(text))
        return
    fields = [_shown(field) for field in split_read(text, shell.ifs, len(options.names))]
    for index, name in enumerate(options.names):
        base, bracket, key = name.partition("[")
        value = fields[index] if index < len(fields) else ""
        shell.assign(base, value, key.removesuffix("]") if bracket else None)


def _shown(text: str) -> str:
    """Brings back the letters that were hidden from splitting."""
    return "".join(chr(ord(letter) - 0xF0000) if ord(letter) >= 0xF0000 else letter for letter in text)


_SHOPTS = (
    "nullglob",
    "dotglob",
    "globstar",
    "extglob",
    "nocaseglob",
    "nocasematch",
    "expand_aliases",
    "failglob",
    "lastpipe",
)


@builtin("shopt", bash=True)
def shopt(ctx: Context) -> int:
    """shopt [-s|-u|-q] [option ...]"""
    shell = ctx.shell
    names = [arg for arg in ctx.args if not arg.startswith("-")]
    for name in names:
        if name not in _SHOPTS:
            shell.say(f"shopt: {name}: invalid shell option name")
            return 1
    if "-s" in ctx.args or "-u" in ctx.args:
        for name in names:
            shell.set_option(name, "-s" in ctx.args)
        return 0
    if "-q" not in ctx.args:
        for name in names or _SHOPTS:
            ctx.print(f"{name:<15}\t{'on' if shell.has_option(name) else 'off'}")
    return 0 if all(shell.has_option(name) for name in names) else 1


@builtin("history")
def history(ctx: Context) -> int:
    """history [n | -c | -d number]"""
    tty = ctx.shell.kernel.tty
    if tty is None:
        return 0
    lines = tty.editor.history
    if ctx.args[:1] == ["-c"]:
        lines.clear()
        return 0
    if ctx.args[:1] == ["-d"] and len(ctx.args) > 1 and ctx.args[1].isdigit():
        index = int(ctx.args[1]) - 1
        if not 0 <= index < len(lines):
            ctx.shell.say(f"history: {ctx.args[1]}: history position out of range")
            return 1
        del lines[index]
        return 0
    if ctx.args and not ctx.args[0].isdigit():
        ctx.shell.say(f"history: {ctx.args[0]}: numeric argument required")
        return 1
    first = max(0, len(lines) - int(ctx.args[0])) if ctx.args else 0
    for number, line in enumerate(lines[first:], first + 1):
        ctx.print(f"{number:5}  {line}")
    return 0
