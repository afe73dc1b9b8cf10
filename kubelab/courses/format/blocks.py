"""Splits the Markdown of a lesson into what is plain text, headings of steps, and `:::` blocks.

Only lines are looked at, and code fences: what stands in one is never a heading or a block.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kubelab.courses.format.mistakes import Source

OPENING = re.compile(r":::\s*([a-z-]+)[ \t]*(.*)\Z")
CLOSING = re.compile(r":::\s*\Z")
HEADING = re.compile(r"##[ \t]+(.+?)[ \t]*#*\Z")
CODE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*(.*)\Z")
ID, VALUE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"), re.compile(r"[\w.-]+")
ATTRIBUTES = re.compile(r"(.*?)(?:^|\s)\{([^{}]*)\}\s*\Z", re.S)


@dataclass(frozen=True)
class Prose:
    """Plain Markdown."""

    text: str
    line: int


@dataclass(frozen=True)
class Heading:
    """The beginning of a step."""

    title: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """`:::name title {attributes}`, and what stands before its `:::`."""

    name: str
    title: str
    body: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def body_line(self) -> int:
        """The line at which the body begins."""
        return self.line + 1


@dataclass(frozen=True)
class Code:
    """A code fence: its language, the words after it, and its lines."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int


Piece = Prose | Heading | Block


def split(source: Source, text: str, first_line: int) -> list[Piece]:
    """Split a text into its pieces, in order."""
    pieces: list[Piece] = []
    plain: list[str] = []
    fence, start = "", first_line
    lines = iter(enumerate(text.split("\n"), first_line))

    def end_plain() -> None:
        if any(line.strip() for line in plain):
            pieces.append(Prose("\n".join(plain), start))
        plain.clear()

    for number, line in lines:
        opening, heading = (None, None) if fence else (OPENING.match(line), HEADING.match(line))
        if opening or heading:
            end_plain()
        if opening:
            title, attributes = with_attributes(source, number, opening[2])
            pieces.append(Block(opening[1], title, _body(source, number, lines), number, attributes))
        elif heading:
            title, attributes = with_attributes(source, number, heading[1])
            pieces.append(Heading(title, number, attributes))
        elif not fence and CLOSING.match(line):
            source.wrong(number, "::: ends a block, but none is open here")
        else:
            if not plain:
                start = number
            plain.append(line)
            fence = fence_after(fence, line)
    if fence:
        source.wrong(start, "a code block has no end")
    end_plain()
    return pieces


def _body(source: Source, opened: int, lines: Iterator[tuple[int, str]]) -> str:
    """Take the lines up to the `:::` that closes a block."""
    body: list[str] = []
    fence, forgotten = "", False
    for number, line in lines:
        if not fence and CLOSING.match(line):
            return "\n".join(body)
        if not fence and OPENING.match(line) and not forgotten:
            source.wrong(number, f"a block within the block of line {opened}; close that one with ::: first")
            forgotten = True
        fence = fence_after(fence, line)
        if not forgotten:
            body.append(line)
    source.wrong(opened, "the block has no end: a line :::" + (" (a code block in it has none)" if fence else ""))
    return "\n".join(body)


def fence_after(fence: str, line: str) -> str:
    """Return the code fence that is open after a line: "" for none."""
    mark = CODE.match(line)
    if not mark:
        return fence
    if not fence:
        return "" if mark[1][0] == "`" and "`" in mark[2] else mark[1]
    closes = mark[1][0] == fence[0] and len(mark[1]) >= len(fence) and not mark[2].strip()
    return "" if closes else fence


def with_attributes(source: Source, line: int, text: str) -> tuple[str, dict[str, str]]:
    """Return a title without the `{#id name=value word}` at its end, and what that says."""
    found = ATTRIBUTES.match(text)
    if not found:
        return text.strip(), {}
    attributes: dict[str, str] = {}
    for word in found[2].split():
        name, equals, value = word.partition("=")
        if word.startswith("#"):
            name, value = "id", word[1:]
        elif not equals:
            value = "yes"
        fits = ID if name == "id" else VALUE
        if not re.fullmatch(r"[\w-]+", name) or not fits.fullmatch(value):
            source.wrong(line, f"{word!r} is neither #id (small letters, digits, hyphens) nor name=value")
            continue
        attributes[name] = value
    return found[1].strip(), attributes


def codes(source: Source, text: str, first_line: int) -> Iterator[Prose | Code]:
    """Yield the code fences of a text, and what stands between them."""
    plain, start, fence, opened = list[str](), first_line, "", first_line
    inside: list[str] = []
    info: list[str] = []
    for number, line in enumerate(text.split("\n"), first_line):
        after = fence_after(fence, line)
        if fence and not after:
            yield Code(info[0] if info else "", tuple(info[1:]), "".join(f"{one}\n" for one in inside), opened)
            inside, start = [], number + 1
        elif not fence and after:
            if any(one.strip() for one in plain):
                yield Prose("\n".join(plain), start)
            plain, opened, info = [], number, line.strip()[len(after) :].split()
        elif fence:
            inside.append(line)
        else:
            plain.append(line)
        fence = after
    if any(one.strip() for one in plain):
        yield Prose("\n".join(plain), start)
