"""A learner walks through a lesson over the socket: each step's checks turn green by its solution.

That the checks of all lessons do is in test_real_lessons.py; here are three, for what lies between page and checks.
"""

from pathlib import Path

import pytest
from channels.db import database_sync_to_async
from django.conf import settings as site

from kubelab.accounts.models import User
from kubelab.courses.format.lesson import Advance, RunLine, WriteFile
from kubelab.courses.library import library
from kubelab.courses.models import Progress
from kubelab.courses.progress import passed_checks, steps_done
from kubelab.courses.starting import start_lesson
from kubelab.labs import live
from tests.labs.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
in_database = database_sync_to_async
PROMPT = "$ "
SILENCE = 0.03  # seconds
LESSONS = Path(site.BASE_DIR) / "lessons"


async def do(page, lab, action):
    """Do an action as a learner would, and wait until it is done."""
    if isinstance(action, WriteFile):
        await page.say("save", path=action.path, content=action.content)
    elif isinstance(action, Advance):
        await page.say("clock", action="jump", value=action.seconds)
    elif isinstance(action, RunLine):
        await page.say("run", line=action.text)
    here = live.live(lab.pk)
    for _ in range(100):
        await take_in(page, SILENCE)
        if not here.waiting and here.jump is None and page.screen.endswith(PROMPT):
            return
        if not here.waiting and here.jump is None:
            await page.say("clock", action="jump", value=5)  # a command that waits for the cluster
    raise AssertionError(f"{action} does not end:\n{page.screen[-1000:]}")


async def take_in(page, seconds):
    """Take in what is said until it is silent for that long."""
    while not await page.socket.receive_nothing(seconds):
        await page.next()


@pytest.mark.parametrize("slug", ["declarative", "pod-single", "objects-ladder"])
async def test_each_step_turns_green(transactional_db, settings, slug):
    settings.LESSONS = LESSONS
    lesson = library().lesson(slug)
    progress = await in_database(start_lesson)(await in_database(User.objects.create_guest)(), lesson)
    async with Visitor(progress.learner, progress.lab) as page:
        await page.hello()
        for step in lesson.steps:
            await page.say("step", lesson=slug, step=step.slug)
            for solution in step.solutions:
                for action in solution.actions:
                    await do(page, progress.lab, action)
            await take_in(page, SILENCE)
            missing = {check.id for check in step.checks} - await in_database(passed_checks)(progress, step)
            assert not missing, f"{step.slug}: {missing}\n{page.screen}"
    assert await in_database(steps_done)(progress) == {step.slug for step in lesson.steps}
    assert (await in_database(Progress.objects.get)()).finished
