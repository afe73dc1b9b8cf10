"""mv: moves and renames files. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.cp import Copying, destinations

USAGE = Usage("""
Usage: mv [OPTION]... SOURCE DEST
   or: mv [OPTION]... SOURCE... DIRECTORY
Rename files, or move them into a directory.

  -f, --force                  overwrite without asking (as without it)
  -n, --no-clobber             do not overwrite
  -t, --target-directory=DIR   move into DIR
  -T, --no-target-directory    DEST is a file's name
  -u, --update                 only what is newer
  -v, --verbose                tell what is done
""", not_simulated="-b --backup -i --interactive -S --suffix -Z --context --strip-trailing-slashes")  # fmt: skip


@tool("mv")
def mv(ctx: Context) -> int:
    """mv [-fnuv] [-t directory] source ... destination"""
    given = USAGE.parse(ctx)
    status = 0
    for source, goal in destinations(ctx, USAGE, given):
        status |= _moved(ctx, given, source, goal)
    return status


def _moved(ctx: Context, given: Given, source: str, goal: str) -> int:
    files, path = ctx.files, ctx.path
    try:
        stat = files.stat(path(source.rstrip("/") or "/"), follow=False)
    except FileError as error:
        return ctx.complain(f"cannot stat '{source}': {error.reason}")
    if files.exists(path(goal), follow=False):
        there = files.stat(path(goal), follow=False)
        if files.realpath(path(source)) == files.realpath(path(goal)) and stat.type == there.type:
            return ctx.complain(f"'{source}' and '{goal}' are the same file")
        if given.has("n") or (given.has("u") and there.mtime >= stat.mtime):
            return 0
        if there.is_dir and not stat.is_dir:
            return ctx.complain(f"cannot overwrite directory '{goal}' with non-directory")
        if stat.is_dir and not there.is_dir:
            return ctx.complain(f"cannot overwrite non-directory '{goal}' with directory '{source}'")
    try:
        files.rename(path(source), path(goal))
    except FileError as error:
        if error.code == "EXDEV":
            return _carried(ctx, given, source, goal)
        if error.code == "EINVAL":
            return ctx.complain(f"cannot move '{source}' to a subdirectory of itself, '{goal}'")
        return ctx.complain(f"cannot move '{source}' to '{goal}': {error.reason}")
    if given.has("v"):
        ctx.print(f"renamed '{source}' -> '{goal}'")
    return 0


def _carried(ctx: Context, given: Given, source: str, goal: str) -> int:
    """Moves between file systems: copies, then removes."""
    if Copying(ctx, None).copy(source, goal):
        return 1
    try:
        ctx.files.remove_tree(ctx.path(source))
    except FileError as error:
        return ctx.complain(f"cannot remove '{source}': {error.reason}")
    if given.has("v"):
        ctx.print(f"copied '{source}' -> '{goal}'\nremoved '{source}'")
    return 0
