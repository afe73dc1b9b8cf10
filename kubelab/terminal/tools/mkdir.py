"""mkdir and mktemp: make directories and files of one's own. Source: GNU coreutils."""

from __future__ import annotations

import re

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.modes import Mode, ModeFault
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, tool

MKDIR = Usage("""
Usage: mkdir [OPTION]... DIRECTORY...
Make directories.

  -m, --mode=MODE   with this mode, as chmod takes it
  -p, --parents     and those above them; no error where they are there
  -v, --verbose     tell what is done
""", not_simulated="-Z --context")  # fmt: skip
MKTEMP = Usage("""
Usage: mktemp [OPTION]... [TEMPLATE]
Make a file with a name that no other has; X in TEMPLATE are replaced.

  -d, --directory       a directory
  -p, --tmpdir[=DIR]    in DIR, $TMPDIR or /tmp
  -q, --quiet           say nothing when it fails
      --suffix=SUFF     SUFF behind the name
  -t                    in $TMPDIR or /tmp
  -u, --dry-run         only write a name
""")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@tool("mkdir")
def mkdir(ctx: Context) -> int:
    """mkdir [-pv] [-m mode] directory ..."""
    given = MKDIR.parse(ctx)
    operands = MKDIR.operands(ctx, given, 1)
    mode = 0o777 & ~ctx.shell.umask
    if given.has("m"):
        try:
            mode = Mode(given.value("m")).applied(0o777, is_dir=True, umask=ctx.shell.umask)
        except ModeFault:
            raise Exit(1, f"mkdir: invalid mode '{given.value('m')}'\n") from None
    status = 0
    for operand in operands:
        todo = [operand.rstrip("/") or "/"]
        if given.has("p"):
            while (above := todo[0].rpartition("/")[0]) and not ctx.files.exists(ctx.path(above)):
                todo.insert(0, above)
        for path in todo:
            if given.has("p") and ctx.files.is_dir(ctx.path(path)):
                continue
            shown = path if given.has("p") else operand
            try:
                ctx.files.mkdir(ctx.path(path), mode if path == todo[-1] else 0o777 & ~ctx.shell.umask)
            except FileError as error:
                if error.code == "ENOTDIR" and given.has("p"):
                    shown = path.rpartition("/")[0] or path
                status = ctx.complain(f"cannot create directory '{shown}': {error.reason}")
                break
            if given.has("v"):
                ctx.print(f"mkdir: created directory '{shown}'")
    return status


@tool("mktemp")
def mktemp(ctx: Context) -> int:
    """mktemp [-dqtu] [-p directory] [--suffix=suffix] [template]"""
    given = MKTEMP.parse(ctx, _joined(ctx.args))
    operands = MKTEMP.operands(ctx, given, 0, 1)
    template = operands[0] if operands else "tmp." + 10 * "X"
    match = re.fullmatch(r"(.*?)(X+)([^X/]*)", template, re.S)
    if not match or len(match.group(2)) < 3:
        raise Exit(1, f"mktemp: too few X's in template '{template}'\n")
    head, xs, tail = match.groups()
    tail += given.value("suffix")
    if not operands or given.has("p", "t"):
        directory = given.value("p") or ctx.env.get("TMPDIR") or "/tmp"
        head = f"{directory.rstrip('/')}/{head}"
    for attempt in range(100):
        drawn = ctx.shell.kernel.random_bytes(len(xs), "mktemp", ctx.shell.pid, attempt)
        path = head + "".join(LETTERS[byte % len(LETTERS)] for byte in drawn) + tail
        if ctx.files.exists(ctx.path(path), follow=False):
            continue
        try:
            if given.has("d") and not given.has("u"):
                ctx.files.mkdir(ctx.path(path), 0o700)
            elif not given.has("u"):
                ctx.files.write(ctx.path(path), "", 0o600)
        except FileError as error:
            what = "directory" if given.has("d") else "file"
            if given.has("q"):
                return 1
            return ctx.complain(f"failed to create {what} via template '{head}{xs}{tail}': {error.reason}")
        ctx.print(path)
        return 0
    return 1


def _joined(args: list[str]) -> list[str]:
    """Joins -p with its argument: getopt's optional ones are joined, mktemp's -p is not optional."""
    joined: list[str] = []
    for arg in args:
        if joined and joined[-1] == "-p":
            joined[-1] = f"-p{arg}"
        else:
            joined.append(arg)
    return joined
