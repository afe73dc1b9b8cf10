"""wc: counts lines, words and bytes. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import gather
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Steps, tool

USAGE = Usage("""
Usage: wc [OPTION]... [FILE]...
Count lines, words and bytes of files, or of standard input.

  -c, --bytes             bytes
  -m, --chars             letters
  -l, --lines             newlines
  -w, --words             words
  -L, --max-line-length   the length of the longest line
""", not_simulated="--files0-from --total")  # fmt: skip
ORDER = "lwmcL"


@tool("wc")
def wc(ctx: Context) -> Steps:
    """wc [-clmwL] [file ...]"""
    given = USAGE.parse(ctx)
    columns = [key for key in ORDER if given.has(key)] or list("lwc")
    paths = given.operands or ["-"]
    directories: set[str] = set()

    def complaint(path: str, error: FileError) -> str:
        if error.code == "EISDIR":
            directories.add(path)
        return f"{path}: {error.reason}"

    texts = yield from gather(ctx, paths, complaint)
    rows = [
        (_counts(text or "", columns), path)
        for path, text in zip(paths, texts, strict=True)
        if text is not None or path in directories
    ]
    total = [max(each) if key == "L" else sum(each) for key, each in
             zip(columns, zip(*(row[0] for row in rows), strict=True), strict=False)]  # fmt: skip
    width = _width(ctx, paths, columns, given.operands, texts[0] or "")
    for counts, path in rows:
        name = f" {path}" if given.operands else ""
        ctx.print(" ".join(f"{number:{width}}" for number in counts) + name)
    if len(paths) > 1:
        ctx.print(" ".join(f"{number:{width}}" for number in total or [0] * len(columns)) + " total")
    return int(None in texts)


def _counts(text: str, columns: list[str]) -> list[int]:
    counters = {
        "l": lambda: text.count("\n"),
        "w": lambda: len(text.split()),
        "m": lambda: len(text),
        "c": lambda: len(text.encode("utf-8", "surrogateescape")),
        "L": lambda: max((len(line.expandtabs()) for line in text.split("\n")), default=0),
    }
    return [counters[column]() for column in columns]


def _width(ctx: Context, paths: list[str], columns: list[str], operands: list[str], text: str) -> int:
    """Returns the columns' width: 1 for a single number, else that of all files' size; 7 where a pipe is among them."""
    if len(paths) == 1 and len(columns) == 1:
        return 1
    sizes = 0
    least = 1
    if ctx.stdin.kind == "file" and not operands:
        return len(str(len(text.encode("utf-8", "surrogateescape"))))
    for path in paths:
        try:
            if path == "-":
                raise FileError("ENOENT", path)
            stat = ctx.files.stat(ctx.path(path))
            if stat.type != "file":
                least = 7
            else:
                sizes += stat.size
        except FileError:
            least = 7 if path == "-" else least
    return max(least, len(str(sizes)))
