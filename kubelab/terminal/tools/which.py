"""which: where programs are. Source: Debian's which."""

from __future__ import annotations

from kubelab.terminal.options import Usage
from kubelab.terminal.running import problem
from kubelab.terminal.tool import Context, tool

USAGE = Usage("""
Usage: which [-as] NAME...
Write the paths of programs.

  -a   all of them
  -s   nothing; the exit status tells
""", status=2)  # fmt: skip


@tool("which")
def which(ctx: Context) -> int:
    """which [-a] name ..."""
    given = USAGE.parse(ctx)
    status = 0 if given.operands else 1
    for name in given.operands:
        if "/" in name:
            found = [name] if problem(ctx, name) is None else []
        else:
            places = [f"{directory}/{name}" for directory in ctx.env.get("PATH", "").split(":")]
            found = [path for path in places if ctx.files.is_file(path) and ctx.files.may(path, "execute")]
        if not given.has("s"):
            ctx.write("".join(path + "\n" for path in (found if given.has("a") else found[:1])))
        status |= not found
    return status
