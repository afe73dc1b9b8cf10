"""Reads a text with blocks into the parts of a page: what each kind of block is, and what is wrong with it."""

import re
from collections.abc import Callable, Iterable

import yaml

from kubelab.cluster import faults
from kubelab.courses.format.blocks import Block, Code, Heading, Piece, Prose, codes
from kubelab.courses.format.heads import IDENTIFIER, is_path
from kubelab.courses.format.lesson import (
    Action,
    Advance,
    Apply,
    Aside,
    Break,
    Check,
    Hint,
    Part,
    Remember,
    RunLine,
    Solution,
    Start,
    Text,
    WriteFile,
)
from kubelab.courses.format.mistakes import Source
from kubelab.courses.format.questions import Question, read_question, slug_of
from kubelab.courses.format.yamltext import documents
from kubelab.terminal.lines import is_whole

SHELLS = ("sh", "bash", "shell")
ADVANCE = re.compile(r"advance\s+(\d+(?:\.\d+)?)\s*\Z")
FAULT = "fault"
ASIDES = ("note", "tip", "warning")
LONGEST_EXPRESSION = 2_000


def read_parts(source: Source, pieces: Iterable[Piece], allowed: Iterable[str]) -> tuple[Part, ...]:
    """Read the pieces of one page.

    Args:
        allowed: names of blocks that may stand in it.
    """
    here, parts = tuple(allowed), list[Part]()
    for piece in pieces:
        if isinstance(piece, Prose):
            parts.append(Text(piece.text, piece.line))
        elif isinstance(piece, Heading):
            source.wrong(piece.line, "a heading ## begins a step, and there are no steps here; use ###")
        elif piece.name not in READERS:
            source.wrong(piece.line, f"unknown block :::{piece.name}; there are {', '.join(READERS)}")
        elif piece.name not in here:
            source.wrong(piece.line, f"a :::{piece.name} block cannot stand here")
        else:
            part = READERS[piece.name](source, piece)
            if part is not None:
                parts.append(part)
    _note_doubles(source, parts)
    return tuple(parts)


def _note_doubles(source: Source, parts: Iterable[Part]) -> None:
    seen: dict[tuple[type, str], int] = {}
    for part in parts:
        if isinstance(part, Check | Question):
            before = seen.setdefault((type(part), part.id), part.line)
            if before != part.line:
                source.wrong(part.line, f"the id {part.id!r} is taken by line {before}; give one with {{#id}}")


def _aside(source: Source, block: Block) -> Part | None:
    if not block.body.strip():
        source.wrong(block.line, f"the {block.name} is empty")
    return Aside(block.name, block.title, Text(block.body, block.body_line))


def _expression(source: Source, block: Block) -> str:
    if not block.body.strip():
        source.wrong(block.line, f"the {block.name} has no expression")
    elif len(block.body) > LONGEST_EXPRESSION:
        source.wrong(block.body_line, f"an expression has at most {LONGEST_EXPRESSION} letters")
    return block.body.rstrip()


def _check(source: Source, block: Block) -> Part | None:
    points = block.attributes.get("points", "1")
    if not block.title:
        source.wrong(block.line, "the check has no sentence for the learner: :::check The Pod is ready")
    if not re.fullmatch(r"\d+(\.\d+)?", points) or not float(points):
        source.wrong(block.line, "points must be a number above 0")
        points = "1"
    ident = block.attributes.get("id") or slug_of(block.title) or "check"
    return Check(ident, block.title, _expression(source, block), block.body_line, float(points))


def _remember(source: Source, block: Block) -> Part | None:
    if not IDENTIFIER.match(block.title):
        source.wrong(block.line, "a :::remember block needs a name of small letters, digits and _")
        return None
    return Remember(block.title, _expression(source, block), block.body_line)


def _hint(source: Source, block: Block) -> Part | None:
    if not block.body.strip():
        source.wrong(block.line, "the hint is empty")
    return Hint(block.title, Text(block.body, block.body_line))


def _solution(source: Source, block: Block) -> Part | None:
    actions = _actions(source, block, applies=False)
    return Solution(actions, Text(block.body, block.body_line), block.line)


def _start(source: Source, block: Block) -> Part | None:
    actions = _actions(source, block, applies=True)
    return Start(actions, Text(block.body, block.body_line), block.line)


def _actions(source: Source, block: Block, *, applies: bool) -> tuple[Action, ...]:
    """Read the code fences of a solution or a start."""
    actions: list[Action] = []
    for code in codes(source, block.body, block.body_line):
        if isinstance(code, Prose):
            continue
        if code.language in SHELLS:
            actions += _lines(code)
        elif applies and code.language == FAULT:
            actions += _faults(source, code)
        elif code.words:
            if not is_path(code.words[0]):
                source.wrong(code.line, f"{code.words[0]!r} is no file name below the home")
            actions.append(WriteFile(code.words[0], code.text, code.line))
        elif applies and code.language in ("yaml", "yml"):
            _note_yaml(source, code)
            actions.append(Apply(code.text, code.line))
        elif code.language in ("yaml", "yml"):
            source.wrong(code.line, "a file needs its name: ```yaml web.yaml")
    if not actions:
        source.wrong(block.line, f"the {block.name} does nothing: it has no code block of commands (sh) or files")
    return tuple(actions)


def _faults(source: Source, code: Code) -> Iterable[Action]:
    for number, line in enumerate(code.text.splitlines(), code.line + 1):
        if not line.strip():
            continue
        try:
            faults.parsed(line)
        except faults.FaultError as error:
            source.wrong(number, str(error))
        else:
            yield Break(line.strip(), number)


def _note_yaml(source: Source, code: Code) -> None:
    try:
        documents(code.text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = code.line + 1 + (mark.line if mark else 0)
        source.wrong(line, f"no YAML: {getattr(error, 'problem', None) or error}")


def _lines(code: Code) -> Iterable[Action]:
    may_fail = "may-fail" in code.words
    for number, line in commands(code.text, code.line + 1):
        wait = ADVANCE.match(line.strip())
        yield Advance(float(wait[1]), number) if wait else RunLine(line, number, may_fail)


def commands(text: str, first_line: int) -> Iterable[tuple[int, str]]:
    """Yield the commands of a shell block, each with all of its lines, and the number of the first one."""
    gathered, begun = "", first_line
    for number, line in enumerate(text.splitlines(keepends=True), first_line):
        begun = begun if gathered else number
        gathered += line
        if not gathered.strip() or (gathered == line and line.lstrip().startswith("#")):
            gathered = ""
        elif is_whole(gathered):
            yield begun, gathered.rstrip("\n")
            gathered = ""
    if gathered.strip():
        yield begun, gathered.rstrip("\n")


READERS: dict[str, Callable[[Source, Block], Part | None]] = {
    **dict.fromkeys(ASIDES, _aside),
    "check": _check,
    "remember": _remember,
    "hint": _hint,
    "solution": _solution,
    "question": read_question,
    "start": _start,
}
