"""timeout and nohup: commands that end in time, or outlive their terminal. Source: GNU coreutils."""

from __future__ import annotations

import re

from kubelab.terminal.options import Usage
from kubelab.terminal.running import problem
from kubelab.terminal.shell.waits import AnyChild
from kubelab.terminal.tool import Context, Exit, Steps, tool

TIMEOUT = Usage("""
Usage: timeout [OPTION] DURATION COMMAND [ARG]...
Run COMMAND, and end it if it still runs after DURATION (seconds, or with s, m, h, d).

      --foreground           nothing
  -k, --kill-after=DURATION  send KILL that long after the first signal
      --preserve-status      the exit status is the command's
  -s, --signal=SIGNAL        send SIGNAL, not TERM
  -v, --verbose              tell what is sent
""", status=125, ordered=True)  # fmt: skip
NOHUP = Usage("""
Usage: nohup COMMAND [ARG]...
Run COMMAND so that it goes on when the terminal is closed.
""", status=125, ordered=True)  # fmt: skip
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+\.?\d*|\.\d+)([smhd]?)", text)
    if not match:
        raise Exit(125, f"timeout: invalid time interval '{text}'\nTry 'timeout --help' for more information.\n")
    return float(match.group(1)) * UNITS[match.group(2)]


@tool("timeout")
def timeout(ctx: Context) -> Steps:
    """timeout [-s signal] [-k duration] [--preserve-status] duration command [argument ...]"""
    given = TIMEOUT.parse(ctx)
    operands = given.operands
    if len(operands) < 2:
        raise Exit(125, "Try 'timeout --help' for more information.\n")
    seconds = _seconds(operands[0])
    name = given.value("s", "TERM").upper().removeprefix("SIG")
    name = {"9": "KILL", "15": "TERM", "2": "INT", "1": "HUP"}.get(name, name)
    later = _seconds(given.value("k")) if given.has("k") else None
    fault = problem(ctx, operands[1])
    if fault is not None:
        raise Exit(fault[0], f"timeout: failed to run command '{operands[1]}': {fault[1]}\n")
    state, kernel = ctx.state, ctx.shell.kernel
    if "command" not in state:
        state["command"] = ctx.shell.spawn(operands[1:])
        state["clock"] = ctx.shell.spawn(["sleep", str(seconds)]) if seconds else None
        state["sent"] = []
    while True:
        clock = state["clock"]
        yield AnyChild((state["command"], *([clock] if clock else [])))  # type: ignore[misc]
        if state["command"] in kernel.exits:
            break
        kernel.reap(clock)
        state["clock"] = None
        signal = "KILL" if state["sent"] else name
        state["sent"].append(signal)
        if given.has("v"):
            ctx.complain(f"sending signal {signal} to command '{operands[1]}'")
        kernel.signal(state["command"], signal)
        if later is not None and signal != "KILL":
            state["clock"] = ctx.shell.spawn(["sleep", str(later)])
    if state["clock"]:
        kernel.signal(state["clock"], "KILL")
        yield AnyChild((state["clock"],))  # type: ignore[misc]
        kernel.reap(state["clock"])
    status = kernel.reap(state["command"])
    if not state["sent"] or given.has("preserve-status"):
        return status
    return 137 if state["sent"][-1] == "KILL" else 124


@tool("nohup")
def nohup(ctx: Context) -> Steps:
    """nohup command [argument ...]"""
    given = NOHUP.parse(ctx)
    operands = NOHUP.operands(ctx, given, 1)
    fault = problem(ctx, operands[0])
    if fault is not None:
        raise Exit(fault[0], f"nohup: failed to run command '{operands[0]}': {fault[1]}\n")
    if ctx.tty and "@child" not in ctx.state:
        ctx.error("nohup: ignoring input and appending output to 'nohup.out'\n")
    if ctx.tty:
        status, text = yield from ctx.capture(operands, stdin="")
        ctx.files.append(ctx.path("nohup.out"), text)
        return status
    return (yield from ctx.run(operands))
