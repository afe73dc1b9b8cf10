"""A quiz that was assigned: all questions on one page, answers kept as they are given, graded together."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from kubelab.classroom import attempts, standings
from kubelab.classroom.items import Item, item_of
from kubelab.classroom.models import Assignment, Attempt, Explained, Membership
from kubelab.courses import progress as progresses
from kubelab.courses.format.questions import Question
from kubelab.courses.grading import Form, NoAnswer, given_in, grade
from kubelab.courses.presenting import ShownQuestion, shown_question


class Part:
    """The fields of one question in a form that has several.

    Args:
        form: all of it.
        prefix: of the question's names.
    """

    def __init__(self, form: Form, prefix: str) -> None:
        self.form, self.prefix = form, prefix

    def get(self, name: str, default: Any = None) -> Any:
        return self.form.get(f"{self.prefix}:{name}", default)

    def getlist(self, name: str) -> list[str]:
        return self.form.getlist(f"{self.prefix}:{name}")


def questions_of(item: Item) -> list[Question]:
    """Return the questions of an item that is a quiz."""
    return list(item.lesson.quiz.questions) if item.lesson.quiz is not None else []


def keep_answers(attempt: Attempt, item: Item, form: Any) -> int:
    """Keep what a page has answered so far; returns how many questions have an answer."""
    answers: dict[str, Any] = {}
    for question in questions_of(item):
        if question.kind == "cluster":
            continue
        try:
            answers[question.id] = given_in(question, Part(form, question.id))
        except NoAnswer:
            draft = draft_of(question, form)
            if draft:
                answers[question.id] = draft
    if Attempt.objects.filter(pk=attempt.pk, submitted=None).update(answers=answers):
        if set(answers) != set(attempt.answers):
            standings.note_passed(attempt.assignment, attempt.membership, list(answers))
        attempt.answers = answers
    return len(answers)


def draft_of(question: Question, form: Any) -> dict[str, Any]:
    """Return what was filled in of a question that is not answered in full: it is kept, too."""
    part, count = Part(form, question.id), len(question.choices)
    if question.kind == "ordering":
        places = [str(part.get(f"place-{number}") or "") for number in range(count)]
        kept = [int(place) if place.isdecimal() and len(place) < 4 else 0 for place in places]
        return {"places": kept} if any(kept) else {}
    if question.kind == "numeric" and str(part.get("answer") or "").strip():
        return {"text": str(part.get("answer")).strip()[:500]}
    if question.kind == "matching":
        return matched_so_far(question, part)
    return {}


def matched_so_far(question: Question, part: Part) -> dict[str, Any]:
    """Return the matches that were chosen so far."""
    from kubelab.courses.grading import rights

    sides, matched = rights(question), dict[str, str]()
    for number, choice in enumerate(question.choices):
        text = str(part.get(f"match-{number}") or "")
        if choice.right and text.isdecimal() and len(text) < 4 and int(text) < len(sides):
            matched[str(number)] = sides[int(text)]
    return {"matched": matched} if matched else {}


def page(request: HttpRequest, found: Assignment, membership: Membership, item: Item) -> HttpResponse:
    """The questions of the open attempt; where there is none, what the last one came to."""
    attempt = attempts.open_attempt(found, membership)
    if attempt is None:
        last = Attempt.objects.filter(assignment=found, membership=membership, graded__isnull=False)
        newest = last.order_by("-number").first()
        if newest is None:
            return redirect("assignment", found.classroom.public_id, found.pk)
        return redirect("attempt", found.classroom.public_id, newest.pk)
    terms = standings.terms_of(found, membership)
    progress = progresses.progress_of(membership.learner, item.lesson)
    context = {
        "classroom": found.classroom,
        "assignment": found,
        "attempt": attempt,
        "item": item,
        "terms": terms,
        "ends": terms.ends(attempt.began),
        "is_over": terms.is_over(timezone.now()),
        "questions": [shown(question, attempt, item, marked=False) for question in questions_of(item)],
        "answered": len(attempt.answers),
        "lab": progress.lab if progress is not None else None,
    }
    return render(request, "classroom/quiz.html", context)


def shown(question: Question, attempt: Attempt, item: Item, *, marked: bool) -> ShownQuestion:
    """Return a question with the answer that an attempt has for it.

    Args:
        marked: with what is right and wrong about it, and the explanations.
    """
    seed = str(attempt.membership.learner_id)
    found = shown_question(question, "quiz", item.lesson.slug, None, seed)
    given = attempt.answers.get(question.id)
    if given:
        found.given = given
    if marked:
        try:
            found.graded = grade(question, given) if given else None
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            found.graded, found.given = None, {}
    return found


def may_explain(found: Assignment, terms: Any, left: int | None) -> bool:
    """Tell whether a learner may see what was right and wrong about their answers."""
    if found.explained == Explained.AFTER_DUE:
        return terms.due is not None and terms.is_over(timezone.now())
    return found.explained == Explained.AT_ONCE


def review(attempt: Attempt, *, explained: bool) -> list[Mapping[str, Any]]:
    """Return the questions of a graded attempt, in the quiz's order."""
    item = item_of(attempt.assignment)
    if item is None:
        return []
    return [
        {"shown": shown(question, attempt, item, marked=explained), "outcome": attempt.outcomes[question.id]}
        for question in questions_of(item)
        if question.id in attempt.outcomes
    ]


def handed_in(request: HttpRequest, found: Assignment, membership: Membership, error: str) -> HttpResponse:
    """After a quiz was handed in: what it came to."""
    if error:
        messages.error(request, error)
        return redirect("assignment-work", found.classroom.public_id, found.pk)
    last = Attempt.objects.filter(assignment=found, membership=membership, graded__isnull=False)
    newest = last.order_by("-number").first()
    if newest is None:
        return redirect("assignment", found.classroom.public_id, found.pk)
    return redirect("attempt", found.classroom.public_id, newest.pk)
