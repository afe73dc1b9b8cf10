"""nl: numbers lines. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.terminal import regular
from kubelab.terminal.inputs import Inputs, lines_of
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool

USAGE = Usage("""
Usage: nl [OPTION]... [FILE]...
Write files with line numbers.

  -b, --body-numbering=STYLE     a: all lines, t: those that are not empty, n: none, pBRE: those that match
  -i, --line-increment=NUMBER    steps between numbers
  -n, --number-format=FORMAT     ln: left, rn: right, rz: right with zeros
  -s, --number-separator=STRING  STRING behind the number
  -v, --starting-line-number=N   the first number
  -w, --number-width=NUMBER      columns for numbers
""", not_simulated="-d --section-delimiter -f --footer-numbering -h --header-numbering -l --join-blank-lines -p "
    "--no-renumber")  # fmt: skip

NUMBERS = {"v": "starting line number", "i": "line number increment", "w": "line number field width"}


@tool("nl")
def nl(ctx: Context) -> Steps:
    """nl [-b style] [-i step] [-n format] [-s string] [-v first] [-w width] [file ...]"""
    given = USAGE.parse(ctx)
    style, form = given.value("b", "t"), given.value("n", "rn")
    if style[:1] not in ("a", "t", "n", "p"):
        USAGE.fail(ctx, f"invalid body numbering style: '{style}'")
    if form not in ("ln", "rn", "rz"):
        USAGE.fail(ctx, f"invalid line numbering format: '{form}'")
    for letter, what in NUMBERS.items():
        if not given.value(letter, "1").lstrip("-").isdigit():
            raise Exit(1, f"nl: invalid {what}: '{given.value(letter)}'\n")
    width, separator, step = int(given.value("w", "6")), given.value("s", "\t"), int(given.value("i", "1"))
    number = ctx.state.setdefault("number", int(given.value("v", "1")))
    align = {"ln": "<", "rn": ">", "rz": "0>"}[form]
    inputs = Inputs(ctx, given.operands)
    while chunk := (yield from inputs.next()):
        shown = []
        for line in lines_of(chunk.text):
            wanted = (
                style == "a"
                or (style == "t" and line)
                or (style[0] == "p" and regular.search(style[1:], line, basic=True))
            )
            if wanted:
                shown.append(f"{number:{align}{width}}{separator}{line}\n")
                number += step
            else:
                shown.append(" " * (width + len(separator)) + f"{line}\n")
        ctx.state["number"] = number
        ctx.write("".join(shown))
    return int(inputs.failed)
