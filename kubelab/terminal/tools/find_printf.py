"""What find's -printf writes. Source: GNU findutils, find(1)."""

from __future__ import annotations

import re

from kubelab.cluster.files import Stat
from kubelab.terminal import users
from kubelab.terminal.dates import write_date
from kubelab.terminal.shell.escapes import unescape
from kubelab.terminal.tool import Context
from kubelab.terminal.tools.ls import blocks, links_of, mode_text

_CODE = re.compile(r"%([-0 ]*)(\d*)(?:\.(\d+))?([TAC].|[a-zA-Z%])")
LETTERS = {"file": "f", "dir": "d", "link": "l", "char": "c", "block": "b", "socket": "s"}


def shown(ctx: Context, form: str, path: str, start: str, depth: int, stat: Stat) -> str:
    """Returns a file in a format."""
    form, _ended = unescape(form)
    return _CODE.sub(lambda match: _field(ctx, match, path, start, depth, stat), form)


def _field(ctx: Context, match: re.Match[str], path: str, start: str, depth: int, stat: Stat) -> str:
    flags, width, places, code = match.groups()
    directory, _, name = path.rstrip("/").rpartition("/")
    if code[0] in "TAC" and len(code) == 2:
        text = _time(code[1], stat.mtime)
    else:
        inner = path[len(start) :].lstrip("/") if path != start else ""
        values = {
            "p": path, "f": name or "/", "h": directory or ("." if "/" not in path else ""), "P": inner, "H": start,
            "d": str(depth), "s": str(stat.size), "y": LETTERS[stat.type], "m": f"{stat.mode:o}", "M": mode_text(stat),
            "u": stat.owner, "g": stat.group, "U": str(users.user_id(ctx, stat.owner) or 0),
            "G": str(users.group_id(ctx, stat.group) or 0), "l": stat.target, "n": str(links_of(ctx, path, stat)),
            "k": str(blocks(stat)), "b": str(blocks(stat) * 2), "t": write_date("%a %b %e %H:%M:%S.%N0 %Y", stat.mtime),
            "%": "%",
        }  # fmt: skip
        if code not in values:
            return match.group()
        text = values[code]
    if places is not None:
        text = text[: int(places)]
    return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))


def _time(letter: str, mtime: float) -> str:
    if letter == "@":
        return f"{mtime:.10f}"
    if letter == "+":
        return write_date("%Y-%m-%d+%H:%M:%S.%N0", mtime)
    if letter == "T":
        return write_date("%H:%M:%S.%N0", mtime)
    if letter == "S":
        return write_date("%S.%N0", mtime)
    return write_date(f"%{letter}", mtime)
