"""diff: what differs between two files, or the files of two directories. Source: GNU diffutils."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.edit_script import Change, changes
from kubelab.terminal.inputs import descriptor
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool

USAGE = Usage("""
Usage: diff [OPTION]... FILES
Show what differs between files, line by line.

      --normal                 as always
  -q, --brief                  only whether files differ
  -s, --report-identical-files  also when they do not
  -u                           with three lines around each change
  -U, --unified=NUM            with NUM lines around each change
  -r, --recursive              also in directories below
  -N, --new-file               a file that is not there is empty
  -i, --ignore-case            upper and lower case are the same
  -E, --ignore-tab-expansion   nothing
  -b, --ignore-space-change    not the amount of blanks
  -w, --ignore-all-space       no blanks at all
  -a, --text                   all files are text
  -L, --label=LABEL            LABEL in place of the file's name and date
      --color=[WHEN]           nothing
""", not_simulated="-c -C --context -e --ed -n --rcs -y --side-by-side -W --width --left-column "
    "--suppress-common-lines -p --show-c-function -F --show-function-line -t --expand-tabs -T --initial-tab --tabsize "
    "--suppress-blank-empty -l --paginate --no-dereference --unidirectional-new-file --ignore-file-name-case -x "
    "--exclude -X --exclude-from -S --starting-file --from-file --to-file -Z --ignore-trailing-space -B "
    "--ignore-blank-lines -I --ignore-matching-lines --strip-trailing-cr -D --ifdef --line-format -d --minimal "
    "--horizon-lines --speed-large-files", status=2)  # fmt: skip
NO_NEWLINE = "\\ No newline at end of file\n"
EPOCH = 0.0
SAME, DIFFERENT, TROUBLE = 0, 1, 2


@dataclass
class File:
    """One side of a comparison."""

    name: str
    text: str
    mtime: float
    lines: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = _lines(self.text)

    def header(self, label: str | None) -> str:
        """The name with the date of the last change, for the head of unified output."""
        if label is not None:
            return label
        whole, part = divmod(self.mtime, 1)
        date = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%d %H:%M:%S")
        return f"{self.name}\t{date}.{int(part * 1e9):09d} +0000"


def _lines(text: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


@tool("diff")
def diff(ctx: Context) -> Steps:
    """diff [-abiNqrsuw] [-U lines] [-L label] file1 file2"""
    try:
        given = _given(ctx)
    except Exit as end:  # diff puts its name before the pointer to --help, too
        raise Exit(end.status, end.message.replace("\nTry ", f"\n{ctx.name}: Try ")) from None
    stdin = None
    if any(descriptor(path) == 0 for path in given.operands):
        stdin = yield from ctx.read_all()
    return Comparison(ctx, given, stdin).of(*_paired(ctx, given.operands))


def _given(ctx: Context) -> Given:
    given = USAGE.parse(ctx)
    if len(given.operands) < 2:
        USAGE.fail(ctx, f"missing operand after '{given.operands[0] if given.operands else ctx.name}'")
    if len(given.operands) > 2:
        USAGE.fail(ctx, f"extra operand '{given.operands[2]}'")
    for number in given.all("U"):
        if not number.isdigit():
            USAGE.fail(ctx, f"invalid context length '{number}'")
    return given


def _paired(ctx: Context, operands: Sequence[str]) -> tuple[str, str]:
    """A file and a directory: the file of that name in the directory is meant."""
    first, second = operands
    if descriptor(first) == 0 or descriptor(second) == 0:
        return first, second
    if _is_dir(ctx, first) and not _is_dir(ctx, second) and ctx.files.exists(ctx.path(second)):
        return f"{first.rstrip('/')}/{second.rpartition('/')[2]}", second
    if _is_dir(ctx, second) and not _is_dir(ctx, first) and ctx.files.exists(ctx.path(first)):
        return first, f"{second.rstrip('/')}/{first.rpartition('/')[2]}"
    return first, second


def _is_dir(ctx: Context, path: str) -> bool:
    return ctx.files.exists(ctx.path(path)) and ctx.files.stat(ctx.path(path)).is_dir


class Comparison:
    """What one call of diff does.

    Args:
        stdin: what "-" stands for.
    """

    def __init__(self, ctx: Context, given: Given, stdin: str | None) -> None:
        self.ctx, self.given, self.stdin = ctx, given, stdin
        self.unified = given.has("u", "U")
        # What is written before the files of directories.
        self.call = " ".join([ctx.name, *(word for word in ctx.args if word not in given.operands)])

    def of(self, first: str, second: str, *, within: bool = False) -> int:
        """Compares two paths; returns the exit status."""
        if not within and _is_dir(self.ctx, first) and _is_dir(self.ctx, second):
            return self.of_directories(first, second)
        try:
            old, new = self.read(first, second), self.read(second, first)
        except FileError as error:
            self.ctx.error(f"{self.ctx.name}: {error.path}: {error.reason}\n")
            return TROUBLE
        return self.of_files(old, new, within)

    def read(self, path: str, other: str) -> File:
        """Reads one side."""
        if descriptor(path) == 0:
            return File(path, self.stdin or "", self.ctx.now)
        full = self.ctx.path(path)
        if not self.ctx.files.exists(full) and self.given.has("N") and self.ctx.files.exists(self.ctx.path(other)):
            return File(path, "", EPOCH)
        try:
            return File(path, self.ctx.read_file(path), self.ctx.files.stat(full).mtime)
        except FileError as error:
            raise FileError(error.code, path) from None

    def of_directories(self, first: str, second: str) -> int:
        """Compares the files of two directories, by name."""
        names = [set(self.ctx.files.listdir(self.ctx.path(path))) for path in (first, second)]
        status = SAME
        for name in sorted(names[0] | names[1]):
            status = max(status, self.of_entry(first, second, name, [name in found for found in names]))
        return status

    def of_entry(self, first: str, second: str, name: str, there: list[bool]) -> int:
        paths = [f"{folder.rstrip('/')}/{name}" for folder in (first, second)]
        if not all(there) and not self.given.has("N"):
            self.ctx.write(f"Only in {(first if there[0] else second)}: {name}\n")
            return DIFFERENT
        folders = [_is_dir(self.ctx, path) for path in paths]
        if all(folders):
            if self.given.has("r"):
                return self.of_directories(*paths)
            self.ctx.write(f"Common subdirectories: {paths[0]} and {paths[1]}\n")
            return SAME
        if any(folders):
            kinds = ["directory" if folder else "regular file" for folder in folders]
            self.ctx.write(f"File {paths[0]} is a {kinds[0]} while file {paths[1]} is a {kinds[1]}\n")
            return DIFFERENT
        return self.of(*paths, within=True)

    def of_files(self, old: File, new: File, within: bool) -> int:
        """Compares two files and tells how they differ."""
        found = changes(list(map(self.plain, old.lines)), list(map(self.plain, new.lines)))
        if not found:
            if self.given.has("s"):
                self.ctx.write(f"Files {old.name} and {new.name} are identical\n")
            return SAME
        if self.given.has("q"):
            self.ctx.write(f"Files {old.name} and {new.name} differ\n")
            return DIFFERENT
        if "\0" in old.text + new.text and not self.given.has("a"):
            self.ctx.write(f"Binary files {old.name} and {new.name} differ\n")
            return DIFFERENT
        if within:
            self.ctx.write(f"{self.call} {old.name} {new.name}\n")
        self.ctx.write("".join(self.unified_form(old, new, found) if self.unified else normal_form(old, new, found)))
        return DIFFERENT

    def plain(self, line: str) -> str:
        """A line as far as it counts."""
        if self.given.has("w"):
            line = re.sub(r"\s+", "", line)
        elif self.given.has("b"):
            line = re.sub(r"\s+", " ", line.rstrip())
        return line.lower() if self.given.has("i") else line

    def unified_form(self, old: File, new: File, found: Sequence[Change]) -> Iterator[str]:
        labels = [*self.given.all("L"), None, None]
        yield f"--- {old.header(labels[0])}\n+++ {new.header(labels[1])}\n"
        around = max([int(number) for number in self.given.all("U")] + [3 if self.given.has("u") else 0])
        for hunk in _hunks(found, around):
            yield from _hunk(old.lines, new.lines, hunk, around)


def _hunks(found: Sequence[Change], around: int) -> Iterator[list[Change]]:
    """Yields changes that are so near to each other that they share their surroundings."""
    hunk: list[Change] = []
    for change in found:
        if hunk and change.start - hunk[-1].end > 2 * around:
            yield hunk
            hunk = []
        hunk.append(change)
    yield hunk


def _hunk(old: Sequence[str], new: Sequence[str], hunk: list[Change], around: int) -> Iterator[str]:
    start, end = max(0, hunk[0].start - around), min(len(old), hunk[-1].end + around)
    new_start = hunk[0].new_start - (hunk[0].start - start)
    new_end = hunk[-1].new_end + (end - hunk[-1].end)
    yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@\n"
    place = start
    for change in hunk:
        yield from _marked(" ", old[place : change.start])
        yield from _marked("-", old[change.start : change.end])
        yield from _marked("+", new[change.new_start : change.new_end])
        place = change.end
    yield from _marked(" ", old[place:end])


def _range(start: int, end: int) -> str:
    if end - start == 1:
        return str(end)
    return f"{start + 1 if end > start else start},{end - start}"


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n{NO_NEWLINE}"


def normal_form(old: File, new: File, found: Sequence[Change]) -> Iterator[str]:
    """Yields what differs as diff always showed it: 3,4c5 and the lines."""
    for change in found:
        gone, come = old.lines[change.start : change.end], new.lines[change.new_start : change.new_end]
        letter = "c" if gone and come else "d" if gone else "a"
        left, right = _numbers(change.start, change.end), _numbers(change.new_start, change.new_end)
        yield f"{left}{letter}{right}\n"
        yield from _marked("< ", gone)
        if gone and come:
            yield "---\n"
        yield from _marked("> ", come)


def _numbers(start: int, end: int) -> str:
    if end - start <= 1:
        return str(end)
    return f"{start + 1},{end}"
