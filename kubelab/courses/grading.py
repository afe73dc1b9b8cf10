"""Grades answers to quiz questions, and says what each wrong choice has overlooked.

Knows no learner and no database.
"""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kubelab.courses.format.questions import ANY, Choice, Question, interval

Given = dict[str, Any]
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?\Z")
LONGEST = 500  # letters of a typed answer


class Form(Protocol):
    """What was sent: Django's QueryDict, or anything that looks like it."""

    def get(self, name: str, default: Any = None) -> Any: ...
    def getlist(self, name: str) -> list[str]: ...


class NoAnswer(Exception):
    """Nothing, or nothing that can be understood, was answered; the message is for the learner."""


@dataclass
class Graded:
    """How an answer did.

    Args:
        score: from 0 to 1.
        marks: by the number of the choice, whether it was right.
        notes: explanations for what was chosen or got wrong: the choice's words, and the explanation.
    """

    score: float
    marks: dict[int, bool] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return self.score >= 1


def shuffled(question: Question, seed: str) -> list[int]:
    """Return the numbers of a question's choices in the order in which a learner sees them."""
    order = list(range(len(question.choices)))
    if not question.fixed:
        # Chance of its own: the same learner gets the same order again.
        random.Random(f"{seed}/{question.id}").shuffle(order)
        if question.kind == "ordering" and order == sorted(order):
            order.append(order.pop(0))
    return order


def is_order(order: Any, question: Question) -> bool:
    """Tell whether something is an order of a question's choices."""
    return isinstance(order, list) and sorted(order, key=str) == sorted(range(len(question.choices)), key=str)


def rights(question: Question) -> list[str]:
    """Return the right sides of a matching question, each once, as they are written."""
    return list(dict.fromkeys(choice.pair[1] for choice in question.choices if choice.right or choice.pair[0] == ANY))


def given_in(question: Question, form: Form) -> Given:
    """Read the answer that was sent.

    Raises:
        NoAnswer: if there is none.
    """
    return READERS[question.kind](question, form)


def grade(question: Question, given: Given) -> Graded:
    """Grade an answer. Cluster questions are graded where their cluster is."""
    return GRADERS[question.kind](question, given)


# what was sent


def _number_in(text: Any, most: int) -> int | None:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 4 and int(text) < most else None


def _chosen(question: Question, form: Form) -> Given:
    numbers = [_number_in(text, len(question.choices)) for text in form.getlist("answer")]
    chosen = sorted({number for number in numbers if number is not None})
    if not chosen:
        raise NoAnswer("Choose an answer first.")
    return {"chosen": chosen[:1] if question.kind == "single" else chosen}


def _ordered(question: Question, form: Form) -> Given:
    count = len(question.choices)
    places = [_number_in(form.get(f"place-{number}"), count + 1) for number in range(count)]
    if any(not place for place in places):
        raise NoAnswer("Give each of them its place.")
    if len(set(places)) < count:
        raise NoAnswer("Two of them have the same place.")
    return {"places": places}


def _matched(question: Question, form: Form) -> Given:
    sides = rights(question)
    matched = {}
    for number, choice in enumerate(question.choices):
        if choice.right:
            side = _number_in(form.get(f"match-{number}"), len(sides))
            if side is None:
                raise NoAnswer("Find a match for each of them.")
            matched[str(number)] = sides[side]
    return {"matched": matched}


def _typed(question: Question, form: Form) -> Given:
    text = str(form.get("answer", "") or "").strip()[:LONGEST]
    if not text:
        raise NoAnswer("Type an answer first.")
    if question.kind == "numeric" and _as_number(text) is None:
        raise NoAnswer("That is no number.")
    return {"text": text}


def _nothing(question: Question, form: Form) -> Given:
    return {}


READERS: dict[str, Callable[[Question, Form], Given]] = {
    "single": _chosen,
    "multiple": _chosen,
    "ordering": _ordered,
    "matching": _matched,
    "numeric": _typed,
    "fill-in": _typed,
    "cluster": _nothing,
}

# grading


def _as_number(text: str) -> float | None:
    text = text.replace(" ", "")
    text = text.replace(",", "") if THOUSANDS.match(text) else text.replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _note(choice: Choice) -> list[tuple[str, str]]:
    return [(choice.text, choice.explanation)] if choice.explanation else []


def _grade_chosen(question: Question, given: Given) -> Graded:
    chosen = [number for number in given["chosen"] if number < len(question.choices)]
    picked = {number: question.choices[number] for number in chosen}
    marks = {number: choice.right for number, choice in picked.items()}
    notes = [note for choice in picked.values() for note in _note(choice)]
    if question.kind == "single":
        return Graded(float(all(marks.values()) and bool(marks)), marks, notes)
    fitting = [choice.right == (number in picked) for number, choice in enumerate(question.choices)]
    return Graded(sum(fitting) / len(fitting), marks, notes)


def _grade_ordering(question: Question, given: Given) -> Graded:
    places = given["places"]
    marks = {number: place == number + 1 for number, place in enumerate(places[: len(question.choices)])}
    notes = [note for number, right in marks.items() if not right for note in _note(question.choices[number])]
    return Graded(sum(marks.values()) / len(question.choices), marks, notes)


def _grade_matching(question: Question, given: Given) -> Graded:
    marks: dict[int, bool] = {}
    notes: list[tuple[str, str]] = []
    foreseen = {choice.pair: choice for choice in question.choices if not choice.right}
    for number, choice in enumerate(question.choices):
        if not choice.right:
            continue
        left, right = choice.pair
        matched = given["matched"].get(str(number), "")
        marks[number] = matched == right
        if not marks[number]:
            wrong = foreseen.get((left, matched), choice)
            notes += [(left, wrong.explanation)] if wrong.explanation else []
    return Graded(sum(marks.values()) / len(marks), marks, notes)


def _grade_typed(question: Question, given: Given, fits: Callable[[Choice], bool]) -> Graded:
    choice = next((one for one in question.choices if one.text != ANY and fits(one)), None)
    choice = choice or next((one for one in question.choices if one.text == ANY and not one.right), None)
    if choice is None:
        return Graded(0.0)
    return Graded(float(choice.right), {}, [(given["text"], choice.explanation)] if choice.explanation else [])


def _grade_numeric(question: Question, given: Given) -> Graded:
    number = _as_number(given["text"])

    def fits(choice: Choice) -> bool:
        accepted = interval(choice.text)
        return accepted is not None and number is not None and accepted.holds(number)

    return _grade_typed(question, given, fits)


def _grade_fill_in(question: Question, given: Given) -> Graded:
    return _grade_typed(question, given, lambda choice: _plain(choice.text) == _plain(given["text"]))


def _plain(text: str) -> str:
    return " ".join(text.strip("`").casefold().split())


def _grade_cluster(question: Question, given: Mapping[str, Any]) -> Graded:
    why = str(given.get("why") or "")
    return Graded(float(bool(given.get("passed"))), {}, [("", why)] if why else [])


GRADERS: dict[str, Callable[[Question, Given], Graded]] = {
    "single": _grade_chosen,
    "multiple": _grade_chosen,
    "ordering": _grade_ordering,
    "matching": _grade_matching,
    "numeric": _grade_numeric,
    "fill-in": _grade_fill_in,
    "cluster": _grade_cluster,
}
