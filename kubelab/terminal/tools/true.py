"""true, false and the shell's `:`: do nothing, successfully or not. Source: GNU coreutils, bash(1)."""

from __future__ import annotations

from kubelab.terminal.tool import Context, tool


@tool("true", ":")
def true(ctx: Context) -> int:
    """true"""
    return 0


@tool("false")
def false(ctx: Context) -> int:
    """false"""
    return 1
