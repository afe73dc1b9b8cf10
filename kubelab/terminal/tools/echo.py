"""echo: writes its arguments. Sources: bash(1), busybox, dash(1)."""

from __future__ import annotations

import re

from kubelab.terminal.tool import Context, tool

_ESCAPE = re.compile(r"\\(?:0([0-7]{0,3})|x([0-9a-fA-F]{1,2})|([abcefnrtv\\]))")
_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


def _unescape(text: str) -> tuple[str, bool]:
    """Replaces escapes; returns also whether a \\c ended the output."""
    out, at = [], 0
    for match in _ESCAPE.finditer(text):
        out.append(text[at : match.start()])
        octal, byte, letter = match.groups()
        if letter == "c":
            return "".join(out), True
        if letter:
            out.append(_LETTERS[letter])
        else:
            number = int(byte, 16) if byte else int(octal or "0", 8) & 255
            out.append(chr(number) if number < 128 else bytes([number]).decode("utf-8", "surrogateescape"))
        at = match.end()
    return "".join(out) + text[at:], False


@tool("echo")
def echo(ctx: Context) -> int:
    """echo [-neE] [string ...]"""
    args = ctx.args
    newline, escapes = True, ctx.shell.flavour.echo_escapes
    letters = "n" if ctx.shell.flavour.name == "dash" else "neE"
    while args and len(args[0]) > 1 and args[0][0] == "-" and all(letter in letters for letter in args[0][1:]):
        for letter in args[0][1:]:
            newline = newline and letter != "n"
            escapes = letter == "e" if letter in "eE" else escapes
        args = args[1:]
    text, ended = " ".join(args), False
    if escapes:
        text, ended = _unescape(text)
    ctx.write(text if ended or not newline else text + "\n")
    return 0
