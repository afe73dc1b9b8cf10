"""env and printenv: the environment, and commands in another one. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.terminal.options import Usage
from kubelab.terminal.running import problem, run
from kubelab.terminal.tool import Context, Exit, Steps, tool

ENV = Usage("""
Usage: env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]
Run COMMAND with variables set, or list the environment.

  -0, --null                 end lines with NUL
  -C, --chdir=DIR            run it in DIR
  -i, --ignore-environment   begin with an empty environment
  -u, --unset=NAME           take a variable away
""", not_simulated="-S --split-string -v --debug --block-signal --default-signal --ignore-signal "
    "--list-signal-handling", status=125, ordered=True)  # fmt: skip
PRINTENV = Usage("""
Usage: printenv [OPTION]... [VARIABLE]...
Write values of variables of the environment, or all of it.

  -0, --null   end lines with NUL
""", status=2)  # fmt: skip


@tool("env")
def env(ctx: Context) -> Steps:
    """env [-i] [-u name] [name=value ...] [command [argument ...]]"""
    given = ENV.parse(ctx)
    operands = list(given.operands)
    empty = given.has("i")
    if operands[:1] == ["-"]:
        empty = True
        operands.pop(0)
    changes: dict[str, str | None] = dict.fromkeys(ctx.env) if empty else {}
    for name in given.all("u"):
        changes[name] = None
    while operands and "=" in operands[0]:
        name, _, value = operands.pop(0).partition("=")
        changes[name] = value
    if operands:
        fault = problem(ctx, operands[0])
        if fault is not None:
            raise Exit(fault[0], f"env: '{operands[0]}': {fault[1]}\n")
        if given.has("C"):
            ctx.shell.cwd, kept = ctx.files.realpath(ctx.path(given.value("C"))), ctx.shell.cwd
            status = yield from run(ctx, operands, changes)
            ctx.shell.cwd = kept
            return status
        return (yield from run(ctx, operands, changes))
    end = "\0" if given.has("0") else "\n"
    shown = {name: value for name, value in ctx.env.items() if name not in changes}
    shown |= {name: value for name, value in changes.items() if value is not None}
    ctx.write("".join(f"{name}={value}{end}" for name, value in shown.items()))
    return 0


@tool("printenv")
def printenv(ctx: Context) -> int:
    """printenv [name ...]"""
    given = PRINTENV.parse(ctx)
    end = "\0" if given.has("0") else "\n"
    if not given.operands:
        ctx.write("".join(f"{name}={value}{end}" for name, value in ctx.env.items()))
        return 0
    found = [name for name in given.operands if name in ctx.env]
    ctx.write("".join(f"{ctx.env[name]}{end}" for name in found))
    return int(len(found) < len(given.operands))
