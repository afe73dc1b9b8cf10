"""The board of an assignment: who is where, one message for each change; a learner's cluster looked at from it."""

import asyncio
import time

import pytest
from channels.db import database_sync_to_async
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser

from kubelab.classroom import standings
from kubelab.classroom.board import board_of
from kubelab.classroom.models import Membership, Standing
from kubelab.classroom.routing import websocket_urlpatterns
from kubelab.labs import live
from kubelab.labs.models import Lab
from kubelab.labs.pulse import look_after
from kubelab.labs.workers import Urgency, workers
from tests.classroom.conftest import Learner, ago, assigned, somebody
from tests.labs.visitor import Socket, Visitor

pytestmark = pytest.mark.django_db(transaction=True)
in_database = database_sync_to_async


class Screen(Socket):
    """An instructor's open board. Use it as `async with Screen(user, assignment) as board`."""

    def __init__(self, user, assignment):
        path = f"/ws/classes/{assignment.classroom.public_id}/board/{assignment.pk}/"
        super().__init__(URLRouter(websocket_urlpatterns), path, user)


def test_it_says_who_is_where_and_for_how_long(teacher, classroom, ada, alan):
    task = assigned(classroom, "lesson")
    for learner, more in ((ada, {"place": "delete", "passed": ["make"]}), (alan, {"place": "make"})):
        Standing.objects.create(
            assignment=task, membership=learner.place, began=ago(days=1), since=ago(minutes=12), points=1, **more
        )
    Membership.objects.create(classroom=classroom, name="Not here yet")
    board = board_of(task, classroom)
    row = board.rows[ada.place.pk]
    assert (row.state, row.place, row.part) == ("at-work", "Delete it", "delete") and len(board.rows) == 2
    assert row.seconds_stuck(ago(seconds=0)) == 0, "who is not here is not stuck"
    [first, second, _] = board.figures()["parts"]
    assert (first["passed"], first["at"], second["at"]) == (1, 1, 1)
    page = teacher.reads(f"/classes/{classroom.public_id}/assignments/{task.pk}/board/")
    assert "Ada Lovelace" in page and "Delete it" in page and 'data-since="' in page


def test_names_are_escaped(teacher, classroom):
    task = assigned(classroom)
    Learner(somebody("x").user, classroom, '<img src=x onerror="alert(1)">')
    page = teacher.reads(f"/classes/{classroom.public_id}/assignments/{task.pk}/board/")
    assert "<img src=x" not in page and "&lt;img src=x" in page


def test_without_a_number_the_next_one_due_is_shown(teacher, classroom):
    assert "Nothing to watch yet" in teacher.reads(f"/classes/{classroom.public_id}/board/")
    assigned(classroom, due=ago(days=1))
    coming = assigned(classroom, "quiz")
    url = f"/classes/{classroom.public_id}/assignments/{coming.pk}/board/"
    assert teacher.get(f"/classes/{classroom.public_id}/board/").url == url


async def test_to_others_there_is_no_board(teacher, classroom, ada):
    task = await in_database(assigned)(classroom)
    for user, code in ((AnonymousUser(), 4401), (ada.user, 4404)):
        async with Screen(user, task) as board:
            await board.next()
            assert board.closed == code


async def test_one_change_is_one_message(teacher, classroom, ada, alan):
    task = await in_database(assigned)(classroom)
    async with Screen(teacher.user, task) as board:
        await in_database(ada.begins)(task)
        message = await board.next()
        assert f'id="learner-{ada.place.pk}"' in message["html"] and "at work" in message["html"]
        assert f'id="learner-{alan.place.pk}"' not in message["html"] and 'id="board-summary"' in message["html"]
        assert await board.silence()
        other = await in_database(assigned)(classroom, "quiz")
        await in_database(alan.begins)(other)
        assert await board.silence(), "another assignment's changes are none of it"
        standing = await in_database(ada.standing)(task)
        await in_database(standings.override)(standing, teacher.user, 30, "well done")
        message = await board.next()
        assert "done" in message["html"] and "30" in message["html"]


async def test_who_joins_and_who_leaves_is_seen(teacher, classroom, ada):
    task = await in_database(assigned)(classroom)
    eve = await in_database(somebody)("eve")
    async with Screen(teacher.user, task) as board:
        await in_database(eve.post)(f"/join/{classroom.join_code}/", {"name": "Eve"})
        assert "Eve" in (await board.next())["added"]
        await in_database(teacher.post)(f"/classes/{classroom.public_id}/people/{ada.place.pk}/remove/")
        assert (await board.next())["gone"] == [f"learner-{ada.place.pk}"]
        await board.say("hello", at=0)
        assert "Eve" in (await board.next())["html"], "a page that comes back gets everything"
        for nonsense in ("", "[]", '{"type": "hello", "at": "x"}', '{"at": {}}', "{"):
            await board.sends(nonsense)
        assert await board.silence()


async def test_a_page_that_opens_gets_what_changed_while_it_was_on_its_way(teacher, classroom, ada, alan):
    task = await in_database(assigned)(classroom)
    await in_database(alan.begins)(task)
    made = time.time()
    await in_database(ada.begins)(task)
    async with Screen(teacher.user, task) as board:
        await board.say("hello", at=made)
        message = await board.next()
        assert "Ada" in message["html"] and "Alan" not in message["html"]
        await board.say("hello", at=time.time())
        assert await board.silence()


class Looker(Visitor):
    """An instructor who looks at a lab."""

    def __init__(self, user, lab):
        super().__init__(user, f"{lab.public_id}/look")


async def test_a_learners_cluster_is_looked_at_and_the_learner_sees_it(teacher, classroom, ada):
    task = await in_database(assigned)(classroom)
    await in_database(ada.begins)(task)
    lab = (await in_database(ada.work)(task)).lab
    async with Visitor(ada.user, lab) as page:
        await page.hello()
        async with Screen(teacher.user, task) as board, Looker(teacher.user, lab) as looker:
            assert (await page.hear("lookers"))["names"] == "grace"
            await looker.say("hello", revision=0, cols=33, rows=7)
            assert (await looker.hear("size"))["cols"] == 80, "the learner's window stays as it is"
            assert (await looker.hear("files"))["paths"] == ["web.yaml"]
            await page.say("run", line="echo hello; echo kept > note.txt")
            assert (await looker.hear("files"))["paths"] == ["note.txt"]
            await looker.say("open", path="note.txt")
            assert (await looker.hear("file"))["content"] == "kept\n"
            assert "hello" in looker.screen
            for message in ({"type": "run", "line": "exit"}, {"type": "keys", "data": "x"}, {"type": "reset"}):
                await looker.say(**message)
                assert "nothing can be changed" in (await looker.hear("error"))["message"]
            assert board
        assert (await page.hear("lookers"))["names"] == ""
    assert live.live(lab.pk) is None


async def test_looking_does_not_wake_a_cluster(teacher, classroom, ada):
    task = await in_database(assigned)(classroom)
    await in_database(ada.begins)(task)
    lab = (await in_database(ada.work)(task)).lab
    await in_database(Lab.objects.filter(pk=lab.pk).update)(watched_until=0, next_due=None)
    before = await in_database(Lab.objects.get)(pk=lab.pk)
    async with Looker(teacher.user, lab) as looker:
        await looker.hello()
        await in_database(look_after)(live.watched(), True)
        await asyncio.sleep(0.1)
    after = await in_database(Lab.objects.get)(pk=lab.pk)
    assert (after.watched_until, after.next_due, after.commits, after.now) == (0, None, before.commits, before.now)


async def test_nobody_else_looks(classroom, ada, alan):
    task = await in_database(assigned)(classroom)
    await in_database(ada.begins)(task)
    lab = (await in_database(ada.work)(task)).lab
    stranger = await in_database(somebody)("otto", is_instructor=True)
    for user in (alan.user, stranger.user):
        async with Looker(user, lab) as looker:
            await looker.next()
            assert looker.closed == 4404


async def test_looking_at_a_waiting_command_waits_for_nothing(teacher, classroom, ada, monkeypatch):
    task = await in_database(assigned)(classroom)
    await in_database(ada.begins)(task)
    lab = (await in_database(ada.work)(task)).lab
    async with Visitor(ada.user, lab) as page:
        await page.hello()
        await page.say("run", line="sleep 1000")
        await page.hear("terminal")
    await in_database(Lab.objects.filter(pk=lab.pk).update)(watched_until=0, next_due=None)
    async with Looker(teacher.user, lab) as looker:
        await looker.hello()
        await asyncio.sleep(0.1)
        assert live.live(lab.pk).alarm is None


async def test_what_another_process_has_changed_is_shown_as_well(teacher, classroom, ada, settings):
    settings.RECONCILE = False
    task = await in_database(assigned)(classroom)
    await in_database(ada.begins)(task)
    async with Screen(teacher.user, task) as board:
        later = {"points": 7, "changed": time.time() + 1}
        await in_database(Standing.objects.filter(assignment=task).update)(**later)
        message = await board.next()
        assert 'class="board-grade">7<' in message["html"]


async def test_the_learner_sees_who_looks_from_another_process(classroom, ada):
    task = await in_database(assigned)(classroom)
    await in_database(ada.begins)(task)
    lab = (await in_database(ada.work)(task)).lab
    async with Visitor(ada.user, lab) as page:
        await page.hello()
        for names, until, told in (("grace", time.time() + 60, "grace"), ("otto", time.time() - 1, "")):
            await in_database(Lab.objects.filter(pk=lab.pk).update)(looked_by=names, looked_until=until)
            await asyncio.wrap_future(workers.submit(Urgency.PAGE, look_after, live.watched(), False))
            assert (await page.hear("lookers"))["names"] == told, "what was not renewed holds no longer"
