"""basename, dirname, realpath, readlink: parts of paths, and where they lead. Source: GNU coreutils."""

from __future__ import annotations

import posixpath

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, tool

BASENAME = Usage("""
Usage: basename NAME [SUFFIX]
   or: basename OPTION... NAME...
Write names without their directories, and without SUFFIX at the end.

  -a, --multiple        all arguments are names
  -s, --suffix=SUFFIX   without SUFFIX; all arguments are names
  -z, --zero            end lines with NUL
""", ordered=True)  # fmt: skip
DIRNAME = Usage("""
Usage: dirname [OPTION] NAME...
Write names without their last parts.

  -z, --zero   end lines with NUL
""")
REALPATH = Usage("""
Usage: realpath [OPTION]... FILE...
Write absolute paths without links, . and ...

  -e, --canonicalize-existing   all parts have to exist
  -m, --canonicalize-missing    no part has to exist
  -q, --quiet                   no messages
      --relative-to=DIR         the way from DIR
  -s, --strip, --no-symlinks    do not follow links
  -z, --zero                    end lines with NUL
""", not_simulated="-L --logical -P --physical --relative-base")  # fmt: skip
READLINK = Usage("""
Usage: readlink [OPTION]... FILE...
Write what links lead to.

  -e, --canonicalize-existing   as realpath; all parts have to exist
  -f, --canonicalize            as realpath; all but the last part have to exist
  -m, --canonicalize-missing    as realpath; no part has to exist
  -n, --no-newline              no newline at the end
  -q, -s, --quiet, --silent     no messages (as without it)
  -v, --verbose                 messages
  -z, --zero                    end lines with NUL
""")


@tool("basename")
def basename(ctx: Context) -> int:
    """basename name [suffix] | basename -a [-s suffix] name ..."""
    given = BASENAME.parse(ctx)
    many = given.has("a", "s")
    operands = BASENAME.operands(ctx, given, 1, None if many else 2)
    suffix = given.value("s") if many else (operands[1] if len(operands) > 1 else "")
    for name in operands if many else operands[:1]:
        last = name.rstrip("/").rpartition("/")[2] or ("/" if name else "")
        if suffix and last != suffix:
            last = last.removesuffix(suffix)
        ctx.write(last + ("\0" if given.has("z") else "\n"))
    return 0


@tool("dirname")
def dirname(ctx: Context) -> int:
    """dirname name ..."""
    given = DIRNAME.parse(ctx)
    for name in DIRNAME.operands(ctx, given, 1):
        above = name.rstrip("/").rpartition("/")
        directory = above[0].rstrip("/") or ("/" if name.startswith("/") else ".")
        ctx.write(directory + ("\0" if given.has("z") else "\n"))
    return 0


def canonical(ctx: Context, path: str, mode: str) -> str:
    """Returns an absolute path without links.

    Args:
        mode: "e": all parts have to exist; "f": all but the last; "m": none.

    Raises:
        FileError: when a part does not exist that has to.
    """
    full = ctx.path(path)
    if not path:
        raise FileError("ENOENT", path)
    try:
        found = ctx.files.realpath(full.rstrip("/") or "/")
        if mode == "e":
            ctx.files.stat(found)
        return found
    except FileError as error:
        if mode != "m":
            raise
        above, _, name = posixpath.normpath(full).rpartition("/")
        if error.code not in ("ENOENT", "ENOTDIR") or not name:
            raise
        return f"{canonical(ctx, above or '/', 'm').rstrip('/')}/{name}"


@tool("realpath")
def realpath(ctx: Context) -> int:
    """realpath [-ems] [--relative-to=directory] file ..."""
    given = REALPATH.parse(ctx)
    status = 0
    for name in REALPATH.operands(ctx, given, 1):
        try:
            if given.has("s"):
                path = posixpath.normpath(ctx.path(name))
            else:
                path = canonical(ctx, name, given.last("e", "m") or "f")
        except FileError as error:
            status = 1 if given.has("q") else ctx.complain(f"{name}: {error.reason}")
            continue
        if given.has("relative-to"):
            path = posixpath.relpath(path, canonical(ctx, given.value("relative-to"), "m"))
        ctx.write(path + ("\0" if given.has("z") else "\n"))
    return status


@tool("readlink")
def readlink(ctx: Context) -> int:
    """readlink [-efmn] file ..."""
    given = READLINK.parse(ctx)
    operands = READLINK.operands(ctx, given, 1)
    mode = given.last("e", "f", "m")
    end = "" if given.has("n") and len(operands) == 1 else "\0" if given.has("z") else "\n"
    status = 0
    for name in operands:
        try:
            if mode:
                ctx.write(canonical(ctx, name, mode) + end)
                continue
            stat = ctx.files.stat(ctx.path(name), follow=False)
            if stat.type != "link":
                raise FileError("EINVAL", name)
            ctx.write(stat.target + end)
        except FileError as error:
            status = 1
            if given.has("v"):
                ctx.complain(f"{name}: {error.reason}")
    return status
