"""The websocket of a lab page: who is let in, what is echoed when, what pages are told."""

import asyncio
import time

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError

from kubelab.accounts.models import User
from kubelab.cluster.kinds import Service
from kubelab.labs import creation, live, log
from kubelab.labs.keeping import acting, load
from kubelab.labs.map import LIFE
from kubelab.labs.models import Lab, Segment, TerminalState
from kubelab.labs.workers import workers
from tests.labs.conftest import NOON, admin, found
from tests.labs.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
in_database = database_sync_to_async


@pytest.fixture
def owner(transactional_db):
    return User.objects.create_guest()


@pytest.fixture
def lab(owner):
    return creation.create(owner, "playground", seed=7, now=NOON)


async def test_another_learner_is_refused_as_if_there_were_no_such_cluster(lab):
    other = await in_database(User.objects.create_guest)()
    for user, address in ((other, lab), (other, "nosuchcluster")):
        async with Visitor(user, address) as visitor:
            await visitor.next()
            assert visitor.closed == 4404
    assert live.live(lab.pk) is None


async def test_one_who_is_signed_out_is_told_so(lab):
    async with Visitor(AnonymousUser(), lab) as visitor:
        await visitor.next()
        assert visitor.closed == 4401


async def test_a_page_that_opens_gets_map_clock_and_prompt(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.say("hello", revision=0, cols=80, rows=24)
        assert (await page.hear("terminal"))["reset"]
        everything = await page.hear("map")
        assert everything["full"] and everything["revision"] % LIFE == lab.revision
        clock = await page.hear("clock")
        assert NOON <= clock["now"] < NOON + 5 and clock["rate"] == 1 and not clock["paused"]
        assert "$ " in page.screen


async def test_typing_is_echoed_without_a_commit(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        before = await in_database(Segment.objects.count)(), await in_database(TerminalState.objects.count)()
        await page.say("keys", data="put a")
        await page.see(lambda page: page.screen.endswith("put a"))
        assert before == (await in_database(Segment.objects.count)(), await in_database(TerminalState.objects.count)())


def committed(lab, name):
    """Whether the database, not the memory, has that ConfigMap."""
    return found(load(Lab.objects.get(pk=lab.pk)), name) is not None


def put(name):
    """Return the line that creates a ConfigMap."""
    manifest = f'{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "{name}"}}, "data": {{"k": "v"}}}}'
    return f"echo '{manifest}' | kubectl create -f -"


async def test_a_command_is_committed_before_its_output_is_sent(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        await page.say("run", line=put("a"))
        await page.see(lambda page: "created" in page.screen)
        assert await in_database(committed)(lab, "a")


async def test_what_the_database_refuses_is_not_acknowledged(owner, lab, monkeypatch):
    def locked(*_):
        raise OperationalError("database is locked")

    async with Visitor(owner, lab) as page:
        await page.hello()
        with monkeypatch.context() as broken:
            broken.setattr(log, "append", locked)
            await page.say("run", line=put("a"))
            assert "nothing was changed" in (await page.hear("error"))["message"]
        await page.say("run", line=put("b"))
        await page.see(lambda page: "created" in page.screen)
        assert page.screen.count("created") == 1
        assert not await in_database(committed)(lab, "a") and await in_database(committed)(lab, "b")


async def test_two_pages_of_one_lab_show_the_same_terminal(owner, lab):
    async with Visitor(owner, lab) as first, Visitor(owner, lab) as second:
        await first.hello()
        await first.say("keys", data="echo")
        await first.see(lambda page: page.screen.endswith("echo"))
        await second.hello()
        assert second.screen == first.screen
        await first.say("keys", data="!")
        await second.see(lambda page: page.screen.endswith("echo!"))


async def test_a_waiting_command_goes_on_when_its_moment_comes(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        await page.say("run", line="sleep 0.2; echo sle''pt")
        await page.see(lambda page: "slept" in page.screen, seconds=2)


async def test_time_that_is_jumped_over_is_time_for_waiting_commands(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        await page.say("run", line="sleep 300; echo sle''pt")
        await page.say("clock", action="jump", value=300)
        await page.see(lambda page: "slept" in page.screen, seconds=2)
        assert (await in_database(Lab.objects.get)(pk=lab.pk)).now >= NOON + 300


async def test_a_paused_clock_stands_still_and_goes_on(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        await page.say("clock", action="pause")
        paused = await page.hear("clock", lambda clock: clock["paused"])
        await asyncio.sleep(0.3)
        await page.say("clock", action="resume")
        resumed = await page.hear("clock", lambda clock: not clock["paused"])
        assert resumed["now"] - paused["now"] < 0.1
        await page.say("clock", action="rate", value=60)
        assert (await page.hear("clock", lambda clock: clock["rate"] == 60))["now"] < NOON + 10


async def test_a_page_that_was_away_gets_what_changed_meanwhile(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        had, revision = page.items, page.revision
    await in_database(make_service)(lab, "web")
    async with Visitor(owner, lab) as page:
        page.items, page.revision = had, revision
        await page.say("hello", revision=revision, cols=80, rows=24)
        await page.see(lambda page: "services/default/web" in page.items)


async def test_news_that_comes_before_the_greeting_does_not_take_a_waiting_file_away(owner, lab, monkeypatch):
    async with Visitor(owner, lab) as page:
        await page.hello()
        await page.say("run", line="vi notes.txt")
        waiting = await page.hear("edit")

    async with Visitor(owner, lab) as page:
        monkeypatch.setattr(workers, "submit", held_up(workers.submit, lab))
        await page.say("hello", revision=0, cols=80, rows=24)
        assert await page.hear_first("edit", "edited") == waiting


def held_up(submit, lab):
    """Work that starts late: the page has its news before it."""

    def late(urgency, work, *arguments):
        if open_lab := live.live(lab.pk):
            open_lab.tell()
        return submit(urgency, lambda: (time.sleep(0.2), work(*arguments)))

    return late


def make_service(lab, name):
    with acting(lab.pk) as cluster:
        spec = {"ports": [{"port": 80}]}
        metadata = {"name": name, "namespace": "default"}
        admin(cluster).create(Service, {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})


async def test_what_another_process_does_reaches_the_page(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        await in_database(make_service)(lab, "web")
        await page.see(lambda page: "services/default/web" in page.items)


async def test_a_reset_cluster_is_a_new_one_for_every_page(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        await in_database(make_service)(lab, "web")
        await page.say("run", line=put("a"))
        await page.see(lambda page: "created" in page.screen and "services/default/web" in page.items)
        await page.say("reset")
        await page.see(lambda page: "created" not in page.screen and "services/default/web" not in page.items)
        assert (await in_database(Lab.objects.get)(pk=lab.pk)).seed != lab.seed


async def test_nonsense_gets_an_error_and_does_no_harm(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        for message in (
            {"type": "keys"},
            {"type": "dance"},
            {"type": "keys", "data": 7},
            {"type": "clock", "action": "x"},
        ):
            await page.say(**message)
            await page.hear("error")
        await page.socket.send_input({"type": "websocket.receive", "text": "not json"})
        await page.hear("error")
        await page.say("run", line=put("a"))
        await page.see(lambda page: "created" in page.screen)


async def test_a_flood_of_messages_is_bounded(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        for _ in range(400):
            await page.say("keys", data="x")
        assert "Too many messages" in (await page.hear("error"))["message"]
        await asyncio.sleep(0.1)
        await page.say("keys", data="y" * 100_000)
        await page.hear("error", lambda message: "paste" in message["message"])


async def test_a_page_that_opens_later_shows_what_was_on_the_screen(owner, lab):
    async with Visitor(owner, lab) as page:
        await page.hello()
        await page.say("run", line="echo remember me")
        await page.see(lambda seen: seen.screen.count("remember me") == 2)
    async with Visitor(owner, lab) as page:
        await page.hello()
        await page.see(lambda seen: seen.screen.count("remember me") == 2 and seen.screen.rstrip().endswith("$"))
