"""Which parts of an assignment are hard, and what is often got wrong: by each learner's attempt that counts."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from kubelab.classroom.items import Item, plain
from kubelab.classroom.models import Assignment, Attempt, Kind, Standing
from kubelab.courses.format.questions import Question

MOST = 5  # wrong answers of one question


@dataclass
class Part:
    """A check, a step or a question, over all learners."""

    id: str
    title: str
    tried: int = 0
    reached: float = 0.0

    @property
    def percent(self) -> int:
        """How much of it was right, of a hundred."""
        return round(100 * self.reached / self.tried) if self.tried else 0

    @property
    def is_hard(self) -> bool:
        return self.tried > 2 and self.percent < 50


def that_count(assignment: Assignment) -> list[Attempt]:
    """Return each learner's attempt that counts."""
    best = Standing.objects.filter(assignment=assignment, membership__removed=None, best__isnull=False).values("best")
    return list(Attempt.objects.filter(pk__in=best))


def difficulty(assignment: Assignment, item: Item | None) -> list[Part]:
    """Return the parts of an assignment with how they went, in their order."""
    if item is None:
        return []
    parts = {ident: Part(ident, title) for ident, title in item.parts}
    if item.kind == Kind.LESSON:
        return _of_lesson(assignment, parts)
    for attempt in that_count(assignment):
        for ident, outcome in attempt.outcomes.items():
            if ident in parts:
                parts[ident].tried += 1
                parts[ident].reached += outcome["score"]
    return list(parts.values())


def _of_lesson(assignment: Assignment, parts: dict[str, Part]) -> list[Part]:
    """A lesson is not handed in: its steps are done, or not yet."""
    begun = Standing.objects.filter(assignment=assignment, membership__removed=None, began__isnull=False)
    for passed in begun.values_list("passed", flat=True):
        for ident, part in parts.items():
            part.tried += 1
            part.reached += ident in passed
    return list(parts.values())


@dataclass
class Wrong:
    """A question with the answers that are wrong most often."""

    question: Question
    answers: list[tuple[str, int]]

    @property
    def title(self) -> str:
        return plain(self.question.text)


def common_wrong_answers(assignment: Assignment, item: Item | None) -> list[Wrong]:
    """Return, for each question of a quiz that anybody got wrong, which answers were given for it how often."""
    if item is None or item.kind != Kind.QUIZ or item.lesson.quiz is None:
        return []
    made, found = that_count(assignment), []
    for question in item.lesson.quiz.questions:
        counted: Counter[str] = Counter()
        for attempt in made:
            outcome = attempt.outcomes.get(question.id)
            if outcome is not None and outcome["score"] < 1:
                counted.update(said(question, attempt.answers.get(question.id)))
        if counted:
            found.append(Wrong(question, counted.most_common(MOST)))
    return found


def said(question: Question, given: Any) -> list[str]:
    """Return what was wrong in an answer, in words."""
    try:
        return [plain(text) for text in SAYINGS[question.kind](question, given)] if given else ["no answer"]
    except (KeyError, IndexError, TypeError, AttributeError):
        return []


def _chosen(question: Question, given: dict[str, Any]) -> list[str]:
    chosen = set(given["chosen"])
    wrong = [question.choices[number].text for number in chosen if not question.choices[number].right]
    missing = [choice.text for number, choice in enumerate(question.choices) if choice.right and number not in chosen]
    return wrong + ([f"without: {text}" for text in missing] if question.kind == "multiple" else [])


def _ordered(question: Question, given: dict[str, Any]) -> list[str]:
    order = sorted(range(len(question.choices)), key=lambda number: given["places"][number])
    return [" → ".join(question.choices[number].text for number in order)]


def _matched(question: Question, given: dict[str, Any]) -> list[str]:
    pairs = {str(number): choice.pair for number, choice in enumerate(question.choices) if choice.right}
    return [f"{pairs[n][0]} = {right}" for n, right in given["matched"].items() if n in pairs and pairs[n][1] != right]


def _typed(question: Question, given: dict[str, Any]) -> list[str]:
    return [given["text"]]


def _cluster(question: Question, given: dict[str, Any]) -> list[str]:
    return [given.get("why") or "the cluster was not so"]


SAYINGS = {
    "single": _chosen,
    "multiple": _chosen,
    "ordering": _ordered,
    "matching": _matched,
    "numeric": _typed,
    "fill-in": _typed,
    "cluster": _cluster,
}
