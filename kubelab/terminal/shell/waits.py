"""What only shells wait for, beside the waits of tools (terminal/tool.py)."""

from __future__ import annotations

from typing import NamedTuple


class Prompt(NamedTuple):
    """Go on when a line was typed at the prompt."""


class AnyChild(NamedTuple):
    """Go on when one of these processes has ended."""

    pids: tuple[int, ...]
