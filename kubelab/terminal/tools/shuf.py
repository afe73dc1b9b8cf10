"""shuf, split, fmt: lines mixed, cut into files, filled. Source: GNU coreutils."""

from __future__ import annotations

import re
import textwrap

from kubelab.terminal.inputs import gather, lines_of
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool
from kubelab.terminal.tools.head import SUFFIXES, to_bytes, to_text

SHUF = Usage("""
Usage: shuf [OPTION]... [FILE]
Write lines in an order that the cluster's seed decides.

  -e, --echo             arguments are the lines
  -i, --input-range=LO-HI  the numbers from LO to HI are the lines
  -n, --head-count=COUNT at most COUNT lines
""", not_simulated="-o --output -r --repeat -z --zero-terminated --random-source")  # fmt: skip
SPLIT = Usage(
    """
Usage: split [OPTION]... [FILE [PREFIX]]
Cut a file into files PREFIXaa, PREFIXab, ...

  -a, --suffix-length=N       endings of N letters
  -b, --bytes=SIZE            SIZE bytes each
  -d                          endings are numbers
  -l, --lines=NUMBER          NUMBER lines each, not 1000
""",
    not_simulated="-n --number -C --line-bytes --filter -x -e -t -u --additional-suffix --numeric-suffixes --verbose",
)
FMT = Usage(
    """
Usage: fmt [OPTION]... [FILE]...
Fill paragraphs.

  -w, --width=WIDTH   lines of at most WIDTH columns, not 75
""",
    not_simulated="-c -g -p -s -t -u --crown-margin --prefix --split-only --tagged-paragraph --uniform-spacing",
)


@tool("shuf")
def shuf(ctx: Context) -> Steps:
    """shuf [-n count] [-i low-high | -e word ... | file]"""
    given = SHUF.parse(ctx)
    if given.has("i"):
        match = re.fullmatch(r"(\d+)-(\d+)", given.value("i"))
        if not match or int(match.group(2)) - int(match.group(1)) > 1_000_000:
            raise Exit(1, f"shuf: invalid input range: '{given.value('i')}'\n")
        lines = [str(number) for number in range(int(match.group(1)), int(match.group(2)) + 1)]
    elif given.has("e"):
        lines = list(given.operands)
    else:
        texts = yield from gather(ctx, given.operands[:1] or ["-"])
        if texts[0] is None:
            return 1
        lines = lines_of(texts[0])
    kernel = ctx.shell.kernel
    chance = kernel.random_bytes(8 * len(lines) + 8, "shuf", ctx.shell.pid, ctx.shell.drawn)
    ctx.shell.drawn += 1
    order = sorted(range(len(lines)), key=lambda at: chance[8 * at : 8 * at + 8])
    most = int(given.value("n", str(len(lines))))
    ctx.write("".join(lines[at] + "\n" for at in order[:most]))
    return 0


@tool("split")
def split(ctx: Context) -> Steps:
    """split [-l lines | -b size] [-d] [-a length] [file [prefix]]"""
    given = SPLIT.parse(ctx)
    operands = SPLIT.operands(ctx, given, 0, 2)
    texts = yield from gather(ctx, operands[:1] or ["-"], lambda path, error: f"cannot open '{path}' for reading: "
                              f"{error.reason}")  # fmt: skip
    if texts[0] is None:
        return 1
    prefix, length = operands[1] if len(operands) > 1 else "x", int(given.value("a", "2"))
    match = re.fullmatch(r"(\d+)([A-Za-z]*)", given.value("b", "1"))
    if given.has("b") and (not match or match.group(2) not in SUFFIXES or not int(match.group(1))):
        raise Exit(1, f"split: invalid number of bytes: '{given.value('b')}'\n")
    if given.has("b") and match:
        data, size = to_bytes(texts[0]), int(match.group(1)) * SUFFIXES[match.group(2)]
        pieces = [to_text(data[at : at + size]) for at in range(0, len(data), size)]
    else:
        count = int(given.value("l", "1000"))
        lines = [line + "\n" for line in texts[0].split("\n")]
        lines[-1] = lines[-1][:-1]
        lines = lines if lines[-1] else lines[:-1]
        pieces = ["".join(lines[at : at + count]) for at in range(0, len(lines), count)]
    for number, piece in enumerate(pieces):
        if given.has("d"):
            ending = str(number).rjust(length, "0")
        else:
            ending = "".join(chr(97 + number // 26**place % 26) for place in reversed(range(length)))
        ctx.files.write(ctx.path(prefix + ending), piece)
    return 0


@tool("fmt")
def fmt(ctx: Context) -> Steps:
    """fmt [-w width] [file ...]"""
    given = FMT.parse(ctx, [re.sub(r"^-(\d+)$", r"-w\1", arg) for arg in ctx.args])
    texts = yield from gather(ctx, given.operands or ["-"])
    width = int(given.value("w", "75"))
    for text in texts:
        for paragraph in re.split(r"\n(?=[ \t]*\n)|(?<=\n)\n", text or ""):
            filled = textwrap.fill(" ".join(paragraph.split()), width, break_long_words=False, break_on_hyphens=False)
            if filled or paragraph:
                ctx.print(filled)
    return int(None in texts)
