"""help: tells of the builtins, by the first lines of their own descriptions. Source: bash(1)."""

from __future__ import annotations

from kubelab.terminal.shell.builtin import builtin, builtin_names, find_builtin
from kubelab.terminal.tool import Context

VERSION = "GNU bash, version 5.2.21(1)-release (x86_64-pc-linux-gnu)"
INTRODUCTION = (
    "These commands are part of the shell. `help name' tells how one of them is called;\n"
    "other programs tell it themselves, e.g. `kubectl --help'.\n"
)


def synopsis(flavour: str, name: str) -> str | None:
    """Returns how a builtin is called, None when there is no such builtin."""
    found = find_builtin(flavour, name)
    if found is None:
        return None
    first = (found.__doc__ or name).strip().splitlines()[0].partition(": ")[0]
    call = next((call for call in first.split(", ") if call.split(" ")[0] == name), first)
    return " ".join([name, *call.split(" ")[1:]])


@builtin("help", bash=True)
def help_(ctx: Context) -> int:
    """help [name ...]"""
    flavour = ctx.shell.flavour.name
    names = [arg for arg in ctx.args if not arg.startswith("-")]
    if not names:
        ctx.print(f"{VERSION}\n{INTRODUCTION}")
        for name in builtin_names(flavour):
            ctx.print(f" {synopsis(flavour, name)}")
        return 0
    status = 0
    for name in names:
        found = synopsis(flavour, name)
        if found is None:
            ctx.shell.say(f"help: no help topics match `{name}'.  Try `help help' or `man -k {name}' or `info {name}'.")
            status = 1
        else:
            ctx.print(f"{name}: {found}")
    return status
