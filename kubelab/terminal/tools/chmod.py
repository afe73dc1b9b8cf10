"""chmod, chown and chgrp: modes and owners. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.files import Stat
from kubelab.terminal import users
from kubelab.terminal.modes import Mode, ModeFault
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, tool
from kubelab.terminal.tools.ls import mode_text

CHMOD = Usage("""
Usage: chmod [OPTION]... MODE[,MODE]... FILE...
   or: chmod [OPTION]... OCTAL-MODE FILE...
Change who may do what with files.

  -c, --changes          tell what is changed
  -f, --silent, --quiet  no messages
  -R, --recursive        and all that is in directories
      --reference=RFILE  the mode of RFILE
  -v, --verbose          tell what is done
""", not_simulated="--no-preserve-root --preserve-root")  # fmt: skip
CHOWN = Usage("""
Usage: chown [OPTION]... [OWNER][:[GROUP]] FILE...
Change whose files are.

  -c, --changes          tell what is changed
  -f, --silent, --quiet  no messages
  -h, --no-dereference   nothing
  -R, --recursive        and all that is in directories
      --reference=RFILE  owner and group of RFILE
  -v, --verbose          tell what is done
""", not_simulated="--from --no-preserve-root --preserve-root -H -L -P --dereference")  # fmt: skip
RIGHTS = "rwxXstugo"


def _letters(args: list[str]) -> list[str]:
    """Keeps modes such as -w from being taken for options."""
    for at, arg in enumerate(args):
        if arg.startswith("-") and arg[1:2] in RIGHTS and len(arg) > 1:
            return [*args[:at], "--", *args[at:]]
    return args


@tool("chmod")
def chmod(ctx: Context) -> int:
    """chmod [-Rv] mode file ..."""
    given = CHMOD.parse(ctx, _letters(ctx.args))
    operands = list(given.operands)
    if given.has("reference"):
        mode = Mode(f"{ctx.files.stat(ctx.path(given.value('reference'))).mode:o}")
    else:
        CHMOD.operands(ctx, given, 2 if operands else 1)
        text = operands.pop(0)
        try:
            mode = Mode(text)
        except ModeFault:
            CHMOD.fail(ctx, f"invalid mode: '{text}'")
    status = 0
    for path in _all(ctx, given, operands):
        try:
            stat = ctx.files.stat(ctx.path(path))
            wanted = mode.applied(stat.mode, is_dir=stat.is_dir, umask=ctx.shell.umask)
            ctx.files.chmod(ctx.path(path), wanted)
        except FileError as error:
            what = "cannot access" if error.code in ("ENOENT", "ENOTDIR") else "changing permissions of"
            status = 1 if given.has("f") else ctx.complain(f"{what} '{path}': {error.reason}")
            continue
        if given.has("v") or (given.has("c") and wanted != stat.mode):
            _told(ctx, path, stat, wanted)
    return status


def _told(ctx: Context, path: str, stat: Stat, wanted: int) -> None:
    def shown(mode: int) -> str:
        return f"{mode:04o} ({mode_text(Stat('file', mode, '', '', 0, 0.0))[1:]})"

    if wanted == stat.mode:
        ctx.print(f"mode of '{path}' retained as {shown(wanted)}")
    else:
        ctx.print(f"mode of '{path}' changed from {shown(stat.mode)} to {shown(wanted)}")


def _all(ctx: Context, given: Given, operands: list[str]) -> list[str]:
    if not given.has("R"):
        return operands
    found = []
    for operand in operands:
        full = ctx.path(operand).rstrip("/")
        for path in ctx.files.walk(full):
            if path == full or ctx.files.stat(path, follow=False).type != "link":
                found.append(operand.rstrip("/") + path[len(full) :])
    return found


@tool("chown", "chgrp")
def chown(ctx: Context) -> int:
    """chown [-Rv] [owner][:[group]] file ... | chgrp [-Rv] group file ..."""
    given = CHOWN.parse(ctx)
    operands = list(given.operands)
    owner: str | None
    group: str | None
    if given.has("reference"):
        like = ctx.files.stat(ctx.path(given.value("reference")))
        owner, group = like.owner if ctx.name == "chown" else None, like.group
    else:
        CHOWN.operands(ctx, given, 2 if operands else 1)
        owner, group = _owners(ctx, operands.pop(0))
    status = 0
    for path in _all(ctx, given, operands):
        try:
            ctx.files.chown(ctx.path(path), owner, group)
        except FileError as error:
            missing = error.code in ("ENOENT", "ENOTDIR")
            thing = "group" if ctx.name == "chgrp" else "ownership"
            what = "cannot access" if missing else f"changing {thing} of"
            status = 1 if given.has("f") else ctx.complain(f"{what} '{path}': {error.reason}")
            continue
        if given.has("v"):
            named = f"{owner or ''}{':' + group if group and owner else group or ''}"
            ctx.print(f"changed {'group' if ctx.name == 'chgrp' else 'ownership'} of '{path}' to {named}")
    return status


def _owners(ctx: Context, text: str) -> tuple[str | None, str | None]:
    """Reads OWNER:GROUP; names where /etc/passwd and /etc/group have some, else numbers."""
    if ctx.name == "chgrp":
        owner, group = "", text
    else:
        owner, colon, group = text.partition(":" if ":" in text else ".")
    user = users.user_id(ctx, owner) if owner else None
    if owner and user is None:
        raise Exit(1, f"{ctx.name}: invalid user: '{text}'\n")
    number = users.group_id(ctx, group) if group else None
    if group and number is None:
        raise Exit(1, f"{ctx.name}: invalid group: '{text}'\n")
    if ctx.name != "chgrp" and colon and not group and user is not None:
        number = users.main_group(ctx, users.user_name(ctx, user))
    return (
        None if user is None else users.user_name(ctx, user),
        None if number is None else users.group_name(ctx, number),
    )
