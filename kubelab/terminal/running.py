"""How tools run other commands: with another environment, and only those that are there."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from kubelab.terminal.shell.flavour import SHELLS
from kubelab.terminal.tool import Children, Context, Wait, find_tool


def problem(ctx: Context, command: str) -> tuple[int, str] | None:
    """Returns why a command cannot be run, as an exit status and a reason; None when it can."""
    if ctx.machine.find(command) is not None:
        return None
    files = ctx.files
    if "/" in command:
        path = ctx.path(command)
        if not files.exists(path):
            return 127, "No such file or directory"
        return None if files.is_file(path) and files.may(path, "execute") else (126, "Permission denied")
    for directory in ctx.env.get("PATH", "").split(":"):
        path = ctx.path(f"{directory or '.'}/{command}")
        if files.is_file(path) and files.may(path, "execute"):
            return None
    return 127, "No such file or directory"


def is_simulated(ctx: Context, command: str) -> bool:
    """Tells whether a command that is there can be run in the lab."""
    found = ctx.machine.find(command)
    return found is None or found in SHELLS or find_tool(found) is not None


def start(ctx: Context, argv: Sequence[str], changes: Mapping[str, str | None], stdin: str | None = None) -> int:
    """Starts a command with some variables of the environment set (or, None, taken away); returns its process id."""
    variables = ctx.shell.variables
    kept = {name: variables.keep(name) for name in changes}
    for name, value in changes.items():
        if value is None:
            variables.unset(name)
        else:
            variables.set(name, value)
            variables.flag(name, "x")
    try:
        return ctx.shell.spawn(list(argv), stdin=stdin)
    finally:
        for name, was in kept.items():
            variables.restore(name, was)


def run(
    ctx: Context, argv: Sequence[str], changes: Mapping[str, str | None], stdin: str | None = None
) -> Generator[Wait, Any, int]:
    """Runs a command to its end with a changed environment; as Context.run otherwise."""
    pid = ctx.state.get("@child")
    if pid is None:
        pid = ctx.state["@child"] = start(ctx, argv, changes, stdin)
    yield Children((pid,))
    del ctx.state["@child"]
    return ctx.shell.kernel.reap(pid)
