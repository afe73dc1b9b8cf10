"""Exercises: a task, a cluster of its own that begins in a given state, and points."""

from typing import Any

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kubelab.accounts.guests import learner_of
from kubelab.courses.checks.watching import Outcome
from kubelab.courses.format.lesson import Exercise, ExerciseFile, Lesson
from kubelab.courses.judging import hand_in
from kubelab.courses.live import EXERCISES
from kubelab.courses.models import Exercising, Submission
from kubelab.courses.presenting import ShownCheck, help_of, pieces
from kubelab.courses.starting import exercise_of, furnish_if_need_be, start_exercise
from kubelab.courses.telling import tells_what_was_not_kept
from kubelab.courses.views import lesson_or_404, work_context
from kubelab.labs import creation, live
from kubelab.labs.visits import visit, wake

MOST_SUBMISSIONS = 200  # of one exercise by one learner: all are kept, the cluster is looked at for each


def exercise_or_404(slug: str, name: str) -> tuple[Lesson, ExerciseFile]:
    lesson = lesson_or_404(slug)
    file = lesson.exercises.get(name)
    if file is None:
        raise Http404
    return lesson, file


def work_of(request: HttpRequest, slug: str, name: str) -> Exercising | None:
    """Return the visitor at an exercise; None when they have not begun."""
    if not request.user.is_authenticated:
        return None
    found = Exercising.objects.select_related("lab").filter(learner=request.user, lesson=slug, exercise=name, task=0)
    return found.first()


@require_http_methods(["GET", "HEAD", "POST"])
@tells_what_was_not_kept
def exercise(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """The task beside its cluster; before, a page that starts it. A POST makes the cluster."""
    lesson, file = exercise_or_404(slug, name)
    if request.method == "POST":
        start_exercise(learner_of(request), lesson, file)
        return redirect("exercise", slug, name)
    work = work_of(request, slug, name)
    if work is None or work.lab is None:
        return render(request, "courses/exercise_start.html", {"lesson": lesson, "exercise": file})
    furnish_if_need_be(work)
    variant = exercise_of(work, file)
    submissions = list(work.submissions.order_by("-pk"))
    context = work_context(work.lab, lesson, variant.title, variant.open) | {
        "step": {"slug": f"{EXERCISES}{name}"},
        "exercise": variant,
        "work": work,
        "pieces": pieces(
            variant,
            name,
            slug,
            outcomes={},
            answers={},
            seed="",
            help_context=help_context(lesson, variant, work, bool(submissions)),
        ),
        **result_context(variant, submissions),
    }
    return render(request, "courses/exercise.html", context)


def help_context(
    lesson: Lesson, variant: Exercise, work: Exercising, handed_in: bool, *, fresh: bool = False
) -> dict[str, Any]:
    """Hints as they are asked for; the solution is shown to those who have handed in."""
    url = reverse("exercise-help", args=[lesson.slug, variant.slug])
    context = help_of(variant, lesson.slug, work.hints, handed_in, url, fresh)
    return context | {"offers_solution": False}


def result_context(variant: Exercise, submissions: list[Submission]) -> dict[str, Any]:
    last = submissions[0] if submissions else None
    if last is None:
        return {"last": None}
    shown = [
        {"check": ShownCheck(check, Outcome(outcome["passed"], outcome["why"])), "points": outcome["points"]}
        for check in variant.checks
        if (outcome := last.outcomes.get(check.id)) is not None
    ]
    return {"last": last, "results": shown, "best": max(one.points for one in submissions), "tries": len(submissions)}


@require_POST
@tells_what_was_not_kept
def submit(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Hand in: the cluster is graded as it is now. It can be done again; every try is kept."""
    lesson, file = exercise_or_404(slug, name)
    work = work_of(request, slug, name)
    if work is None or work.lab is None:
        raise Http404
    variant = exercise_of(work, file)
    if work.submissions.count() < MOST_SUBMISSIONS:
        hand_in(work, variant)
    if not request.htmx:
        return redirect(reverse("exercise", args=[slug, name]) + "#result")
    submissions = list(work.submissions.order_by("-pk"))
    context = {"lesson": lesson, "exercise": variant, "fresh": True, **result_context(variant, submissions)}
    return render(request, "courses/_result.html", context)


@require_POST
def exercise_help(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Show one more hint."""
    lesson, file = exercise_or_404(slug, name)
    work = work_of(request, slug, name)
    if work is None:
        raise Http404
    variant = exercise_of(work, file)
    if work.hints < len(variant.hints):
        Exercising.objects.filter(pk=work.pk).update(hints=F("hints") + 1)
        work.refresh_from_db(fields=["hints"])
    if not request.htmx:
        return redirect(reverse("exercise", args=[slug, name]) + "#help")
    context = help_context(lesson, variant, work, work.submissions.exists(), fresh=True)
    return render(request, "courses/_help.html", context)


@require_POST
@tells_what_was_not_kept
def exercise_again(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Begin the exercise again, from its start state."""
    exercise_or_404(slug, name)
    work = work_of(request, slug, name)
    if work is None or work.lab is None:
        raise Http404
    creation.reset(work.lab.pk)
    lab = live.live(work.lab.pk)
    if lab is not None:
        lab.start_over()
    visit(work.lab.pk, wake)
    return redirect("exercise", slug, name)
