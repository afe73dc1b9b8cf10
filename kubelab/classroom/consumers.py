"""The websocket of a board: one message for each change, with the rows that look different and the summary."""

import asyncio
import logging
import time
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from kubelab.accounts.models import User
from kubelab.classroom import news
from kubelab.classroom.access import teaches
from kubelab.classroom.board import Board, Row, board_of
from kubelab.classroom.models import Assignment, Standing
from kubelab.labs import live
from kubelab.labs.timekeeping import LINGER
from kubelab.labs.workers import Urgency, workers

EXPIRED, GONE = 4401, 4404  # as of labs' sockets
BREATH = 0.1  # seconds between two sendings: what happens at once is one message
BEAT = 1.0  # seconds between two looks at what other processes have done; only where there are others
PRESENCE_EVERY = 30  # beats between two looks at who has left a page of another process
STILL_HERE = LINGER + 1.0  # seconds after which somebody who has left no longer counts as here

logger = logging.getLogger(__name__)


class BoardConsumer(AsyncWebsocketConsumer):
    """One instructor's board."""

    board: Board | None = None
    task: "asyncio.Task[None] | None" = None
    beat: "asyncio.Task[None] | None" = None

    async def connect(self) -> None:
        """Let those in who teach the class; to everybody else there is no such board."""
        await self.accept()
        user, where = self.scope["user"], self.scope["url_route"]["kwargs"]
        if not user.is_authenticated:
            await self.close(EXPIRED)
            return
        self.board = await find_board(user, where["public_id"], where["number"])
        if self.board is None:
            await self.close(GONE)
            return
        self.loop, self.changed = asyncio.get_running_loop(), asyncio.Event()
        self.whose: set[int] = set()  # perhaps look different
        self.due: set[int] = set()  # are sent, however they look
        news.listeners.append(self.hear)
        live.presence.append(self.hear_of_lab)
        self.task = self.loop.create_task(self.write())
        if settings.REDIS_URL or not settings.RECONCILE:
            self.beat = self.loop.create_task(self.ask_others())

    async def disconnect(self, code: int) -> None:
        for task in (self.task, self.beat):
            if task is not None:
                task.cancel()
        if self.hear in news.listeners:
            news.listeners.remove(self.hear)
        if self.hear_of_lab in live.presence:
            live.presence.remove(self.hear_of_lab)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A page says hello, and of when it is: it gets what has changed since; one that was away gets all."""
        moment = moment_in(text_data)
        if self.board is None or moment is None:
            return
        everybody = set(self.board.rows)
        since = await database_sync_to_async(self.changed_since)(moment) if moment else dict.fromkeys(everybody, 0.0)
        self.due |= set(since)
        if self.due:
            self.note(self.due)

    # news, from any thread

    def hear(self, assignment: int, membership: int) -> None:
        if self.board is not None and assignment == self.board.assignment.pk:
            self.loop.call_soon_threadsafe(self.note, {membership})

    def hear_of_lab(self, lab: int) -> None:
        """A learner came or went. Who went counts as here for a while."""
        rows = list(self.board.rows.values()) if self.board else []  # a worker may be changing them
        whose = {row.membership for row in rows if row.lab == lab}
        if whose:
            self.loop.call_soon_threadsafe(self.note, whose)
            self.loop.call_soon_threadsafe(self.loop.call_later, STILL_HERE, self.note, whose)

    def note(self, memberships: set[int]) -> None:
        self.whose |= memberships
        self.changed.set()

    async def ask_others(self) -> None:
        """Find out what other processes have changed."""
        last, count = time.time(), 0
        while True:
            await asyncio.sleep(BEAT)
            count += 1
            if count % PRESENCE_EVERY == 0 and self.board is not None:
                self.note({row.membership for row in list(self.board.rows.values()) if row.is_here})
            found = await database_sync_to_async(self.changed_since)(last)
            last = max([last, *found.values()])
            if found:
                self.note(set(found))

    def changed_since(self, moment: float) -> dict[int, float]:
        rows = Standing.objects.filter(assignment=self.board.assignment, changed__gt=moment)
        return dict(rows.values_list("membership", "changed"))

    # sending

    async def write(self) -> None:
        """Send what changed, in one message, whenever something has."""
        while True:
            await self.changed.wait()
            self.changed.clear()
            whose, self.whose, due, self.due = self.whose, set(), self.due, set()
            try:
                message = await asyncio.wrap_future(workers.submit(Urgency.PAGE, self.message, whose, due))
            except Exception:
                logger.exception("a board could not be looked up")
                continue
            if message:
                await self.send(orjson.dumps(message).decode())
            await asyncio.sleep(BREATH)

    def message(self, whose: set[int], due: set[int]) -> dict[str, Any] | None:
        """Return the message for what changed, and for those who are due; None when nothing looks different."""
        board = self.board
        before = set(board.rows)
        changed = {row.membership for row in board.look(whose)}
        rows: list[Row] = [row for row in board.rows.values() if row.membership in changed | due]
        if not rows and before == set(board.rows):
            return None
        known = [row for row in rows if row.membership in before]
        html = "".join(board.row_html(row, fresh=True) for row in known) + board.summary(fresh=True)
        added = "".join(board.row_html(row) for row in rows if row.membership not in before)
        gone = [f"learner-{one}" for one in before - set(board.rows)]
        return {"type": "board", "html": html, "added": added, "gone": gone}


def moment_in(text: str | None) -> float | None:
    """Return the moment of the page that says hello, in seconds since the epoch; None for what is no hello."""
    try:
        said = orjson.loads(text or "")
        return float(said.get("at") or 0) if said["type"] == "hello" else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


@database_sync_to_async
def find_board(user: User, public_id: str, number: int) -> Board | None:
    """Return a board that the user may see."""
    found = Assignment.objects.select_related("classroom")
    assignment = found.filter(pk=number, classroom__public_id=public_id).first()
    if assignment is None or not teaches(user, assignment.classroom):
        return None
    return board_of(assignment, assignment.classroom)
