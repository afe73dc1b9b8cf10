"""Checks turn green on the open page as the cluster changes, and are kept."""

import pytest
from channels.db import database_sync_to_async

from kubelab.accounts.models import User
from kubelab.courses.library import library
from kubelab.courses.models import Exercising, PassedCheck, Progress, StepProgress
from kubelab.courses.starting import exercise_of, start_exercise, start_lesson
from kubelab.labs import creation
from kubelab.labs.shell import kept_commands
from tests.labs.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
in_database = database_sync_to_async


@pytest.fixture
def started(transactional_db, lesson):
    return start_lesson(User.objects.create_guest(), lesson)


async def opened(page, step, lesson="first-light"):
    """What the page's script says when it opens, and the checks as they then stand."""
    await page.hello()
    await page.say("step", lesson=lesson, step=step)
    return (await page.hear("html"))["html"]


def green(check):
    return lambda message: f'id="check-{check}" data-state="passed"' in message["html"]


def is_passed(progress, check):
    return PassedCheck.objects.filter(progress=progress, check_id=check).exists()


async def test_a_check_turns_green_when_a_command_makes_it_true(started):
    async with Visitor(started.learner, started.lab) as page:
        html = await opened(page, "make")
        assert 'id="check-exists" data-state="waiting"' in html and "There is none yet." in html
        await page.say("run", line="kubectl apply -f web.yaml")
        await page.hear("html", green("exists"))
        assert await in_database(is_passed)(started, "exists")
        await page.say("clock", action="jump", value=60)
        done = await page.hear("html", green("ready"))
        assert 'hx-swap-oob="true"' in done["html"] and "step is-done is-current" in done["html"]
        kept = await in_database(PassedCheck.objects.get)(check_id="ready")
        assert kept.revision > 0 and kept.now > 0
        assert (await in_database(StepProgress.objects.get)(step="make")).done


async def test_what_has_passed_is_green_again_for_a_page_that_opens_later(started):
    async with Visitor(started.learner, started.lab) as page:
        await opened(page, "make")
        await page.say("run", line="kubectl apply -f web.yaml && kubectl delete -f web.yaml --wait=false")
        await page.say("run", line="kubectl apply -f web.yaml")
        await page.hear("html", green("exists"))
        await page.say("run", line="kubectl delete -f web.yaml")
    async with Visitor(started.learner, started.lab) as page:
        await page.hello()
        await page.say("step", lesson="first-light", step="make")
        html = (await page.hear("html"))["html"]
        assert 'id="check-exists"' not in html  # the page itself shows it green


async def test_commands_count_from_the_opening_of_the_step_and_need_no_change_of_the_cluster(started):
    async with Visitor(started.learner, started.lab) as page:
        await opened(page, "make")
        await page.say("run", line="kubectl get deployments")
        await page.say("step", lesson="first-light", step="delete")
        html = (await page.hear("html"))["html"]
        assert 'id="check-looked" data-state="waiting"' in html
        await page.say("run", line="k get deploy")
        await page.hear("html", green("looked"))


async def test_a_value_is_remembered_from_one_visit_to_the_next(started):
    async with Visitor(started.learner, started.lab) as page:
        await opened(page, "delete")
        await page.say("run", line="kubectl apply -f web.yaml")
        await page.see(lambda page: "created" in page.screen)
    assert (await in_database(Progress.objects.get)()).remembered["first_uid"]
    async with Visitor(started.learner, started.lab) as page:
        await opened(page, "delete")
        await page.say("run", line="kubectl delete deployment web")
        await page.hear("html", green("gone"))


async def test_a_step_without_checks_is_done_when_it_was_looked_at(started):
    async with Visitor(started.learner, started.lab) as page:
        await page.hello()
        await page.say("step", lesson="first-light", step="read")
        await page.say("keys", data="\r")
        await page.hear("terminal")
    assert (await in_database(StepProgress.objects.get)(step="read")).done
    assert (await in_database(Progress.objects.get)()).step == "read"


async def test_a_reset_forgets_what_was_remembered_but_not_what_has_passed(started):
    async with Visitor(started.learner, started.lab) as page:
        await opened(page, "make")
        await page.say("run", line="kubectl apply -f web.yaml")
        await page.hear("html", green("exists"))
        await page.say("step", lesson="first-light", step="delete")
        await page.hear("html")
        await page.say("reset")
        await page.hear("html", lambda message: "check-gone" in message["html"])
        progress = await in_database(Progress.objects.get)()
        assert progress.remembered == {} and await in_database(is_passed)(started, "exists")
        await page.say("run", line="ls && kubectl get configmap from-start")
        await page.see(lambda page: "from-start   0" in page.screen)


async def test_the_checks_of_a_lesson_do_not_look_at_another_cluster(started):
    playground = await in_database(creation.create)(started.learner, "playground")
    async with Visitor(started.learner, playground) as page:
        await page.hello()
        await page.say("step", lesson="first-light", step="make")
        await page.say("run", line="kubectl create deployment web --image=nginx")
        await page.see(lambda page: "created" in page.screen)
        assert not await in_database(PassedCheck.objects.exists)()


async def test_a_lesson_or_step_that_there_is_not_harms_nobody(started):
    async with Visitor(started.learner, started.lab) as page:
        await page.hello()
        for lesson, step in (("nope", "make"), ("first-light", "nope"), ("first-light", "exercises/nope"), ("", "")):
            await page.say("step", lesson=lesson, step=step)
        await page.say("step", lesson="first-light", step="make")
        assert 'id="check-exists"' in (await page.hear("html"))["html"]


async def test_an_exercises_checks_are_shown_live_and_may_turn_back(transactional_db):
    learner = await in_database(User.objects.create_guest)()
    lesson = library().lesson("first-light")
    work = await in_database(start_exercise)(learner, lesson, lesson.exercises["scale"])
    variant = exercise_of(work, lesson.exercises["scale"])
    name, command = variant.title.removeprefix("Scale "), variant.solutions[0].actions[0].text
    async with Visitor(learner, work.lab) as page:
        html = await opened(page, "exercises/scale")
        assert 'id="check-wants" data-state="waiting"' in html
        await page.say("run", line=command)
        await page.hear("html", green("wants"))
        await page.say("run", line=f"kubectl scale deployment {name} --replicas=1")
        await page.hear("html", lambda message: 'id="check-wants" data-state="waiting"' in message["html"])
    assert await in_database(Exercising.objects.count)() == 1


async def test_what_is_handed_in_is_judged_by_the_commands_that_the_kept_terminal_knows(started):
    async with Visitor(started.learner, started.lab) as page:
        await page.hello()
        await page.say("run", line="kubectl get nodes")
        await page.say("run", line="false")
        await page.see(lambda page: page.screen.rstrip().endswith("$") and "false" in page.screen)
    assert await in_database(kept_commands)(started.lab.pk) == (2, [("kubectl get nodes", 0), ("false", 1)])
