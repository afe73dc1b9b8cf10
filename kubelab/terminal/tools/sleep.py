"""sleep: waits for virtual time to pass. Source: GNU coreutils."""

from __future__ import annotations

import re

from kubelab.terminal.tool import Context, Sleep, Steps, tool

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
FOREVER = 1e10  # seconds


@tool("sleep")
def sleep(ctx: Context) -> Steps:
    """sleep number[smhd] ..."""
    until = ctx.state.get("until")
    if until is None:
        if not ctx.args:
            ctx.error("sleep: missing operand\nTry 'sleep --help' for more information.\n")
            return 1
        seconds = 0.0
        for arg in ctx.args:
            match = re.fullmatch(r"\+?((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([smhd]?)", arg)
            if arg in ("infinity", "inf"):
                seconds += FOREVER
            elif not match:
                ctx.error(f"sleep: invalid time interval '{arg}'\nTry 'sleep --help' for more information.\n")
                return 1
            else:
                seconds += float(match.group(1)) * _UNITS[match.group(2)]
        until = ctx.state["until"] = ctx.now + min(seconds, FOREVER)
    yield Sleep(until)
    return 0
