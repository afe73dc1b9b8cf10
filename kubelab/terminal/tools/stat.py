"""stat: all that is known of a file. Source: GNU coreutils."""

from __future__ import annotations

import re
import zlib

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.files import Stat
from kubelab.terminal import users
from kubelab.terminal.dates import write_date
from kubelab.terminal.options import Usage
from kubelab.terminal.shell.escapes import unescape
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.ls import blocks, links_of, mode_text

USAGE = Usage("""
Usage: stat [OPTION]... FILE...
Show what is known of files.

  -c, --format=FORMAT     in this format: %n name, %s size, %a mode, %A mode in letters, %U owner, %G group, ...
  -L, --dereference       of what links lead to
      --printf=FORMAT     as -c, without newlines; with backslash escapes
  -t, --terse             in one line
""", not_simulated="-f --file-system --cached")  # fmt: skip
KINDS = {
    "file": "regular file",
    "dir": "directory",
    "link": "symbolic link",
    "char": "character special file",
    "block": "block special file",
    "socket": "socket",
}
BITS = {"dir": 0o40000, "file": 0o100000, "link": 0o120000, "char": 0o20000, "block": 0o60000, "socket": 0o140000}
_CODE = re.compile(r"%([-#0 ]*)(\d*)([a-zA-Z%])")


@tool("stat")
def stat(ctx: Context) -> int:
    """stat [-L] [-c format | --printf=format] file ..."""
    given = USAGE.parse(ctx)
    status = 0
    for name in USAGE.operands(ctx, given, 1):
        try:
            facts = ctx.files.stat(ctx.path(name), follow=given.has("L"))
        except FileError as error:
            status = ctx.complain(f"cannot statx '{name}': {error.reason}")
            continue
        form = given.last("c", "printf", "t")
        if form == "c":
            ctx.print(_filled(ctx, given.value("c"), name, facts))
        elif form == "printf":
            ctx.write(_filled(ctx, unescape(given.value("printf"))[0], name, facts))
        elif form == "t":
            ctx.print(_filled(ctx, "%n %s %b %f %u %g %D %i %h 0 0 %X %Y %Z %W %o", name, facts))
        else:
            ctx.print(_long(ctx, name, facts))
    return status


def _long(ctx: Context, name: str, facts: Stat) -> str:
    form = (
        "  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: 8,1\tInode: %-11i Links: %h\n"
        "Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w"
    )
    return _filled(ctx, form.replace("%10.10A", "%10A"), name, facts)


def _filled(ctx: Context, form: str, name: str, facts: Stat) -> str:
    return _CODE.sub(lambda match: _field(ctx, match, name, facts), form)


def _field(ctx: Context, match: re.Match[str], name: str, facts: Stat) -> str:
    flags, width, code = match.groups()
    kind = KINDS[facts.type]
    if facts.type == "file" and not facts.size:
        kind = "regular empty file"
    shown = f"'{name}'" if facts.type != "link" else f"'{name}' -> '{facts.target}'"
    time = write_date("%Y-%m-%d %H:%M:%S.%N +0000", facts.mtime)
    inode = zlib.crc32(ctx.files.realpath(ctx.path(name)).encode("utf-8", "replace")) % 9_000_000 + 131_072
    bits = BITS[facts.type]
    values = {
        "n": name, "N": shown, "s": facts.size, "a": f"{facts.mode:o}", "A": mode_text(facts),
        "f": f"{bits | facts.mode:x}", "F": kind, "U": facts.owner, "G": facts.group,
        "u": users.user_id(ctx, facts.owner) or 0, "g": users.group_id(ctx, facts.group) or 0,
        "h": links_of(ctx, name, facts), "i": inode, "o": 4096, "B": 512, "b": blocks(facts) * 2,
        "y": time, "x": time, "z": time, "w": time, "Y": int(facts.mtime), "X": int(facts.mtime),
        "Z": int(facts.mtime), "W": int(facts.mtime), "d": 2049, "D": "801", "m": "/", "t": "0", "T": "0", "%": "%",
    }  # fmt: skip
    if code not in values:
        return "?"
    text = str(values[code])
    if not width:
        return text
    return text.ljust(int(width)) if "-" in flags else text.rjust(int(width), "0" if "0" in flags else " ")
