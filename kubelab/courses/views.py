"""The pages of lessons: the list, the start, the steps, the end, and pictures.

A mere visit makes nothing: rows and clusters come with a POST. What belongs to another learner does not exist here,
because everything is looked up by who asks.
"""

import mimetypes
from typing import Any, cast

from django.conf import settings
from django.db.models import F
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kubelab.accounts.guests import learner_of
from kubelab.accounts.models import User
from kubelab.courses import progress as progresses
from kubelab.courses.checks.watching import Outcome
from kubelab.courses.format.lesson import Lesson, Step
from kubelab.courses.library import library
from kubelab.courses.models import Exercising, Progress, StepProgress
from kubelab.courses.presenting import help_of, pieces
from kubelab.courses.starting import furnish_if_need_be, start_lesson
from kubelab.courses.telling import tells_what_was_not_kept
from kubelab.courses.text import html

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def lesson_or_404(slug: str) -> Lesson:
    lesson = library().lesson(slug)
    if lesson is None:
        raise Http404
    return lesson


def seed_of(request: HttpRequest) -> str:
    """Return what answers are shuffled by for a visitor."""
    return str(request.user.pk or "")


@require_safe
def lessons(request: HttpRequest) -> HttpResponse:
    """All lessons, by part, with how far the visitor is."""
    standings = progresses.standings(request.user)
    parts = []
    for part, found in library().parts().items():
        rows = []
        for lesson in found:
            standing = standings.get(lesson.slug)
            rows.append(
                {
                    "lesson": lesson,
                    "standing": standing,
                    "done": standing.steps_done(lesson) if standing else 0,
                    "topics": [library().topics.titles.get(topic, topic) for topic in lesson.topics],
                }
            )
        parts.append({"title": part or "Others", "rows": rows})
    mistakes = library().all_mistakes() if request.user.is_authenticated and cast(User, request.user).is_staff else []
    latest = max(standings.values(), key=lambda one: one.progress.seen, default=None)
    going_on = library().lesson(latest.progress.lesson) if latest and latest.progress.finished is None else None
    return render(request, "courses/lessons.html", {"parts": parts, "mistakes": mistakes, "going_on": going_on})


@require_http_methods(["GET", "HEAD", "POST"])
@tells_what_was_not_kept
def lesson(request: HttpRequest, slug: str) -> HttpResponse:
    """Where a lesson begins; a learner who has begun goes on where they were. A POST makes the cluster."""
    found = lesson_or_404(slug)
    if request.method == "POST":
        progress: Progress | None = start_lesson(learner_of(request), found)
    else:
        progress = progresses.progress_of(request.user, found)
    if progress is not None and progress.lab is not None:
        return redirect("step", slug, progresses.current_step(progress, found).slug)
    by_slug = {one.slug: one for one in library().lessons()}
    context = {
        "lesson": found,
        "introduction": [html(part.markdown, slug) for part in found.introduction.texts],
        "before": [by_slug[one] for one in found.after if one in by_slug],
        "topics": [library().topics.titles.get(topic, topic) for topic in found.topics],
        "progress": progress,
    }
    return render(request, "courses/start.html", context)


def work_context(lab: Any, lesson: Lesson, title: str, files: tuple[str, ...]) -> dict[str, Any]:
    """Return what labs/lab.html wants."""
    return {"lab": lab, "lab_title": title, "lab_files": list(files), "lesson": lesson}


def step_or_404(request: HttpRequest, slug: str, step_slug: str) -> tuple[Lesson, Step, Progress | None]:
    found = lesson_or_404(slug)
    step = found.step(step_slug)
    if step is None:
        raise Http404
    return found, step, progresses.progress_of(request.user, found)


@require_safe
@tells_what_was_not_kept
def step(request: HttpRequest, slug: str, step_slug: str) -> HttpResponse:
    """One step of a lesson, beside the learner's cluster."""
    found, current, progress = step_or_404(request, slug, step_slug)
    if progress is None or progress.lab is None:
        return redirect("lesson", slug)
    furnish_if_need_be(progress)
    opened = StepProgress.objects.filter(progress=progress, step=current.slug).first()
    previous, following = found.neighbours(current.slug)
    outcomes = {check: Outcome(True) for check in progresses.passed_checks(progress, current)}
    context = work_context(progress.lab, found, found.title, found.open) | {
        "step": current,
        "number": found.steps.index(current) + 1,
        "done": progresses.steps_done(progress),
        "pieces": pieces(
            current,
            current.slug,
            slug,
            outcomes=outcomes,
            answers=progresses.answers_of(progress, current.slug),
            seed=seed_of(request),
            help_context=help_context(found, current, opened),
        ),
        "previous": previous,
        "following": following,
    }
    return render(request, "courses/step.html", context)


def help_context(found: Lesson, current: Step, opened: StepProgress | None, *, fresh: bool = False) -> dict[str, Any]:
    return help_of(
        current,
        found.slug,
        opened.hints if opened else 0,
        bool(opened and opened.solution),
        reverse("step-help", args=[found.slug, current.slug]),
        fresh,
    )


@require_POST
def step_help(request: HttpRequest, slug: str, step_slug: str) -> HttpResponse:
    """Show one more hint, or the solution when all hints were shown."""
    found, current, progress = step_or_404(request, slug, step_slug)
    if progress is None:
        raise Http404
    opened, _ = StepProgress.objects.get_or_create(progress=progress, step=current.slug)
    if opened.hints < len(current.hints):
        StepProgress.objects.filter(pk=opened.pk).update(hints=F("hints") + 1)
    elif opened.solution is None:
        StepProgress.objects.filter(pk=opened.pk).update(solution=timezone.now())
    opened.refresh_from_db()
    if not request.htmx:
        return redirect(reverse("step", args=[slug, step_slug]) + "#help")
    return render(request, "courses/_help.html", help_context(found, current, opened, fresh=True))


@require_safe
def end(request: HttpRequest, slug: str) -> HttpResponse:
    """After the last step: what is done, what is left, and where it goes on."""
    found = lesson_or_404(slug)
    progress = progresses.progress_of(request.user, found)
    if progress is None:
        return redirect("lesson", slug)
    done = progresses.steps_done(progress)
    answers = progresses.answers_of(progress, "quiz")
    score = progresses.score_of(answers, found.quiz) if found.quiz is not None else None
    order = library().lessons()
    place = next((index for index, one in enumerate(order) if one.slug == slug), -1)
    best = {}
    for work in Exercising.objects.filter(learner=progress.learner, lesson=slug, task=0).prefetch_related(
        "submissions"
    ):
        best[work.exercise] = max((one.points for one in work.submissions.all()), default=None)
    context = {
        "lesson": found,
        "progress": progress,
        "left": [one for one in found.steps if one.slug not in done],
        "score": score,
        "answered": bool(answers),
        "exercises": [(file, best.get(name)) for name, file in found.exercises.items()],
        "following": order[place + 1] if 0 <= place < len(order) - 1 else None,
    }
    return render(request, "courses/end.html", context)


@require_safe
def picture(request: HttpRequest, slug: str, name: str) -> FileResponse:
    """A picture of a lesson's folder. It is served as something that can do nothing: an SVG may hold scripts."""
    found = lesson_or_404(slug)
    if name not in found.images:
        raise Http404
    path = settings.LESSONS / slug / "images" / name
    response = FileResponse(path.open("rb"), content_type=mimetypes.guess_type(name)[0] or "application/octet-stream")
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
