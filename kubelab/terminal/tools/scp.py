"""scp: files from one machine to another, over ssh. Source: scp(1); OpenSSH 9.6, scp.c in its SFTP mode."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.files import FileSystem
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, Steps, Wait, tool
from kubelab.terminal.tools.ssh import as_whom, reach

USAGE = Usage("""
Usage: scp [-BCpqrTv] [-P port] [-o ssh_option] source ... target
Copy files between machines; a file elsewhere is [user@]host:path.

  -3                 through this machine
  -B                 never ask for a password
  -C                 compressed
  -o OPTION          an option of ssh
  -P PORT            the server's port
  -p                 keep the mode
  -q                 no progress
  -r                 directories and all that is in them
  -T                 any file name
  -v                 tell more
""", not_simulated="-A -c -D -F -i -J -l -O -R -S -s -X")  # fmt: skip


class End(NamedTuple):
    """Where a file is, or shall be.

    Args:
        files: of the machine, as the user there sees them.
        path: the whole path.
        name: as it was given.
        host: "" for this machine.
    """

    files: FileSystem
    path: str
    name: str
    host: str


@tool("scp")
def scp(ctx: Context) -> Steps:
    """scp [-r] [[user@]host:]source ... [[user@]host:]target"""
    given = USAGE.parse(ctx)
    if len(given.operands) < 2:
        raise Exit(1, USAGE.text.partition("\n\n")[0] + "\n")
    *sources, target = given.operands
    port = int(given.value("P")) if given.has("P") else 22
    goal = yield from _end(ctx, target, port)
    into = goal.files.is_dir(goal.path)
    if len(sources) > 1 and not into:
        raise Exit(1, f"scp: {goal.name}: Not a directory\n" if goal.files.exists(goal.path) else
                   f"scp: {goal.name}: No such file or directory\n")  # fmt: skip
    status = 0
    for operand in sources:
        source = yield from _end(ctx, operand, port)
        status |= _copy(ctx, source, _inside(goal, source) if into else goal, recursive=given.has("r"))
    return status


def _end(ctx: Context, operand: str, port: int) -> Generator[Wait, Any, End]:
    """Finds out where an operand leads; connects to its machine.

    Raises:
        Exit: with what ssh says when it cannot.
    """
    host, colon, path = operand.partition(":")
    if not colon or "/" in host:
        return End(ctx.files, ctx.path(operand), operand, "")
    user, _, host = host.rpartition("@")
    try:
        node = yield from reach(ctx, host, port)
        user = as_whom(ctx, node, user, host)
    except Exit as failed:
        raise Exit(failed.status, f"{failed.message}scp: Connection closed\n") from None
    files = ctx.shell.kernel.machine_of(node).files.as_user(user)
    accounts = (line.split(":") for line in files.read("/etc/passwd").splitlines())
    home = next((fields[5] for fields in accounts if fields[0] == user), "/")
    path = path.removeprefix("~/") if path != "~" else ""
    return End(files, path if path.startswith("/") else f"{home}/{path}".rstrip("/"), path or ".", host)


def _inside(goal: End, source: End) -> End:
    name = source.path.rstrip("/").rpartition("/")[2]
    return goal._replace(path=f"{goal.path.rstrip('/')}/{name}", name=f"{goal.name.rstrip('/')}/{name}")


def _copy(ctx: Context, source: End, goal: End, *, recursive: bool) -> int:
    """Copies one file or directory; returns 1 when something of it could not be copied."""
    try:
        stat = source.files.stat(source.path)
    except FileError as error:
        where = f"{source.name}" if source.host else f'stat local "{source.name}"'
        return ctx.complain(f"{where}: {error.reason}")
    if not stat.is_dir:
        return _copy_file(ctx, source, goal, stat.mode & 0o777)
    if not recursive:
        kind = f"{source.name}: not a regular file" if source.host else f'local "{source.name}" is not a regular file'
        return ctx.complain(kind)
    status = 0
    try:
        if not goal.files.is_dir(goal.path):
            goal.files.mkdir(goal.path)
        names = source.files.listdir(source.path)
    except FileError as error:
        return ctx.complain(f'remote mkdir "{goal.name}": {error.reason}')
    for name in names:
        child = source._replace(path=f"{source.path}/{name}", name=f"{source.name.rstrip('/')}/{name}")
        status |= _copy(ctx, child, _inside(goal, child), recursive=True)
    return status


def _copy_file(ctx: Context, source: End, goal: End, mode: int) -> int:
    try:
        data = source.files.read_bytes(source.path)
    except FileError as error:
        return ctx.complain(f'{"remote" if source.host else "local"} open "{source.name}": {error.reason}')
    try:
        goal.files.write(goal.path, data, None if goal.files.exists(goal.path) else mode)
    except FileError as error:
        ctx.complain(f'{"dest" if goal.host else "local"} open "{goal.name}": {error.reason}')
        return ctx.complain(f"failed to upload file {source.name} to {goal.name}") if goal.host else 1
    return 0
