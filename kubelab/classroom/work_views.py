"""A learner at an assignment: what it asks, the work itself beside its cluster, handing it in."""

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from kubelab.classroom import attempts, quizzes, standings
from kubelab.classroom.access import assignment_or_404, for_all, for_learners, while_it_runs
from kubelab.classroom.assignment_views import detail, learner_context
from kubelab.classroom.attempts import Refused
from kubelab.classroom.items import Item, item_of
from kubelab.classroom.models import Assignment, Attempt, By, Classroom, Explained, Kind, Late, Membership
from kubelab.classroom.terms import Terms
from kubelab.courses.live import EXERCISES
from kubelab.courses.models import Exercising
from kubelab.courses.presenting import help_of, pieces
from kubelab.courses.starting import exercise_of, furnish_if_need_be, start_lesson
from kubelab.courses.text import inline
from kubelab.courses.views import work_context
from kubelab.labs.keeping import NotKept


@for_all
@require_safe
def assignment(request: HttpRequest, classroom: Classroom, membership: Membership | None, number: int) -> HttpResponse:
    """An assignment: for its learners what there is to do, for its instructors how it goes."""
    if membership is None:
        return detail(request, classroom.public_id, number)
    found = assignment_or_404(classroom, number)
    context = learner_context(classroom, found, membership)
    context["tab"] = ""
    return render(request, "classroom/task.html", context | state_of(found, membership, context["terms"]))


def state_of(found: Assignment, membership: Membership, terms: Terms) -> dict[str, Any]:
    """Return what a learner may do now."""
    used, now = attempts.used(found, membership), timezone.now()
    work = work_on(found, membership) if found.kind == Kind.EXERCISE else None
    return {
        "standing": standings.of_class([found], membership).get(found.pk),
        "open_attempt": attempts.open_attempt(found, membership),
        "used": used,
        "left": terms.attempts_left(used),
        "is_open": terms.is_open(now),
        "is_over": terms.is_over(now),
        "may_begin": terms.is_open(now) and terms.attempts_left(used) != 0 and found.classroom.archived is None,
        "has_cluster": work is not None and work.lab_id is not None,
    }


def work_on(found: Assignment, membership: Membership) -> Exercising | None:
    """Return a learner's work on an assigned exercise."""
    mine = Exercising.objects.select_related("lab").filter(learner=membership.learner_id, task=found.pk)
    return mine.filter(lesson=found.lesson, exercise=found.exercise).first()


def task_or_404(classroom: Classroom, number: int) -> tuple[Assignment, Item]:
    """Return an assignment that may be worked on, and what it is about."""
    found = assignment_or_404(classroom, number)
    item = item_of(found)
    if item is None:
        raise Http404
    return found, item


@for_learners
@require_POST
@while_it_runs
def begin(request: HttpRequest, classroom: Classroom, membership: Membership, number: int) -> HttpResponse:
    """Begin, go on, or get a cluster again after it was deleted; `anew` begins an exercise from its start state."""
    found, item = task_or_404(classroom, number)
    try:
        if item.kind != Kind.LESSON:
            attempts.begin(found, membership, item, anew=request.POST.get("anew") == "yes")
        elif not standings.terms_of(found, membership).is_open(timezone.now()):
            raise Refused("It is not open yet.")
        elif membership.learner is not None:
            start_lesson(membership.learner, item.lesson)
            attempts.follow_lesson(found, membership)
    except (Refused, NotKept) as error:
        messages.error(request, str(error))
        return redirect("assignment", classroom.public_id, number)
    if item.kind == Kind.LESSON:
        return redirect("lesson", item.lesson.slug)
    return redirect("assignment-work", classroom.public_id, number)


@for_learners
@require_safe
@while_it_runs
def work(request: HttpRequest, classroom: Classroom, membership: Membership, number: int) -> HttpResponse:
    """The work itself: an exercise beside its cluster, or the questions of a quiz."""
    found, item = task_or_404(classroom, number)
    if item.kind == Kind.LESSON:
        return redirect("assignment", classroom.public_id, number)
    if item.kind == Kind.QUIZ:
        return quizzes.page(request, found, membership, item)
    mine = work_on(found, membership)
    if mine is None or mine.lab is None or item.file is None:
        return redirect("assignment", classroom.public_id, number)
    try:
        furnish_if_need_be(mine)
    except NotKept as error:
        messages.error(request, str(error))
    variant = exercise_of(mine, item.file)
    handed_in = handin_context(found, membership, mine)
    context = work_context(mine.lab, item.lesson, found.title, variant.open) | handed_in
    context |= {
        "step": {"slug": f"{EXERCISES}{item.file.slug}"},
        "exercise": variant,
        "work": mine,
        "pieces": pieces(
            variant, item.file.slug, item.lesson.slug, outcomes={}, answers={}, seed="",
            help_context=help_context(found, item, mine, handed_in["shows_solution"]),
        ),
    }  # fmt: skip
    return render(request, "classroom/exercise.html", context)


def help_context(
    found: Assignment, item: Item, mine: Exercising, with_solution: bool, *, fresh: bool = False
) -> dict[str, Any]:
    """Return the hints that were shown, if the assignment has any to show."""
    if item.file is None:
        return {}
    url = reverse("assignment-help", args=[found.classroom.public_id, found.pk])
    shown = help_of(exercise_of(mine, item.file), item.lesson.slug, mine.hints, with_solution, url, fresh)
    shown["offers_solution"] = False
    return shown if found.hints else shown | {"hints": [], "left": 0}


def handin_context(found: Assignment, membership: Membership, mine: Exercising | None, **more: Any) -> dict[str, Any]:
    """Return what the place where one hands in shows."""
    terms = standings.terms_of(found, membership)
    state = state_of(found, membership, terms)
    last = Attempt.objects.filter(assignment=found, membership=membership, graded__isnull=False).order_by("-number")
    shown = last.first()
    attempt = state["open_attempt"]
    is_done = state["is_over"] and (found.late == Late.REFUSED or (attempt is None and state["left"] == 0))
    return {
        **state,
        "classroom": found.classroom,
        "assignment": found,
        "terms": terms,
        "last": shown,
        "last_worth": terms.worth(shown) if shown is not None else None,
        "last_is_late": shown is not None and shown.submitted is not None and terms.is_late(shown.submitted),
        "results": results_of(shown, mine, found) if shown is not None else [],
        "ends": terms.ends(attempt.began) if attempt is not None else None,
        "shows_solution": is_done and found.explained != Explained.NEVER,
        **more,
    }


def results_of(attempt: Attempt, mine: Exercising | None, found: Assignment) -> list[dict[str, Any]]:
    """Return an attempt's outcomes by check, with the sentences of the learner's variant."""
    item = item_of(found)
    parts = item.parts if item is not None else []
    if item is not None and item.file is not None and mine is not None:
        parts = [(check.id, inline(check.sentence)) for check in exercise_of(mine, item.file).checks]
    known = [(ident, title) for ident, title in parts if ident in attempt.outcomes]
    return [{"title": title, **attempt.outcomes[ident]} for ident, title in known]


@for_learners
@require_POST
@while_it_runs
def submit(request: HttpRequest, classroom: Classroom, membership: Membership, number: int) -> HttpResponse:
    """Hand in. It is kept whatever the time is; pressing twice hands in once."""
    found, item = task_or_404(classroom, number)
    attempt = attempts.open_attempt(found, membership)
    error = ""
    if attempt is not None and is_meant(request, attempt):
        ended = attempts.ended(attempt)
        if item.kind == Kind.QUIZ and ended is None:
            quizzes.keep_answers(attempt, item, request.POST)
        try:
            attempts.hand_in(attempt, By.LEARNER if ended is None else By.TIME, ended)
        except NotKept as problem:
            error = str(problem)
    if item.kind == Kind.QUIZ:
        return quizzes.handed_in(request, found, membership, error)
    if not request.htmx:
        if error:
            messages.error(request, error)
        return redirect(reverse("assignment-work", args=[classroom.public_id, number]) + "#handin")
    context = handin_context(found, membership, work_on(found, membership), fresh=True, error=error)
    return render(request, "classroom/_handin.html", context)


def is_meant(request: HttpRequest, attempt: Attempt) -> bool:
    """Tell whether the page means this attempt, and not one that it has handed in before."""
    return request.POST.get("attempt", "") in ("", str(attempt.pk))


@for_learners
@require_POST
@while_it_runs
def save(request: HttpRequest, classroom: Classroom, membership: Membership, number: int) -> HttpResponse:
    """Keep the answers of a quiz as they are so far."""
    found, item = task_or_404(classroom, number)
    attempt = attempts.open_attempt(found, membership)
    refused = attempt is None or item.kind != Kind.QUIZ or not is_meant(request, attempt)
    if attempt is None or refused or attempts.ended(attempt) is not None:
        if request.htmx:
            return HttpResponseClientRedirect(reverse("assignment", args=[classroom.public_id, number]))
        return redirect("assignment", classroom.public_id, number)
    answered = quizzes.keep_answers(attempt, item, request.POST)
    if not request.htmx:
        return redirect("assignment-work", classroom.public_id, number)
    return render(request, "classroom/_answered.html", {"answered": answered, "questions": item.parts, "oob": True})


@for_learners
@require_POST
@while_it_runs
def ask_help(request: HttpRequest, classroom: Classroom, membership: Membership, number: int) -> HttpResponse:
    """Show one more hint, where the assignment allows it."""
    found, item = task_or_404(classroom, number)
    mine = work_on(found, membership)
    if mine is None or item.file is None or not found.hints:
        raise Http404
    if mine.hints < len(exercise_of(mine, item.file).hints):
        Exercising.objects.filter(pk=mine.pk).update(hints=F("hints") + 1)
        mine.refresh_from_db(fields=["hints"])
    if not request.htmx:
        return redirect(reverse("assignment-work", args=[classroom.public_id, number]) + "#help")
    return render(request, "courses/_help.html", help_context(found, item, mine, False, fresh=True))
