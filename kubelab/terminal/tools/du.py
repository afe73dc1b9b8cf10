"""du and df: how much room files take, and how much there is. Source: GNU coreutils."""

from __future__ import annotations

import re

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.files import FileSystem
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.sizes import human
from kubelab.terminal.tool import Context, Exit, tool
from kubelab.terminal.tools.ls import blocks

DU = Usage("""
Usage: du [OPTION]... [FILE]...
Show how much room directories and what is in them take, in units of 1024 bytes.

  -a, --all               also files
      --apparent-size     the sizes of the contents
  -b, --bytes             as --apparent-size, in bytes
  -c, --total             a sum at the end
  -d, --max-depth=N       only directories at most N deep
  -h, --human-readable    sizes such as 1K, 2.5M
  -k                      nothing: units are 1024 bytes
  -m                      units of 1 MiB
  -s, --summarize         only one line for each argument
  -S, --separate-dirs     without what is in directories below
  -x, --one-file-system   nothing
""", not_simulated="-0 --null -B --block-size -D --dereference-args -H -L --dereference -l --count-links -P "
    "--no-dereference -t --threshold --time --exclude -X --exclude-from --inodes --si --files0-from")  # fmt: skip
DF = Usage("""
Usage: df [OPTION]... [FILE]...
Show how much room there is on file systems.

  -a, --all              nothing
  -h, --human-readable   sizes such as 1K, 2.5M
  -i, --inodes           numbers of files
  -k                     nothing: units are 1024 bytes
  -m                     units of 1 MiB
  -P, --portability      POSIX's form
  -T, --print-type       with the type of the file system
""", not_simulated="-B --block-size -H --si -l --local --output --sync --no-sync --total -t --type -x "
    "--exclude-type")  # fmt: skip


@tool("du")
def du(ctx: Context) -> int:
    """du [-abchkms] [-d depth] [file ...]"""
    given = DU.parse(ctx)
    depth = given.value("d", "0" if given.has("s") else "1000")
    if not depth.isdigit():
        raise Exit(1, f"du: invalid maximum depth '{depth}'\nTry 'du --help' for more information.\n")
    if given.has("s") and given.has("a"):
        DU.fail(ctx, "cannot both summarize and show all entries")
    total = status = 0
    for operand in given.operands or ["."]:
        try:
            total += _of(ctx, given, operand, 0, int(depth))
        except FileError as error:
            status = ctx.complain(f"cannot access '{operand}': {error.reason}")
    if given.has("c"):
        ctx.print(f"{_size(given, total)}\ttotal")
    return status


def _of(ctx: Context, given: Given, path: str, depth: int, most: int) -> int:
    """Shows what is below a path; returns how many bytes that takes."""
    stat = ctx.files.stat(ctx.path(path), follow=False)
    apparent = given.has("b", "apparent-size")
    size = own = stat.size if apparent else blocks(stat) * 1024
    if stat.is_dir:
        try:
            names = ctx.files.listdir(ctx.path(path))
        except FileError as error:
            ctx.complain(f"cannot read directory '{path}': {error.reason}")
            names = []
        for name in names:
            below = f"{path.rstrip('/')}/{name}"
            inner = _of(ctx, given, below, depth + 1, most)
            size += inner
            if not ctx.files.stat(ctx.path(below), follow=False).is_dir:
                own += inner
    if depth <= most and (stat.is_dir or given.has("a") or depth == 0):
        ctx.print(f"{_size(given, own if given.has('S') else size)}\t{path}")
    return size


def _size(given: Given, size: int) -> str:
    form = given.last("b", "h", "k", "m")
    if form == "h":
        return human(size)
    return str(size if form == "b" else -(-size // (1024 * 1024)) if form == "m" else -(-size // 1024))


# df


@tool("df")
def df(ctx: Context) -> int:
    """df [-hikmPT] [file ...]"""
    given = DF.parse(ctx)
    status = 0
    places: list[str] = []
    for operand in given.operands:
        try:
            ctx.files.stat(ctx.path(operand))
            places.append(_mount_of(ctx.files, ctx.files.realpath(ctx.path(operand))))
        except FileError as error:
            status = ctx.complain(f"{operand}: {error.reason}")
    if given.operands and not places:
        return status
    rows = [_heading(given)]
    for place in places or ["/", *sorted(ctx.files.mounts)]:
        rows.append(_row(ctx, given, place))
    if not given.has("T"):
        rows = [[row[0], *row[2:]] for row in rows]
    left = {0, len(rows[0]) - 1} | ({1} if given.has("T") else set())
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    least = [14, *([4] if given.has("T") else []), 5, 5, 5, 4, 0]  # columns are never narrower
    widths = [max(width, narrowest) for width, narrowest in zip(widths, least, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) if at in left else cell.rjust(width)
                 for at, (cell, width) in enumerate(zip(row, widths, strict=True))]  # fmt: skip
        ctx.print(" ".join(cells).rstrip())
    return status


def _heading(given: Given) -> list[str]:
    if given.has("i"):
        return ["Filesystem", "Type", "Inodes", "IUsed", "IFree", "IUse%", "Mounted on"]
    form = given.last("h", "k", "m")
    if form == "h":
        return ["Filesystem", "Type", "Size", "Used", "Avail", "Use%", "Mounted on"]
    unit = {"m": "1M-blocks"}.get(form, "1024-blocks" if given.has("P") else "1K-blocks")
    return ["Filesystem", "Type", unit, "Used", "Available", "Capacity" if given.has("P") else "Use%", "Mounted on"]


def _mount_of(files: FileSystem, path: str) -> str:
    found = [point for point in files.mounts if path == point or path.startswith(point + "/")]
    return max(found, key=len, default="/")


def device_of(files: FileSystem, place: str) -> tuple[str, str]:
    """Returns the device and the type of what is mounted at a place."""
    mount = files.mounts.get(place)
    found = files if mount is None else mount.files
    if found.device:
        return found.device, found.kind
    return ("overlay", "overlay") if re.match(r"container", found.tree.name) else ("/dev/sda1", "ext4")


def _row(ctx: Context, given: Given, place: str) -> list[str]:
    files = ctx.files
    mount = files.mounts.get(place)
    tree, quota = (files.tree, files.quota) if mount is None else (mount.files.tree, mount.files.quota)
    used = tree.usage()
    device, kind = device_of(files, place)
    if given.has("i"):
        share = -(-100 * used.files // quota.files)
        return [device, kind, str(quota.files), str(used.files), str(quota.files - used.files), f"{share}%", place]
    share = -(-100 * used.size // quota.size)
    sizes = [_size(given, size) for size in (quota.size, used.size, quota.size - used.size)]
    return [device, kind, *sizes, f"{share}%", place]
