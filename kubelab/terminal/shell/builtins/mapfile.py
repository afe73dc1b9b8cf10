"""mapfile, readarray: lines become an array. Source: bash(1)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.terminal.shell.builtin import builtin
from kubelab.terminal.shell.lexer import is_name
from kubelab.terminal.tool import Context, Exit

USAGE = "mapfile: usage: mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [array]"


def _options(ctx: Context) -> tuple[dict[str, str], list[str]]:
    """Reads the options; returns them by their letters, and the operands."""
    options: dict[str, str] = {}
    args = ctx.args
    while args and args[0].startswith("-") and len(args[0]) > 1:
        option, args = args[0], args[1:]
        if option == "--":
            break
        letters = option[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter == "t":
                options["t"] = ""
                continue
            if letter not in "dnOsu":
                ctx.shell.say(f"{ctx.name}: -{letter}: invalid option")
                raise Exit(2, USAGE + "\n")
            value, args = (letters, args) if letters else (args[0] if args else "", args[1:])
            options[letter], letters = value, ""
    return options, args


@builtin("mapfile", "readarray", bash=True)
def mapfile(ctx: Context) -> Generator[Any, Any, int]:
    """mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [array]"""
    options, operands = _options(ctx)
    for letter in "nOsu":
        if not options.get(letter, "0").isdigit():
            ctx.shell.say(f"{ctx.name}: {options[letter]}: invalid line count")
            return 1
    name = operands[0] if operands else "MAPFILE"
    if not is_name(name):
        ctx.shell.say(f"{ctx.name}: `{name}': not a valid identifier")
        return 1
    text = yield from ctx.read_all(int(options.get("u", 0)))
    delimiter = options.get("d", "\n")[:1] or "\0"
    pieces = text.split(delimiter)
    last = pieces.pop()
    lines = [piece if "t" in options else piece + delimiter for piece in pieces] + ([last] if last else [])
    lines = lines[int(options.get("s", 0)) :]
    count, origin = int(options.get("n", 0)), int(options.get("O", 0))
    elements = {str(origin + index): line for index, line in enumerate(lines[:count] if count else lines)}
    if "O" in options:
        old = zip(ctx.shell.variables.keys(name), ctx.shell.variables.elements(name), strict=True)
        elements = {**dict(old), **elements}
    ctx.shell.variables.set_array(name, elements)
    ctx.shell.variables.flag(name, "a")
    return 0
