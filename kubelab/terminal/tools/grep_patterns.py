"""What grep looks for: its patterns, together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelab.terminal import regular
from kubelab.terminal.options import Given
from kubelab.terminal.tool import Context, Exit

WORDS, LINES = r"(?<!\w)(?:{})(?!\w)", r"^(?:{})\Z"


class Patterns:
    """Some patterns, of which one has to match.

    Args:
        expressions: compiled ones.
    """

    def __init__(self, expressions: list[Any]) -> None:
        self.expressions = expressions

    @classmethod
    def of(cls, ctx: Context, given: Given, operands: list[str], files: list[str]) -> Patterns:
        """Reads the patterns of a call; takes them off the operands where no option names them.

        Args:
            files: the texts of the files of -f.

        Raises:
            RegularFault: if one is no regular expression.
        """
        texts: list[str] = []
        for key, value in given.options:
            if key == "-e":
                texts.extend(value.split("\n"))
        for text in files:
            texts.extend(text.removesuffix("\n").split("\n") if text else [])
        if not given.has("e", "f"):
            if not operands:
                raise Exit(2, NO_PATTERN.format(name=ctx.name))
            texts = operands.pop(0).split("\n")
        syntax = given.last("E", "F", "G", "P") or {"egrep": "E", "fgrep": "F"}.get(ctx.name, "G")
        around = LINES if given.has("x") else WORDS if given.has("w") else "{}"
        ignore_case = given.last("i", "y", "no-ignore-case") in ("i", "y")
        return cls([_compiled(text, syntax, around, ignore_case) for text in dict.fromkeys(texts)])

    def find(self, line: str, start: int = 0) -> tuple[int, int] | None:
        """Returns where the first, longest match is; None where there is none."""
        best: tuple[int, int] | None = None
        for expression in self.expressions:
            match = regular.find(expression, line, start)
            if match is not None and (best is None or (match.start(), -match.end()) < (best[0], -best[1])):
                best = match.span()
        return best

    def all(self, line: str) -> Iterator[tuple[int, int]]:
        """Yields where all matches are, one behind the other."""
        at = 0
        while at <= len(line):
            span = self.find(line, at)
            if span is None:
                return
            yield span
            at = span[1] if span[1] > span[0] else span[1] + 1


def _compiled(text: str, syntax: str, around: str, ignore_case: bool) -> Any:
    if syntax in ("E", "G"):
        return regular.compiled(text, basic=syntax == "G", ignore_case=ignore_case, around=around)
    reading = regular.literal if syntax == "F" else regular.perl
    return reading(text, ignore_case=ignore_case, around=around)


NO_PATTERN = "Usage: {name} [OPTION]... PATTERNS [FILE]...\nTry '{name} --help' for more information.\n"
