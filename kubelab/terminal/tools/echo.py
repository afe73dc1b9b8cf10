"""echo: writes its arguments. Source: bash(1), dash(1), busybox."""

from __future__ import annotations

from kubelab.terminal.shell.escapes import unescape
from kubelab.terminal.tool import Context, tool


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
        text, ended = unescape(text)
    ctx.write(text if ended or not newline else text + "\n")
    return 0
