"""findmnt: what is mounted where, as a tree or what one looks for.

Source: util-linux 2.39, findmnt(8), libsmartcols.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node.filesystems import Mounted
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, tool
from kubelab.terminal.tools.du import mounted

USAGE = Usage("""
Usage:
 findmnt [options]
 findmnt [options] <device> | <mountpoint>
 findmnt [options] <device> <mountpoint>
 findmnt [options] [--source <device>] [--target <path> | --mountpoint <dir>]

Find a (mounted) filesystem.

Options:
  -l, --list             use list format output
  -M, --mountpoint DIR   the mountpoint directory
  -n, --noheadings       don't print column headings
  -o, --output LIST      output columns: TARGET, SOURCE, FSTYPE, OPTIONS
  -R, --submounts        print all submounts for the matching filesystems
  -r, --raw              use raw output format
  -S, --source STRING    the device to mount
  -T, --target PATH      the path to the filesystem to use
  -t, --types LIST       limit the set of filesystems by FS types
""", not_simulated="-A --all -a --ascii -b --bytes -C --nocanonicalize -c --canonicalize -D --df -d --direction -e "
    "--evaluate -F --tab-file -f --first-only -i --invert -J --json -k --kernel -m --mtab -N --task -O --options -P "
    "--pairs -p --poll -s --fstab -U --uniq -u --notruncate -v --nofsroot -w --timeout -x --verify --tree --real "
    "--pseudo --shadow --output-all --deleted --dfi")  # fmt: skip
COLUMNS = ("TARGET", "SOURCE", "FSTYPE", "OPTIONS")
BRANCH, LAST, DOWN, EMPTY = "├─", "└─", "│ ", "  "


@tool("findmnt")
def findmnt(ctx: Context) -> int:
    """findmnt [-lnrR] [-t types] [-o columns] [-T path] [-S source] [-M dir] [device|mountpoint]"""
    given = USAGE.parse(ctx)
    columns = _columns(given)
    table = mounted(ctx)
    chosen = _chosen(ctx, given, table)
    if not chosen:
        return 1
    searched = bool(given.operands) or given.has("T", "S", "M", "t")
    if given.has("R"):
        chosen = [each for each in table if any(_is_below(each.place, root.place) for root in chosen)]
    plain = given.has("l", "r") or (searched and not given.has("R", "t"))
    names = [each.place for each in chosen] if plain else list(_tree(chosen))
    order = chosen if plain else [each for each, _ in _walk(chosen)]
    rows = [_row(each, name, columns) for each, name in zip(order, names, strict=True)]
    if not given.has("n"):
        rows.insert(0, list(columns))
    _print(ctx, rows, raw=given.has("r"))
    return 0


def _columns(given: Given) -> tuple[str, ...]:
    wanted = tuple(name.strip().upper() for name in given.value("o").split(",") if name.strip()) or COLUMNS
    for name in wanted:
        if name not in COLUMNS:
            raise Exit(1, f"findmnt: unknown column: {name}\n")
    return wanted


def _chosen(ctx: Context, given: Given, table: list[Mounted]) -> list[Mounted]:
    """Returns the mounts that one looks for; all where nothing is looked for."""
    found = table
    if given.has("t"):
        found = [each for each in found if each.kind in given.value("t").split(",")]
    source, place, path = given.value("S"), given.value("M"), given.value("T")
    words = list(given.operands)
    if len(words) == 2:
        source, place = words
    elif words:
        is_source = any(each.device == words[0] for each in table)
        found = [each for each in found if words[0].rstrip("/") in (each.device, each.place) or each.place == words[0]]
        found = found[:1] if not is_source else found
    if source:
        found = [each for each in found if each.device == source]
    if place:
        found = [each for each in found if each.place == (place.rstrip("/") or "/")][-1:]
    return _holding(ctx, found, path) if path else found


def _holding(ctx: Context, table: list[Mounted], path: str) -> list[Mounted]:
    """Returns the mount that a path lies in."""
    try:
        real = ctx.files.realpath(ctx.path(path))
    except FileError:
        return []
    above = [each for each in table if _is_below(real, each.place)]
    return sorted(above, key=lambda each: len(each.place))[-1:]


def _is_below(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")


def _parent(each: Mounted, table: Sequence[Mounted]) -> Mounted | None:
    """Returns the mount in which another one's mount point lies."""
    above = [other for other in table if other is not each and _is_below(each.place, other.place)]
    return max(above, key=lambda other: len(other.place), default=None)


def _walk(table: Sequence[Mounted]) -> Iterator[tuple[Mounted, str]]:
    """Yields the mounts as a tree lists them, each with the lines before its name."""
    below: dict[str, list[Mounted]] = {}
    for each in table:
        parent = _parent(each, table)
        below.setdefault(parent.place if parent is not None else "", []).append(each)

    def walk(place: str, lead: str) -> Iterator[tuple[Mounted, str]]:
        children = below.get(place, [])
        for each in children:
            is_last = each is children[-1]
            yield each, lead + (LAST if is_last else BRANCH)
            yield from walk(each.place, lead + (EMPTY if is_last else DOWN))

    for root in below.get("", []):
        yield root, ""
        yield from walk(root.place, "")


def _tree(table: Sequence[Mounted]) -> Iterator[str]:
    return (lead + each.place for each, lead in _walk(table))


def _row(each: Mounted, name: str, columns: Sequence[str]) -> list[str]:
    values = {"TARGET": name, "SOURCE": each.device, "FSTYPE": each.kind, "OPTIONS": each.options}
    return [values[column] for column in columns]


def _print(ctx: Context, rows: list[list[str]], *, raw: bool) -> None:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = row if raw else [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        ctx.print(" ".join(cells).rstrip())
