"""The clusters of lessons and exercises: made when a learner begins, furnished with files and a start state.

A lab that was made but not furnished, because a process died in between, is furnished when its page is opened.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from django.db import IntegrityError
from django.utils import timezone

from kubelab.accounts.models import User
from kubelab.courses import progress as progresses
from kubelab.courses.format.lesson import Action, Exercise, ExerciseFile, Lesson, Page
from kubelab.courses.format.reading import variant
from kubelab.courses.format.variants import draw
from kubelab.courses.library import library
from kubelab.courses.models import Exercising, Progress, StepProgress, Work
from kubelab.courses.playing import Player
from kubelab.labs import creation
from kubelab.labs.keeping import Act, act_on
from kubelab.labs.models import Lab

logger = logging.getLogger(__name__)


def start_lesson(learner: User, lesson: Lesson) -> Progress:
    """Return a learner's progress in a lesson, with its cluster; both are made now where there are none."""
    progress = progresses.begun(learner, lesson)
    _give_lab(progress, f"lesson-{lesson.slug}", lesson)
    return progress


def start_exercise(
    learner: User, lesson: Lesson, file: ExerciseFile, task: int = 0, seed: int | None = None
) -> Exercising:
    """Return a learner at an exercise, with its cluster; both are made now where there are none.

    Args:
        task: the number under which somebody has set it; work of its own, beside the learner's own practice.
        seed: what the variant is drawn from, when there is none yet; None for any.
    """
    work, _ = Exercising.objects.select_related("lab").get_or_create(
        learner=learner,
        lesson=lesson.slug,
        exercise=file.slug,
        task=task,
        defaults={} if seed is None else {"seed": seed},
    )
    if work.lab is None:
        work.attempt = timezone.now()
        drawn = json.dumps(draw(file.sample.parameters, work.seed), default=str)  # YAML knows dates, too
        work.drawn = json.loads(drawn) | work.drawn
        work.save(update_fields=["attempt", "drawn"])
    kind = f"task-{task}" if task else "exercise"
    _give_lab(work, f"{kind}-{lesson.slug}-{file.slug}", file.sample)
    return work


def exercise_of(work: Exercising, file: ExerciseFile) -> Exercise:
    """Return the learner's variant of an exercise."""
    return variant(file, work.seed, work.drawn)[0]


def _give_lab(work: Work, name: str, wanted: Lesson | Exercise) -> None:
    if work.lab is None:
        work.lab = _lab(work.learner, name[:100], wanted)
        work.save(update_fields=["lab"])
    furnish_if_need_be(work)


def _lab(learner: User, name: str, wanted: Lesson | Exercise) -> Lab:
    found = Lab.objects.filter(owner=learner, name=name).first()
    if found is not None:
        return found
    try:
        return creation.create(learner, name, wanted.preset, wanted.version)
    except IntegrityError:  # a double click
        return Lab.objects.get(owner=learner, name=name)


def furnish_if_need_be(work: Work) -> None:
    """Give a work's cluster its files and start state, unless it has got them."""
    if work.lab is None or work.furnished == work.lab.seed:
        return
    with act_on(work.lab.pk) as act:
        furnish(act, work)
    note_furnished(work, act.lab.seed)


def furnish(act: Act, work: Work) -> None:
    """Give a cluster, as new, the files and the start state of its lesson or exercise; what was before is over."""
    begin_anew(work)
    files, actions = belongings(work)
    player = Player(act.cluster)
    player.write(files)
    failure = player.play(actions)
    if failure is not None:
        logger.error("%s: start, line %d: %s", work, failure.line, failure.message)
    act.touch("now")


def begin_anew(work: Work) -> None:
    """Forget what was remembered of another cluster, and what was typed into its terminal."""
    work.furnished, work.remembered = None, {}
    work.save(update_fields=["furnished", "remembered"])
    if isinstance(work, Progress):
        StepProgress.objects.filter(progress=work).update(commands=0)
    elif isinstance(work, Exercising):
        work.commands, work.attempt, work.passed = 0, timezone.now(), []
        work.save(update_fields=["commands", "attempt", "passed"])


def note_furnished(work: Work, seed: int) -> None:
    """Take note that the cluster of a seed has got its belongings, and that this was kept."""
    work.furnished = seed
    work.save(update_fields=["furnished"])


def belongings(work: Work) -> tuple[Mapping[str, str], Iterable[Action]]:
    """Return the files of the home, and what is done before the learner comes."""
    lesson = library().lesson(work.lesson)
    if lesson is None:
        return {}, ()
    if isinstance(work, Exercising):
        file = lesson.exercises.get(work.exercise)
        return lesson.files, _start(exercise_of(work, file)) if file is not None else ()
    return lesson.files, _start(lesson.introduction)


def _start(page: Page) -> list[Action]:
    return [action for start in page.starts for action in start.actions]


def furnish_again(act: Act) -> Callable[[], None] | None:
    """A lab was reset: when it belongs to a lesson or an exercise, its start state comes back."""
    for model in (Progress, Exercising):
        work = model._default_manager.filter(lab=act.lab).first()
        if work is not None:
            furnish(act, work)
            return partial(note_furnished, work, act.lab.seed)
    return None


creation.after_reset.append(furnish_again)
