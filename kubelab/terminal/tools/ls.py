"""ls: what is in directories. Source: GNU coreutils; the C locale's order and dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.files import Stat
from kubelab.terminal import users
from kubelab.terminal.dates import write_date
from kubelab.terminal.options import Given, Usage, refuse
from kubelab.terminal.sizes import human
from kubelab.terminal.tool import Context, tool

USAGE = Usage("""
Usage: ls [OPTION]... [FILE]...
List files, and what is in directories (the current one where none is named).

  -a, --all                  also names that begin with .
  -A, --almost-all           as -a, without . and ..
  -B, --ignore-backups       no names that end with ~
  -c                         nothing: there is one time a file
  -C                         in columns
  -d, --directory            directories themselves, not what is in them
  -F, --classify[=WHEN]      with a sign: / directory, * program, @ link
  -f                         as -aU
      --file-type            as -F, without *
      --full-time            as -l --time-style=full-iso
  -g                         as -l, without owners
  -G, --no-group             without groups
  -h, --human-readable       sizes such as 1K, 2.5M
      --si                   as -h, in powers of 1000
      --group-directories-first  directories before files
  -I, --ignore=PATTERN       no names that match the pattern
  -l                         long: mode, links, owner, group, size, time, name
  -L, --dereference          what links lead to
  -m                         in one line, with commas
  -n, --numeric-uid-gid      as -l, with numbers of users and groups
  -N, --literal              names as they are
  -o                         as -l, without groups
  -p                         / behind directories
  -Q, --quote-name           names in double quotes
  -r, --reverse              the other way round
  -R, --recursive            and what is in their directories
  -s, --size                 with the size in blocks
  -S                         the largest first
      --sort=WORD            none, size, time, version, extension, name
  -t                         the newest first
      --time-style=STYLE     full-iso, long-iso, iso or +FORMAT
  -u                         nothing: there is one time a file
  -U                         in the order of the directory
  -v                         by versions
  -w, --width=COLS           the width of the screen
  -x                         in columns, line by line
  -X                         by endings
  -1                         one a line
      --color[=WHEN]         in colours: always, never or auto
""", not_simulated="-b --escape --block-size -D --dired -H --dereference-command-line -i --inode -k --kibibytes -q "
    "--hide-control-chars --hyperlink --indicator-style --quoting-style -T --tabsize -Z --context --zero --author "
    "--format --time --show-control-chars --hide", status=2)  # fmt: skip
HALF_YEAR = 31_556_952 / 2
_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./~^\x80-\U0010ffff#-][A-Za-z0-9_@%+=:,./~^\x80-\U0010ffff#-]*")
DEVICES = {"char": "1, 3", "block": "8, 16"}  # major and minor number
COLOURS = {"dir": "01;34", "link": "01;36", "char": "40;33;01", "block": "40;33;01", "socket": "01;35"}
ARCHIVES = (".tar", ".tgz", ".gz", ".zip", ".bz2", ".xz", ".deb", ".rpm")


class Entry(NamedTuple):
    """What is listed: the name to show, the path, what is known of it."""

    name: str
    path: str
    stat: Stat


@tool("ls", "dir", "vdir")
def ls(ctx: Context) -> int:
    """ls [-aAdFghlnoprRsStvX1] [--color=when] [file ...]"""
    return _Listing(ctx, USAGE.parse(ctx)).run()


class _Listing:
    def __init__(self, ctx: Context, given: Given) -> None:
        self.ctx = ctx
        self.given = given
        self.status = 0
        self.printed = False
        form = given.last("l", "g", "n", "o", "full-time", "C", "x", "m", "1")
        self.long = (given.has("l", "g", "n", "o", "full-time") and form not in ("C", "x", "m")) or ctx.name == "vdir"
        self.columns = form in ("C", "x") or (not form and ctx.tty)
        when = (given.value("color") or "always") if given.has("color") else "never"
        self.colour = when in ("always", "yes") or (when in ("auto", "tty") and ctx.tty)
        self.width = int(given.value("w", str(ctx.columns)))

    def run(self) -> int:
        operands = self.given.operands or ["."]
        entries: list[Entry] = []
        for operand in operands:
            try:
                entries.append(self._entry(operand, operand, follow=not self.long or operand.endswith("/")))
            except FileError as error:
                self.ctx.complain(f"cannot access '{operand}': {error.reason}")
                self.status = 2
        whole = self.given.has("d")
        files = self._ordered([entry for entry in entries if whole or not entry.stat.is_dir])
        directories = [] if whole else self._ordered([entry for entry in entries if entry.stat.is_dir])
        if files:
            self._show(files)
        header = len(operands) > 1 or self.given.has("R")
        for directory in directories:
            self._directory(directory, header=header)
        return self.status

    def _entry(self, name: str, path: str, *, follow: bool = False) -> Entry:
        full = self.ctx.path(path)
        files = self.ctx.files
        if follow or self.given.has("L"):
            try:
                return Entry(name, path, files.stat(full))
            except FileError:
                pass
        return Entry(name, path, files.stat(full, follow=False))

    def _directory(self, directory: Entry, *, header: bool) -> None:
        path = directory.path
        try:
            names = self.ctx.files.listdir(self.ctx.path(path))
        except FileError as error:
            self.ctx.complain(f"cannot open directory '{path}': {error.reason}")
            self.status = 2
            return
        if header:
            self.ctx.print(f"{chr(10) if self.printed else ''}{self._quoted(path)}:")
            self.printed = True
        stem = path if path.endswith("/") else f"{path}/"
        entries = [self._entry(name, stem + name) for name in self._wanted(names)]
        if self.given.has("a", "f"):
            entries[:0] = [self._entry(name, stem + name) for name in (".", "..")]
        entries = self._ordered(entries)
        if self.long or self.given.has("s"):
            total = sum(blocks(entry.stat) for entry in entries)
            self.ctx.print(f"total {self._size(total * 1024) if self.given.has('h', 'si') else total}")
        self._show(entries)
        if self.given.has("R"):
            for entry in entries:
                if entry.stat.is_dir and entry.name not in (".", ".."):
                    self._directory(entry, header=True)

    def _wanted(self, names: list[str]) -> list[str]:
        from fnmatch import fnmatchcase

        if not self.given.has("a", "A", "f"):
            names = [name for name in names if not name.startswith(".")]
        ignored = [*self.given.all("I"), *(["*~"] if self.given.has("B") else [])]
        return [name for name in names if not any(fnmatchcase(name, pattern) for pattern in ignored)]

    def _ordered(self, entries: list[Entry]) -> list[Entry]:
        order = self.given.last("t", "S", "U", "f", "v", "X", "sort")
        if order == "sort":
            words = {"time": "t", "size": "S", "none": "U", "version": "v", "extension": "X", "name": ""}
            if self.given.value("sort") not in words:
                refuse(self.ctx, f"--sort={self.given.value('sort')}", 2)
            order = words[self.given.value("sort")]
        if order in ("U", "f"):
            return entries
        entries = sorted(entries, key=lambda entry: entry.name)
        if order == "t":
            entries.sort(key=lambda entry: -entry.stat.mtime)
        elif order == "S":
            entries.sort(key=lambda entry: -entry.stat.size)
        elif order == "X":
            entries.sort(key=lambda entry: entry.name.rpartition(".")[2] if "." in entry.name[1:] else "")
        elif order == "v":
            from kubelab.terminal.tools.sort import version

            entries.sort(key=lambda entry: version(entry.name))
        if self.given.has("r"):
            entries.reverse()
        if self.given.has("group-directories-first"):
            entries.sort(key=lambda entry: not self._leads_to_dir(entry))
        return entries

    def _leads_to_dir(self, entry: Entry) -> bool:
        return entry.stat.is_dir or (entry.stat.type == "link" and self.ctx.files.is_dir(self.ctx.path(entry.path)))

    # showing

    def _show(self, entries: list[Entry]) -> None:
        self.printed = True
        if self.long:
            self.ctx.write("".join(line + "\n" for line in self._long_lines(entries)))
            return
        names = [(self._sized(entry), self._name(entry)) for entry in entries]
        cells = [(len(size + plain), size + painted) for size, (plain, painted) in names]
        if self.given.last("m", "1", "l", "C", "x") == "m":
            self.ctx.write(_with_commas([text for _length, text in cells], self.width))
        elif self.columns and cells:
            self.ctx.write(_in_columns(cells, self.width, by_line=self.given.has("x")))
        else:
            self.ctx.write("".join(text + "\n" for _length, text in cells))

    def _sized(self, entry: Entry) -> str:
        return f"{blocks(entry.stat)} " if self.given.has("s") else ""

    def _name(self, entry: Entry, *, target: bool = False) -> tuple[str, str]:
        """Returns the name to show, and the same with colours."""
        name = self._quoted(entry.name)
        sign = self._sign(entry, target=target)
        return name + sign, self._painted(name, entry) + sign

    def _quoted(self, name: str) -> str:
        if self.given.has("Q"):
            return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if not self.ctx.tty or self.given.has("N") or _SAFE.fullmatch(name):
            return name
        return f'"{name}"' if "'" in name and not set(name) & set('"$`\\!') else "'" + name.replace("'", "'\\''") + "'"

    def _sign(self, entry: Entry, *, target: bool) -> str:
        if not self.given.has("F", "p", "file-type"):
            return ""
        stat = entry.stat
        if stat.is_dir:
            return "/"
        if self.given.last("F", "p", "file-type") == "p":
            return ""
        if stat.type == "link":
            return "" if self.long and not target else "@"
        return "*" if self.given.has("F") and stat.type == "file" and stat.mode & 0o111 else ""

    def _painted(self, name: str, entry: Entry) -> str:
        if not self.colour:
            return name
        stat = entry.stat
        colour = COLOURS.get(stat.type, "")
        if stat.is_dir and stat.mode & 0o1000 and stat.mode & 0o2:
            colour = "30;42"
        if stat.type == "file":
            colour = "01;32" if stat.mode & 0o111 else "01;31" if entry.name.endswith(ARCHIVES) else ""
        return f"\x1b[0m\x1b[{colour}m{name}\x1b[0m" if colour else name

    def _long_lines(self, entries: list[Entry]) -> Iterator[str]:
        rows = [self._row(entry) for entry in entries]
        widths = [max((len(row[at]) for row in rows), default=0) for at in range(5)]
        for entry, row in zip(entries, rows, strict=True):
            links, owner, group, size = (
                row[1].rjust(widths[1]), row[2].ljust(widths[2]), row[3].ljust(widths[3]), row[4].rjust(widths[4]),
            )  # fmt: skip
            owners = [] if self.given.has("g") else [owner]
            groups = [] if self.given.has("o", "G") else [group]
            name = self._name(entry)[1]
            if entry.stat.type == "link":
                name += f" -> {self._target(entry)}"
            head = self._sized(entry) + row[0]
            yield " ".join([head, links, *owners, *groups, size, self._time(entry.stat.mtime), name])

    def _target(self, entry: Entry) -> str:
        try:
            stat = self.ctx.files.stat(self.ctx.path(entry.path))
        except FileError:
            return entry.stat.target
        return self._name(Entry(entry.stat.target, entry.path, stat), target=True)[1]

    def _row(self, entry: Entry) -> list[str]:
        stat = entry.stat
        owner, group = stat.owner, stat.group
        if self.given.has("n"):
            owner, group = str(users.user_id(self.ctx, owner) or 0), str(users.group_id(self.ctx, group) or 0)
        size = DEVICES.get(stat.type) or self._size(stat.size)
        return [mode_text(stat), str(links_of(self.ctx, entry.path, stat)), owner, group, size]

    def _size(self, size: int) -> str:
        return human(size, 1000 if self.given.has("si") else 1024) if self.given.has("h", "si") else str(size)

    def _time(self, mtime: float) -> str:
        style = self.given.value("time-style", "full-iso" if self.given.has("full-time") else "locale")
        recent = self.ctx.now - HALF_YEAR < mtime <= self.ctx.now
        forms = {
            "full-iso": "%Y-%m-%d %H:%M:%S.%N +0000",
            "long-iso": "%Y-%m-%d %H:%M",
            "iso": "%m-%d %H:%M" if recent else "%Y-%m-%d ",
        }
        if style.startswith("+"):
            return write_date(style[1:], mtime)
        return write_date(forms.get(style, "%b %e %H:%M" if recent else "%b %e  %Y"), mtime)


def mode_text(stat: Stat) -> str:
    """Returns a mode as ls -l and stat show it: -rw-r--r--."""
    letters = {"dir": "d", "link": "l", "char": "c", "block": "b", "socket": "s"}.get(stat.type, "-")
    for shift in (6, 3, 0):
        bits = stat.mode >> shift & 7
        letters += ("r" if bits & 4 else "-") + ("w" if bits & 2 else "-")
        special = stat.mode & {6: 0o4000, 3: 0o2000, 0: 0o1000}[shift]
        run = "x" if bits & 1 else "-"
        if special:
            run = ("s" if bits & 1 else "S") if shift else ("t" if bits & 1 else "T")
        letters += run
    return letters


def links_of(ctx: Context, path: str, stat: Stat) -> int:
    """Returns how many names a file has; a directory one for each directory in it, and two."""
    if not stat.is_dir:
        return 1
    full = ctx.path(path)
    try:
        files = ctx.files.as_user(None)
        return 2 + sum(files.stat(f"{full.rstrip('/')}/{name}", follow=False).is_dir for name in files.listdir(full))
    except FileError:
        return 2


def blocks(stat: Stat) -> int:
    """Returns what a file takes on the disk, in units of 1024 bytes."""
    if stat.type not in ("file", "dir"):
        return 0
    return -(-stat.size // 4096) * 4


def _in_columns(cells: list[tuple[int, str]], width: int, *, by_line: bool) -> str:
    """Lays names out in as many columns as fit."""
    count = len(cells)
    for columns in range(min(count, max(1, width // 3)), 0, -1):
        rows = -(-count // columns)
        grid = [[(at % columns if by_line else at // rows) for at in range(count)]]
        widths = [0] * columns
        for at, column in enumerate(grid[0]):
            widths[column] = max(widths[column], cells[at][0] + 2)
        used = [each for each in widths if each]
        if columns == 1 or (sum(used) - 2 < width and len(used) == columns):
            break
    lines = []
    for row in range(rows):
        places = range(row * columns, min(count, (row + 1) * columns)) if by_line else range(row, count, rows)
        line, start = "", 0
        for number, at in enumerate(places):
            length, text = cells[at]
            line += text if at == places[-1] else text + _gap(start + length, start + widths[number])
            start += widths[number]
        lines.append(line + "\n")
    return "".join(lines)


def _gap(column: int, goal: int) -> str:
    """Returns what leads from one column to another: tabs where there are tab stops between them."""
    gap = ""
    while column < goal:
        if goal // 8 > (column + 1) // 8:
            gap, column = gap + "\t", column + 8 - column % 8
        else:
            gap, column = gap + " ", column + 1
    return gap


def _with_commas(names: list[str], width: int) -> str:
    out, column = "", 0
    for at, name in enumerate(names):
        if at and column + 2 + len(name) + (at < len(names) - 1) >= width:
            out, column = out + ",\n", 0
        elif at:
            out, column = out + ", ", column + 2
        out, column = out + name, column + len(name)
    return out + "\n" if names else ""
