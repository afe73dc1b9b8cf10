"""rm, rmdir, unlink: remove files and directories. Source: GNU coreutils."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Steps, Wait, tool

RM = Usage("""
Usage: rm [OPTION]... [FILE]...
Remove files, with -r also directories.

  -d, --dir              empty directories
  -f, --force            never ask, say nothing about what is not there
  -i                     ask before each
  -I                     nothing
      --interactive[=WHEN]   ask: never, once or always
      --no-preserve-root   allow the root directory
      --one-file-system  nothing
      --preserve-root[=all]  not the root directory (as without it)
  -r, -R, --recursive    directories and all that is in them
  -v, --verbose          tell what is done
""")
RMDIR = Usage("""
Usage: rmdir [OPTION]... DIRECTORY...
Remove directories that are empty.

      --ignore-fail-on-non-empty   say nothing about those that are not empty
  -p, --parents                    and those above them
  -v, --verbose                    tell what is done
""")


@tool("rm")
def rm(ctx: Context) -> Steps:
    """rm [-dfirv] file ..."""
    given = RM.parse(ctx)
    if not given.operands and not given.has("f"):
        RM.fail(ctx, "missing operand")
    asks = given.last("i", "f") == "i" or given.value("interactive") == "always"
    for operand in ctx.each(given.operands):
        if asks and not (yield from _agreed(ctx, operand)):
            continue
        ctx.state["status"] = ctx.state.get("status", 0) | _removed(ctx, given, operand)
    return int(ctx.state.get("status", 0))


def _agreed(ctx: Context, operand: str) -> Generator[Wait, Any, bool]:
    if not ctx.files.exists(ctx.path(operand), follow=False):
        return True
    stat = ctx.files.stat(ctx.path(operand), follow=False)
    if not ctx.state.get("asked"):
        kind = {"dir": "directory", "link": "symbolic link"}.get(stat.type, "regular file")
        empty = "empty " if stat.type == "file" and not stat.size else ""
        ctx.error(f"{ctx.name}: remove {'regular empty file' if empty else kind} '{operand}'? ")
        ctx.state["asked"] = True
    line = yield from ctx.line()
    ctx.state["asked"] = False
    return (line or "").strip()[:1] in ("y", "Y")


def _removed(ctx: Context, given: Given, operand: str) -> int:
    path = ctx.path(operand.rstrip("/") or "/")
    last = operand.rstrip("/").rpartition("/")[2]
    if last in (".", "..") and given.has("r"):
        return ctx.complain(f"refusing to remove '.' or '..' directory: skipping '{operand}'")
    try:
        stat = ctx.files.stat(path, follow=False)
    except FileError as error:
        if given.has("f") and error.code in ("ENOENT", "ENOTDIR"):
            return 0
        return ctx.complain(f"cannot remove '{operand}': {error.reason}")
    if stat.is_dir and not given.has("r"):
        if not given.has("d"):
            return ctx.complain(f"cannot remove '{operand}': Is a directory")
        try:
            ctx.files.rmdir(path)
        except FileError as error:
            return ctx.complain(f"cannot remove '{operand}': {error.reason}")
        return 0
    if ctx.files.realpath(path) == "/" and not given.has("no-preserve-root"):
        ctx.complain(f"it is dangerous to operate recursively on '{operand}'")
        return ctx.complain("use --no-preserve-root to override this failsafe")
    return _remove_tree(ctx, given, operand, path, is_dir=stat.is_dir)


def _remove_tree(ctx: Context, given: Given, name: str, path: str, *, is_dir: bool) -> int:
    """Removes all that can be removed, as rm does: a failure does not spare the rest."""
    files, status = ctx.files, 0
    try:
        if is_dir:
            for child in files.listdir(path):
                below = f"{path}/{child}"
                inner = files.stat(below, follow=False).is_dir
                status |= _remove_tree(ctx, given, f"{name.rstrip('/')}/{child}", below, is_dir=inner)
            if status:
                return status
            files.rmdir(path)
        else:
            files.remove(path)
    except FileError as error:
        return ctx.complain(f"cannot remove '{name}': {error.reason}")
    if given.has("v"):
        ctx.print(f"removed {'directory ' if is_dir else ''}'{name}'")
    return status


@tool("rmdir")
def rmdir(ctx: Context) -> int:
    """rmdir [-pv] directory ..."""
    given = RMDIR.parse(ctx)
    status = 0
    for operand in RMDIR.operands(ctx, given, 1):
        todo = operand.rstrip("/") or "/"
        while todo:
            if given.has("v"):
                ctx.print(f"rmdir: removing directory, '{todo}'")
            try:
                ctx.files.rmdir(ctx.path(todo))
            except FileError as error:
                if not (error.code == "ENOTEMPTY" and given.has("ignore-fail-on-non-empty")):
                    what = "failed to remove directory" if todo != operand.rstrip("/") else "failed to remove"
                    status = ctx.complain(f"{what} '{todo}': {error.reason}")
                break
            todo = todo.rpartition("/")[0] if given.has("p") else ""
    return status


UNLINK = Usage("""
Usage: unlink FILE
Remove a file.
""")


@tool("unlink")
def unlink(ctx: Context) -> int:
    """unlink file"""
    (operand,) = UNLINK.operands(ctx, UNLINK.parse(ctx), 1, 1)
    try:
        ctx.files.remove(ctx.path(operand))
    except FileError as error:
        return ctx.complain(f"cannot unlink '{operand}': {error.reason}")
    return 0
