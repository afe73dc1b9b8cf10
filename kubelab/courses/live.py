"""Checks turn green on open pages: evaluated after each change of a cluster, kept, and sent as fragments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.dispatch import Signal
from django.template.loader import render_to_string
from django.utils import timezone

from kubelab.cluster.cluster import Cluster
from kubelab.courses import progress as progresses
from kubelab.courses.checks.expressions import COMMANDS
from kubelab.courses.checks.sight import Command
from kubelab.courses.checks.watching import News, Watch, names_of
from kubelab.courses.format.lesson import Check, Lesson, Page, Step
from kubelab.courses.library import library
from kubelab.courses.models import Exercising, Progress, StepProgress, Work
from kubelab.courses.presenting import ShownCheck
from kubelab.courses.starting import exercise_of
from kubelab.labs import live
from kubelab.labs.packing import Row
from kubelab.labs.visits import visit
from kubelab.labs.workers import Urgency, workers

EXERCISES = "exercises/"
NOTES = "course"

# Sent when a learner opened a page of a lesson or an exercise, or something of it changed its colour, after that was
# kept. Arguments: work (Progress or Exercising).
worked = Signal()


@dataclass
class Watched:
    """What is watched for one open page.

    Args:
        begun: how many commands had been typed when the step was opened.
        seen: how many were when the checks were last looked at.
    """

    lesson: Lesson
    page: Page
    work: Work
    watch: Watch
    begun: int
    seen: int
    opened: StepProgress | None = None  # for a step of a lesson


@live.on_change
def fragments(page: live.Page, cluster: Cluster, changes: Sequence[Row] | None) -> Iterable[str]:
    """Return what changed in the checks of an open page."""
    if not page.lesson:
        return []
    watched: Watched | None = page.notes.get(NOTES)
    if watched is None or changes is None:
        watched, changes = _watched(page, cluster), None
        if watched is None:
            return []
    opened = page.notes.pop(NOTES, None) is None  # should anything fail, all is looked at again next time
    html = _look(page, watched, cluster, changes)
    page.notes[NOTES] = watched
    if html or opened:
        worked.send_robust(sender=Work, work=watched.work)
    return html


def _typed(page: live.Page) -> tuple[int, list[Command]]:
    lab = live.live(page.lab.pk)
    return lab.shell.commands if lab is not None else (0, [])


def _watched(page: live.Page, cluster: Cluster) -> Watched | None:
    """Return what is to be watched for a page; None when it is no page of this lab's lesson."""
    lesson = library().lesson(page.lesson)
    if lesson is None:
        return None
    if page.step.startswith(EXERCISES):
        return _exercise(page, lesson, cluster.version)
    step, progress = lesson.step(page.step), progresses.progress_in(page.lab, lesson.slug)
    return _step(page, lesson, step, progress, cluster.version) if step is not None and progress is not None else None


def _step(page: live.Page, lesson: Lesson, step: Step, progress: Progress, version: str) -> Watched:
    count, _ = _typed(page)
    opened = progresses.open_step(progress, step, count)
    watch = Watch(
        step.checks,
        lesson.remembers_until(step),
        version,
        passed=progresses.passed_checks(progress, step),
        remembered=progress.remembered,
        names=lesson.remembered_names,
    )
    return Watched(lesson, step, progress, watch, min(opened.commands, count), count, opened)


def _exercise(page: live.Page, lesson: Lesson, version: str) -> Watched | None:
    slug = page.step.removeprefix(EXERCISES)
    file = lesson.exercises.get(slug)
    work = Exercising.objects.filter(lab=page.lab, lesson=lesson.slug, exercise=slug).first()
    if file is None or work is None:
        return None
    exercise, (count, _) = exercise_of(work, file), _typed(page)
    watch = Watch(exercise.checks, exercise.remembers, version, remembered=work.remembered, latching=False)
    return Watched(lesson, exercise, work, watch, min(work.commands, count), count)


def _look(page: live.Page, watched: Watched, cluster: Cluster, changes: Sequence[Row] | None) -> list[str]:
    count, commands = _typed(page)
    changed = None if changes is None else names_of(changes, cluster.version)
    if changed is not None and count != watched.seen:
        changed |= {COMMANDS}
    watched.seen = count
    since = max(0, count - watched.begun)
    news = watched.watch.look(cluster, commands[len(commands) - min(since, len(commands)) :], changed)
    _keep(watched, news, cluster)
    if news.again is not None:
        _look_again(page, news.again)
    return list(_html(watched, news))


def _keep(watched: Watched, news: News, cluster: Cluster) -> None:
    if news.remembered:
        progresses.keep_remembered(watched.work, news.remembered)
    if isinstance(watched.work, Exercising) and news.changed:
        _keep_colours(watched.work, watched.watch, news)
    if not isinstance(watched.page, Step) or not isinstance(watched.work, Progress):
        return
    if news.passed:
        Progress.objects.filter(pk=watched.work.pk).update(moved=timezone.now())
        progresses.keep_passed(watched.work, watched.page, news.passed, cluster.store.revision, cluster.clock.now)
    if watched.opened is not None and watched.opened.done is None and watched.watch.is_complete:
        progresses.finish_step(watched.opened)
        watched.opened.refresh_from_db()
        progresses.finish_lesson(watched.work, watched.lesson)


def _keep_colours(work: Exercising, watch: Watch, news: News) -> None:
    """Take note of which checks of an exercise are green just now, for those who look from elsewhere."""
    before, work.passed = set(work.passed), [check for check, outcome in watch.outcomes.items() if outcome.passed]
    fields = ["passed"]
    if set(work.passed) - before:
        work.moved = timezone.now()
        fields.append("moved")
    work.save(update_fields=fields)


def _html(watched: Watched, news: News) -> Iterable[str]:
    for check in watched.page.checks:
        if check.id in news.changed:
            yield check_html(check, watched.watch)
    if news.passed and isinstance(watched.page, Step) and isinstance(watched.work, Progress):
        context = {
            "lesson": watched.lesson,
            "step": watched.page,
            "done": progresses.steps_done(watched.work),
            "oob": True,
        }
        yield render_to_string("courses/_steps.html", context)


def check_html(check: Check, watch: Watch) -> str:
    """Return a check as it stands, to take the place of the one on the page."""
    shown = ShownCheck(check, watch.outcomes[check.id])
    return render_to_string("courses/_check.html", {"shown": shown, "oob": True})


def _look_again(page: live.Page, seconds: float) -> None:
    """Look once more when an expensive check may be evaluated again."""
    lab = live.live(page.lab.pk)
    if lab is None:
        return

    def later() -> None:
        workers.submit(Urgency.PAGE, visit, page.lab.pk, lambda act: lab.make_fragments(page, act.cluster, ()))

    lab.loop.call_soon_threadsafe(lab.loop.call_later, seconds, later)
