"""du and df: how much room files take, and how much there is. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node import filesystems
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.filesystems import Mounted
from kubelab.terminal.nfsserver import NfsMachine
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

  -a, --all              also places of a disk that is shown already
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
    status, table = 0, mounted(ctx)
    places: list[str] = []
    for operand in given.operands:
        try:
            ctx.files.stat(ctx.path(operand))
            places.append(_mount_of(table, ctx.files.realpath(ctx.path(operand))))
        except FileError as error:
            status = ctx.complain(f"{operand}: {error.reason}")
    if given.operands and not places:
        return status
    rows = [_heading(given)]
    if places:
        chosen = [each for place in places for each in table if each.place == place]
    else:
        chosen = [each for each in table if each.size] if given.has("a") else _once(table)
    rows += [_row(given, each) for each in chosen]
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


def _mount_of(table: list[Mounted], path: str) -> str:
    found = [each.place for each in table if each.size and (path == each.place or path.startswith(each.place + "/"))]
    return max(found, key=len, default="/")


def mounted(ctx: Context) -> list[Mounted]:
    """Returns what is mounted where the command runs."""
    machine, files = ctx.machine, ctx.files
    if isinstance(machine, Container):
        return filesystems.of_container(machine)
    if machine.place.get("kind") == "node":
        return filesystems.of_node(machine.cluster, machine.place["node"])
    if isinstance(machine, NfsMachine):
        return filesystems.of_server(machine.cluster)
    found = []
    for place, own in [("/", files), *((point, mount.files) for point, mount in sorted(files.mounts.items()))]:
        device, kind = (own.device, own.kind) if own.device else (filesystems.DISK, "ext4")
        options = f"{'ro' if own.read_only else 'rw'},relatime"
        found.append(Mounted(device, place, kind, options, own.quota.size // 1024, -(-own.tree.usage().size // 1024)))
    return found


def _once(table: list[Mounted]) -> list[Mounted]:
    """Leaves one place of a disk that is seen at several: the one with the shortest path (filter_mount_list)."""
    shown: list[Mounted] = []
    for each in table:
        before = next((at for at, other in enumerate(shown) if other.device == each.device), None)
        if not each.size:
            continue
        if before is None or not each.device.startswith("/"):
            shown.append(each)
        elif len(each.place) < len(shown[before].place):
            shown[before] = each
    return shown


def _row(given: Given, each: Mounted) -> list[str]:
    size, used = each.size, each.used
    if given.has("i"):
        files, taken = size // filesystems.INODE, max(used // 24, 1)
        return [each.device, each.kind, str(files), str(taken), str(files - taken), f"{-(-100 * taken // files)}%",
                each.place]  # fmt: skip
    sizes = [_size(given, part * 1024) for part in (size, used, size - used)]
    return [each.device, each.kind, *sizes, f"{-(-100 * used // size)}%", each.place]
