"""What templates show of a page of a lesson: its parts in their order, ready to be included one after another."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from kubelab.courses.checks.watching import Outcome
from kubelab.courses.format.lesson import Aside, Check, Hint, Page, Solution, Text
from kubelab.courses.format.questions import Question
from kubelab.courses.grading import Graded, grade, is_order, rights, shuffled
from kubelab.courses.models import Answer
from kubelab.courses.text import html, inline

WAITING = Outcome(False)
PARAGRAPHS = re.compile(r"\n\s*\n|\n(?=```|~~~)")


@dataclass
class Piece:
    """One thing to show: `template` is included with `context`."""

    template: str
    context: dict[str, Any]


@dataclass
class ShownCheck:
    """A check as it stands."""

    check: Check
    outcome: Outcome

    @property
    def sentence(self) -> SafeString:
        return inline(self.check.sentence)

    @property
    def state(self) -> str:
        return "passed" if self.outcome.passed else "waiting"


@dataclass
class ShownChoice:
    """An answer to choose, to put in its place, or to match."""

    number: int
    words: SafeString
    mark: str = ""  # "is-right", "is-wrong"
    is_chosen: bool = False
    given: Any = None  # the place, or the number of the right side


@dataclass
class ShownQuestion:
    """A question with the answer that counts, if there is one."""

    question: Question
    page: str
    order: list[int]
    graded: Graded | None = None
    given: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    lesson: str = ""

    @property
    def legend(self) -> SafeString:
        """The question's first paragraph."""
        return inline(PARAGRAPHS.split(self.question.text, maxsplit=1)[0])

    @property
    def more(self) -> SafeString:
        """What comes after it: code, further paragraphs."""
        _, *rest = PARAGRAPHS.split(self.question.text, maxsplit=1)
        return html("".join(rest), self.lesson)

    @property
    def explanation(self) -> SafeString:
        return html(self.question.explanation, self.lesson)

    @property
    def notes(self) -> list[tuple[SafeString, SafeString]]:
        found = self.graded.notes if self.graded else []
        return [(inline(words), html(explanation, self.lesson)) for words, explanation in found]

    @property
    def missing(self) -> int:
        """Of a multiple question: how many right answers were not chosen."""
        if self.question.kind != "multiple" or self.graded is None:
            return 0
        return len(self.question.right) - sum(self.graded.marks.values())

    @property
    def choices(self) -> list[ShownChoice]:
        question, marks = self.question, self.graded.marks if self.graded else {}
        shown = []
        for number in self.order:
            choice = question.choices[number]
            if question.kind == "matching" and not choice.right:
                continue
            words = choice.pair[0] if question.kind == "matching" else choice.text
            mark = "" if number not in marks else "is-right" if marks[number] else "is-wrong"
            chosen = number in self.given.get("chosen", ())
            shown.append(ShownChoice(number, inline(words), mark, chosen, self._given(number)))
        return shown

    def _given(self, number: int) -> Any:
        if "places" in self.given:
            places = self.given["places"]
            return places[number] if number < len(places) else None
        if "matched" in self.given:
            side = self.given["matched"].get(str(number))
            sides = rights(self.question)
            return sides.index(side) if side in sides else None
        return None

    @property
    def places(self) -> range:
        return range(1, len(self.question.choices) + 1)

    @property
    def sides(self) -> list[tuple[int, str]]:
        """The right sides of a matching question, in the order of their words: it gives nothing away."""
        return sorted(enumerate(rights(self.question)), key=lambda side: side[1].casefold())

    @property
    def order_text(self) -> str:
        return ",".join(map(str, self.order))


def shown_question(
    question: Question,
    page: str,
    lesson: str,
    answer: Answer | None,
    seed: str,
    order: list[int] | None = None,
) -> ShownQuestion:
    """Return a question to show.

    Args:
        seed: by which its choices are shuffled.
        order: of the choices, when the page has them in one already.
    """
    graded, given = None, {}
    if answer is not None:
        try:
            graded, given = grade(question, answer.given), answer.given
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            graded, given = None, {}  # the question was another one when it was answered
        kept = answer.given.get("order")
        order = order or (kept if is_order(kept, question) else None)
    return ShownQuestion(question, page, order or shuffled(question, seed), graded, given, lesson=lesson)


def pieces(
    page: Page,
    slug: str,
    lesson: str,
    *,
    outcomes: Mapping[str, Outcome],
    answers: Mapping[str, Answer],
    seed: str,
    help_context: dict[str, Any] | None = None,
) -> Iterable[Piece]:
    """Yield what is shown of a page, in order. Checks that follow each other are one list, all help is one place."""
    checks: list[ShownCheck] = []
    helped = help_context is None
    for part in page.parts:
        if isinstance(part, Check):
            checks.append(ShownCheck(part, outcomes.get(part.id, WAITING)))
            continue
        if checks:
            yield Piece("courses/_checks.html", {"checks": checks})
            checks = []
        if isinstance(part, Text):
            yield Piece("courses/_text.html", {"html": html(part.markdown, lesson)})
        elif isinstance(part, Aside):
            title = inline(part.title) if part.title else part.kind.capitalize()
            context = {"kind": part.kind, "title": title, "html": html(part.text.markdown, lesson)}
            yield Piece("courses/_aside.html", context)
        elif isinstance(part, Question):
            shown = shown_question(part, slug, lesson, answers.get(part.id), seed)
            yield Piece("courses/_question.html", {"shown": shown})
        elif isinstance(part, Hint | Solution) and not helped and help_context is not None:
            helped = True
            yield Piece("courses/_help.html", help_context)
    if checks:
        yield Piece("courses/_checks.html", {"checks": checks})


def help_of(page: Page, lesson: str, shown: int, with_solution: bool, url: str, fresh: bool = False) -> dict[str, Any]:
    """Return the hints that were shown, and what can be asked for next.

    Args:
        shown: how many hints were.
        url: where one asks.
        fresh: the last one was asked for just now, and is open.
    """
    hints = page.hints[:shown]
    left = len(page.hints) - len(hints)
    solutions = page.solutions if with_solution else []
    last = len(hints) - 1 if fresh and not solutions else -1
    return {
        "hints": [
            {
                "title": hint.title or f"Hint {number + 1}",
                "html": html(hint.text.markdown, lesson),
                "open": number == last,
            }
            for number, hint in enumerate(hints)
        ],
        "solutions": [html(solution.text.markdown, lesson) for solution in solutions],
        "open": fresh,
        "left": left,
        "offers_solution": not left and bool(page.solutions) and not with_solution,
        "url": url,
    }
