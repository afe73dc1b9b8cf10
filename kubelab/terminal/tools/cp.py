"""cp: copies files and directories. Source: GNU coreutils."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, Steps, Wait, tool

USAGE = Usage("""
Usage: cp [OPTION]... SOURCE DEST
   or: cp [OPTION]... SOURCE... DIRECTORY
Copy files, with -r also directories.

  -a, --archive                as -dR --preserve
  -d                           links as links
  -f, --force                  overwrite what may not be written
  -H                           nothing
  -i, --interactive            ask before overwriting
  -L, --dereference            what links lead to
  -n, --no-clobber             do not overwrite
  -P, --no-dereference         links as links
  -p                           keep mode, owner and time
      --preserve[=LIST]        keep mode, owner and time
      --no-preserve=LIST       do not keep them
  -R, -r, --recursive          directories and all that is in them
  -s, --symbolic-link          make links
  -t, --target-directory=DIR   copy into DIR
  -T, --no-target-directory    DEST is a file's name
  -u, --update                 only what is newer
  -v, --verbose                tell what is done
""", not_simulated="-b --backup -l --link -S --suffix -x --one-file-system --parents --reflink "
    "--sparse --remove-destination --strip-trailing-slashes --attributes-only --copy-contents -Z "
    "--context")  # fmt: skip


def destinations(ctx: Context, usage: Usage, given: Given) -> list[tuple[str, str]]:
    """Returns pairs of what is copied, moved or linked, and where to.

    Raises:
        Exit: when the operands do not fit.
    """
    operands = list(given.operands)
    into = given.value("t") if given.has("t") else None
    if not operands:
        usage.fail(ctx, "missing file operand")
    if into is None:
        if len(operands) == 1:
            usage.fail(ctx, f"missing destination file operand after '{operands[0]}'")
        if given.has("T"):
            if len(operands) > 2:
                usage.fail(ctx, f"extra operand '{operands[2]}'")
            return [(operands[0], operands[1])]
        last = operands.pop()
        if not ctx.files.is_dir(ctx.path(last)):
            if len(operands) == 1:
                return [(operands[0], last)]
            exists = ctx.files.exists(ctx.path(last))
            raise Exit(
                1, f"{ctx.name}: target '{last}': {'Not a directory' if exists else 'No such file or directory'}\n"
            )
        into = last
    elif not ctx.files.is_dir(ctx.path(into)):
        exists = ctx.files.exists(ctx.path(into))
        reason = "Not a directory" if exists else "No such file or directory"
        raise Exit(1, f"{ctx.name}: target directory '{into}': {reason}\n")
    return [(source, inside(into, source)) for source in operands]


def inside(directory: str, source: str) -> str:
    """Returns the path that a file gets in a directory."""
    name = source.rstrip("/").rpartition("/")[2] or "."
    return f"{directory.rstrip('/') or ''}/{name}" if name not in (".", "..") else directory


@tool("cp")
def cp(ctx: Context) -> Steps:
    """cp [-afinprsuv] [-t directory] source ... destination"""
    given = USAGE.parse(ctx)
    copying = Copying(ctx, given)
    asks = given.last("i", "n") == "i"
    if asks and given.has("R", "a"):
        raise Exit(1, f"{ctx.name}: option '-i' is simulated in KubeLab for single files only\n")
    pairs = ctx.state.setdefault("pairs", [list(pair) for pair in destinations(ctx, USAGE, given)])
    for source, goal in ctx.each(pairs):
        if asks and not (yield from _agreed(ctx, goal)):
            continue
        ctx.state["status"] = ctx.state.get("status", 0) | copying.copy(source, goal, top=True)
    return int(ctx.state.get("status", 0))


def _agreed(ctx: Context, goal: str) -> Generator[Wait, Any, bool]:
    """Asks whether a file may be overwritten, where there is one."""
    if not ctx.files.exists(ctx.path(goal)):
        return True
    if not ctx.state.get("asked"):
        ctx.error(f"{ctx.name}: overwrite '{goal}'? ")
        ctx.state["asked"] = True
    line = yield from ctx.line()
    ctx.state["asked"] = False
    return (line or "").strip()[:1] in ("y", "Y")


class Copying:
    """What one call of cp (or of mv between file systems) copies."""

    def __init__(self, ctx: Context, given: Given | None) -> None:
        self.ctx = ctx
        self.files = ctx.files
        has = given.has if given is not None else lambda *_names: False
        self.recursive = given is None or has("R", "a")
        self.preserve = given is None or has("a", "p", "preserve")
        self.links = given is None or (has("a", "d", "P") or (has("R") and not has("L")))
        self.link, self.keep, self.update = has("s"), has("n"), has("u")
        self.force, self.verbose = has("f"), has("v")

    def copy(self, source: str, goal: str, *, top: bool = False) -> int:
        """Copies one file or directory; returns 1 when something could not be copied."""
        ctx, path = self.ctx, self.ctx.path
        try:
            stat = self.files.stat(path(source), follow=not self.links or (top and source.endswith("/")))
        except FileError as error:
            return ctx.complain(f"cannot stat '{source}': {error.reason}")
        try:
            if stat.is_dir:
                return self._directory(source, goal)
            return self._file(source, goal)
        except FileError as error:
            return ctx.complain(f"cannot create regular file '{goal}': {error.reason}")

    def _directory(self, source: str, goal: str) -> int:
        ctx, path, files = self.ctx, self.ctx.path, self.files
        if not self.recursive:
            return ctx.complain(f"-r not specified; omitting directory '{source}'")
        here, there = files.realpath(path(source)), files.realpath(path(goal))
        if there == here or there.startswith(here.rstrip("/") + "/"):
            return ctx.complain(f"cannot copy a directory, '{source}', into itself, '{goal}'")
        if files.exists(path(goal)) and not files.is_dir(path(goal)):
            return ctx.complain(f"cannot overwrite non-directory '{goal}' with directory '{source}'")
        status = 0
        try:
            names = files.listdir(path(source))
            if not files.is_dir(path(goal)):
                files.mkdir(path(goal))
                self._told(source, goal)
        except FileError as error:
            what = f"cannot access '{source}'" if error.path == path(source) else f"cannot create directory '{goal}'"
            return ctx.complain(f"{what}: {error.reason}")
        for name in names:
            status |= self.copy(f"{source.rstrip('/')}/{name}", f"{goal.rstrip('/')}/{name}")
        self._keep_facts(source, goal)
        return status

    def _told(self, source: str, goal: str) -> None:
        if self.verbose:
            self.ctx.print(f"'{source}' -> '{goal}'")

    def _file(self, source: str, goal: str) -> int:
        ctx, path, files = self.ctx, self.ctx.path, self.files
        stat = files.stat(path(source), follow=not self.links)
        if files.is_dir(path(goal)):
            return ctx.complain(f"cannot overwrite directory '{goal}' with non-directory")
        there = files.stat(path(goal)) if files.exists(path(goal)) else None
        if there is not None:
            if files.realpath(path(source)) == files.realpath(path(goal)):
                return ctx.complain(f"'{source}' and '{goal}' are the same file")
            if self.keep or (self.update and there.mtime >= stat.mtime):
                return 0
        if stat.type == "link" or self.link:
            if files.exists(path(goal), follow=False):
                if self.link and not self.force:
                    return ctx.complain(f"cannot create symbolic link '{goal}': File exists")
                files.remove(path(goal))
            files.symlink(stat.target if stat.type == "link" and not self.link else source, path(goal))
            self._told(source, goal)
            return 0
        try:
            data = files.read_bytes(path(source))
        except FileError as error:
            return ctx.complain(f"cannot open '{source}' for reading: {error.reason}")
        if there is not None and self.force and not files.may(path(goal), "write"):
            files.remove(path(goal))
        try:
            files.write(path(goal), data, None if there is not None else stat.mode & 0o777)
        except FileError as error:
            if goal.endswith("/"):
                return ctx.complain(f"cannot create regular file '{goal}': Not a directory")
            return ctx.complain(f"cannot create regular file '{goal}': {error.reason}")
        self._told(source, goal)
        self._keep_facts(source, goal)
        return 0

    def _keep_facts(self, source: str, goal: str) -> None:
        files, path = self.files, self.ctx.path
        stat = files.stat(path(source))
        if files.is_dir(path(goal)) and not self.preserve:
            return
        if self.preserve:
            files.chmod(path(goal), stat.mode)
            if files.user in (None, "root", "0"):
                files.chown(path(goal), stat.owner, stat.group)
            files.touch(path(goal), stat.mtime)
