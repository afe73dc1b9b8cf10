"""Quiz questions: how they are written, and what makes one sound. Grading is `kubelab.courses.grading`."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kubelab.courses.format.blocks import Block, fence_after
from kubelab.courses.format.mistakes import Source

TICKED = re.compile(r"[-*+] \[( |x|X)\] ?(.*)\Z")
NUMBERED = re.compile(r"\d{1,3}[.)] +(.*)\Z")
QUOTED = re.compile(r"> ?(.*)\Z")
NUMBER = r"[-+]?\d+(?:\.\d+)?"
INTERVAL = re.compile(rf"({NUMBER})\s*(?:(±|\+-|\.\.)\s*({NUMBER}))?\Z")
PAIR = " = "
ANY = "*"
MOST = 10  # answers to put in order, or to match


@dataclass(frozen=True)
class Choice:
    """An answer: to choose, to put in order, to match, or foreseen."""

    text: str
    right: bool
    explanation: str
    line: int

    @property
    def pair(self) -> tuple[str, str]:
        """Of a matching question: the two sides."""
        left, _, right = self.text.partition(PAIR)
        return left.strip(), right.strip()


@dataclass(frozen=True)
class Question:
    """One question.

    Args:
        id: unique within its page.
        choices: as written; the learner gets them shuffled, unless `fixed`.
        explanation: shown with the result.
    """

    id: str
    kind: str
    text: str
    choices: tuple[Choice, ...]
    explanation: str
    line: int
    points: float = 1
    fixed: bool = False

    @property
    def right(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.right]

    @property
    def expression(self) -> str:
        """Of a cluster question: the check."""
        return self.choices[0].text.strip("`")


class Interval(NamedTuple):
    """The numbers that a numeric answer accepts."""

    least: float
    most: float

    def holds(self, number: float) -> bool:
        return self.least <= number <= self.most


def interval(text: str) -> Interval | None:
    """Read `110`, `40 ± 10` or `35..45`; None when it is none of them."""
    found = INTERVAL.match(text.strip())
    if not found:
        return None
    number = float(found[1])
    if not found[2]:
        return Interval(number, number)
    other = float(found[3])
    return Interval(number, other) if found[2] == ".." else Interval(number - other, number + other)


def read_question(source: Source, block: Block) -> Question | None:
    """Read a `:::question` block; None, with the mistakes noted, when it is not sound."""
    kind = block.title
    if kind not in KINDS:
        source.wrong(block.line, f"a question's kind is one of {', '.join(KINDS)}, not {kind!r}")
        return None
    text, choices, explanation = _answers(block, numbered=kind == "ordering")
    points = float(block.attributes.get("points", "1")) if _is_number(block.attributes.get("points", "1")) else 0.0
    ident = block.attributes.get("id") or slug_of(text) or "question"
    question = Question(ident, kind, text, choices, explanation, block.line, points, "fixed" in block.attributes)
    problems = list(_problems(question))
    for line, problem in problems:
        source.wrong(line, problem)
    return None if problems else question


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(\.\d+)?", text))


def slug_of(text: str) -> str:
    """Return an id made of words."""
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"[`*_]", "", text.lower())).strip("-")
    return "-".join(words.split("-")[:8])[:60].strip("-")


def _answers(block: Block, *, numbered: bool) -> tuple[str, tuple[Choice, ...], str]:
    """Return question, answers and explanation."""
    text, general = list[str](), list[str]()
    answers: list[tuple[str, bool, list[str], list[str], int]] = []
    fence = ""
    for number, line in enumerate(block.body.split("\n"), block.body_line):
        item = None if fence else NUMBERED.match(line) if numbered else TICKED.match(line)
        quote = None if fence else QUOTED.match(line.strip())
        fence = fence_after(fence, line)
        if item:
            right = numbered or item[1] in "xX"
            answers.append((item[1] if numbered else item[2], right, [], [], number))
        elif not answers:
            text.append(line)
        elif not line.strip():
            continue
        elif line.startswith(" "):
            answers[-1][2 if not quote else 3].append(quote[1] if quote else line.strip())
        elif quote:
            general.append(quote[1])
        else:
            general.append(line)
    choices = tuple(
        Choice(" ".join([first, *rest]).strip(), right, "\n".join(why).strip(), line)
        for first, right, rest, why, line in answers
    )
    return "\n".join(text).strip(), choices, "\n".join(general).strip()


Problems = Iterator[tuple[int, str]]


def _problems(question: Question) -> Problems:
    if not question.text:
        yield question.line, "the question itself is missing: text before the answers"
    if not question.points:
        yield question.line, "points must be a number above 0"
    if not question.choices:
        yield question.line, "there are no answers: lines that begin with - [x] or - [ ]"
        return
    for choice in question.choices:
        if not choice.text:
            yield choice.line, "an answer without words"
    yield from KINDS[question.kind](question)


def _chosen(question: Question) -> Problems:
    if len(question.choices) < 2:
        yield question.line, "at least two answers are needed to choose from"
    for choice in question.choices:
        if not choice.right and not choice.explanation:
            yield choice.line, "a wrong choice needs its explanation: an indented line > ... under it"
    texts = [choice.text for choice in question.choices]
    if len(set(texts)) < len(texts):
        yield question.line, "two answers are the same"


def _single(question: Question) -> Problems:
    yield from _chosen(question)
    if len(question.right) != 1:
        yield question.line, f"a single question has exactly one right answer [x], not {len(question.right)}"


def _multiple(question: Question) -> Problems:
    yield from _chosen(question)
    if not question.right:
        yield question.line, "a multiple question has at least one right answer [x]"


def _ordering(question: Question) -> Problems:
    if not 2 <= len(question.choices) <= MOST:
        yield question.line, f"from 2 to {MOST} things can be put in order: lines that begin with 1. 2. 3."
    if len({choice.text for choice in question.choices}) < len(question.choices):
        yield question.line, "two things to be put in order are the same"


def _matching(question: Question) -> Problems:
    lefts = [choice.pair[0] for choice in question.right]
    if not 2 <= len(lefts) <= MOST:
        yield question.line, f"from 2 to {MOST} right pairs [x] are needed"
    if len(set(lefts)) < len(lefts):
        yield question.line, "two right pairs have the same left side"
    for choice in question.choices:
        left, right = choice.pair
        if not left or not right:
            yield choice.line, 'a pair is written "left = right"'
        elif not choice.right and left != ANY and left not in lefts:
            yield choice.line, f"{left!r} is the left side of no right pair"
        elif not choice.right and left != ANY and not choice.explanation:
            yield choice.line, "a wrong pair is there for its explanation: an indented line > ... under it"


def _foreseen(question: Question) -> Problems:
    if not question.right:
        yield question.line, "a right answer [x] is missing"
    for choice in question.choices:
        if not choice.right and not choice.explanation:
            yield choice.line, "a foreseen wrong answer is there for its explanation: an indented line > ... under it"


def _numeric(question: Question) -> Problems:
    yield from _foreseen(question)
    for choice in question.choices:
        if interval(choice.text) is None and (choice.right or choice.text != ANY):
            yield choice.line, f"{choice.text!r} is no number: 110, 40 ± 10, or 35..45"


def _cluster(question: Question) -> Problems:
    only = question.choices[0]
    if len(question.choices) != 1 or not only.right:
        yield question.line, "a cluster question has one answer: - [x] and an expression in backquotes"
    elif not re.fullmatch(r"`.+`", only.text):
        yield only.line, "the expression must stand in backquotes"


KINDS: dict[str, Callable[[Question], Problems]] = {
    "single": _single,
    "multiple": _multiple,
    "ordering": _ordering,
    "matching": _matching,
    "numeric": _numeric,
    "fill-in": _foreseen,
    "cluster": _cluster,
}
