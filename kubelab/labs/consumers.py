"""The websocket of a lab page: who may open it, in what order its messages are done, how news are sent.

What is said is in `messages`, what is done about it in `actions`. Keys that only edit the line are echoed at once;
everything else is done in order, in a worker's thread, and answered after the commit.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from kubelab.accounts.models import User
from kubelab.cluster.file_errors import FileError
from kubelab.labs import actions, alarms, live, looking, pulse
from kubelab.labs.keeping import NotKept
from kubelab.labs.live import LiveLab, Page
from kubelab.labs.messages import BadMessage, Hello, Keys, Message, Open, read
from kubelab.labs.models import Lab
from kubelab.labs.quotas import (
    LONGEST_MESSAGE,
    LONGEST_PASTE,
    MOST_WAITING,
    TOO_LONG,
    TOO_MANY,
    TOO_MUCH_PASTED,
    Allowance,
)
from kubelab.labs.screen import NOWHERE
from kubelab.labs.workers import Urgency, workers

EXPIRED, GONE = 4401, 4404  # close codes after which the page does not try again
BREATH = 0.02  # seconds between two sendings to one socket
MAP_BREATH = 0.06  # seconds between two map messages: a burst is one update
CLOCK_BREATH = 1.0  # seconds between two clock messages that only say what is due next
DRIFT = 0.3  # seconds that the page's own counting may be wrong

logger = logging.getLogger(__name__)


class LabConsumer(AsyncWebsocketConsumer):
    """One page's socket."""

    page: Page | None = None
    lab: LiveLab | None = None
    looks = False
    tasks: tuple["asyncio.Task[None]", ...] = ()

    async def connect(self) -> None:
        """Let the owner in; to everybody else there is no such lab."""
        await self.accept()  # a refusal before it would reach the page without its code
        user = self.scope["user"]
        if not user.is_authenticated:
            await self.close(EXPIRED)
            return
        lab = await self.find(user, self.scope["url_route"]["kwargs"]["public_id"])
        if lab is None:
            await self.close(GONE)
            return
        self.allowance = Allowance()
        self.news, self.jobs = asyncio.Event(), asyncio.Queue[Message](MOST_WAITING)
        self.greeted = self.map_is_planned = False
        self.next_map = 0.0
        self.clock: dict[str, Any] = {}  # what the page was told
        loop = asyncio.get_running_loop()
        self.page = Page(lab, user, lambda: loop.call_soon_threadsafe(self.news.set), looks=self.looks)
        self.lab = live.join(self.page)
        self.tasks = (loop.create_task(self.work()), loop.create_task(self.write()))
        pulse.keep_beating()
        alarms.listen()

    async def find(self, user: User, public_id: str) -> Lab | None:
        """Return the lab, if this user may be here."""
        return await find_lab(user, public_id)

    def do(self, message: Message) -> None:
        """Do what the page asks for, in a worker's thread."""
        actions.do(self.page, message)

    async def disconnect(self, code: int) -> None:
        for task in self.tasks:
            task.cancel()
        if self.page is not None:
            live.leave(self.page)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take a message: echo it at once, or put it in the row."""
        if self.page is None or text_data is None:
            return
        if not self.allowance.take():
            await self.complain(TOO_MANY)
        elif len(text_data) > LONGEST_MESSAGE:
            await self.complain(TOO_LONG)
        else:
            try:
                await self.take(read(text_data))
            except BadMessage as error:
                await self.complain(str(error))

    async def take(self, message: Message) -> None:
        """Echo keys that only edit the line; put the rest in the row."""
        if isinstance(message, Keys):
            if len(message.data) > LONGEST_PASTE:
                await self.complain(TOO_MUCH_PASTED)
                return
            if self.lab.echo(message.data):
                return
        elif isinstance(message, Hello):
            self.page.revision, self.page.position, self.page.edit, self.clock = message.revision, NOWHERE, None, {}
            self.greeted = True
        if self.jobs.full():
            await self.complain(TOO_MANY)
            return
        self.lab.waiting += 1
        self.jobs.put_nowait(message)

    async def work(self) -> None:
        """Do what the page asks for, one thing after another."""
        while True:
            message = await self.jobs.get()
            try:
                await asyncio.wrap_future(workers.submit(Urgency.COMMAND, self.do, message))
            except (NotKept, FileError) as error:
                self.lab.say(str(error))
            except Lab.DoesNotExist:
                await self.close(GONE)
            except Exception:
                logger.exception("%s failed", type(message).__name__)
                self.lab.say("Something went wrong on the server; nothing was changed. Try again.")
            finally:
                self.lab.waiting -= 1

    async def complain(self, message: str) -> None:
        await self.send(orjson.dumps({"type": "error", "message": message}).decode())

    async def write(self) -> None:
        """Send what the page does not have yet, whenever there is news."""
        while True:
            await self.news.wait()
            self.news.clear()
            if not self.greeted:
                continue  # it has not said yet what it has
            for message in self.missing():
                await self.send(message.decode())
            await asyncio.sleep(BREATH)

    def missing(self) -> Iterator[bytes]:
        """Yield messages with all that the page lacks; the map's not too often."""
        page, now = self.page, time.monotonic()
        text, page.position, anew = self.lab.screen.since(page.position)
        if text or anew:
            yield orjson.dumps({"type": "terminal", "data": text, "reset": anew})
        edit = self.lab.shell.edit
        token = edit["token"] if edit is not None else ""
        if token != page.edit and self.lab.shell.edit_is_known:
            page.edit = token
            yield orjson.dumps(edit or {"type": "edited"})
        for message in page.take_outbox():
            yield orjson.dumps(message)
        if now >= self.next_map:
            self.next_map = now + MAP_BREATH
            if self.lab.map is not None and (update := self.lab.map.since(page.revision)) is not None:
                page.revision, encoded = update
                yield encoded
        elif not self.map_is_planned:
            self.map_is_planned = True
            asyncio.get_running_loop().call_later(self.next_map - now, self.plan_is_due)
        if self.clock_is_news():
            yield orjson.dumps(self.clock)

    def plan_is_due(self) -> None:
        self.map_is_planned = False
        self.news.set()

    def clock_is_news(self) -> bool:
        """Take over the lab's clock if the page, which counts on by itself, would show something else."""
        new, old = self.lab.clock, self.clock
        if not new:
            return False
        if old and all(new[name] == old[name] for name in ("rate", "paused")):
            expected = old["now"] + (0 if old["paused"] else (new["at"] - old["at"]) * old["rate"])
            soon = new["at"] - old["at"] < CLOCK_BREATH and not new["paused"]
            if abs(expected - new["now"]) < DRIFT * new["rate"] and (new["next"] == old["next"] or soon):
                return False
        self.clock = new
        return True


class LookConsumer(LabConsumer):
    """The socket of a page that looks at another's lab."""

    looks = True
    name = ""  # by which the owner is told

    async def find(self, user: User, public_id: str) -> Lab | None:
        lab = await database_sync_to_async(Lab.objects.filter(public_id=public_id).first)()
        self.name = await database_sync_to_async(looking.permit)(user, lab) if lab is not None else ""
        return lab if self.name else None

    async def connect(self) -> None:
        await super().connect()
        if self.page is not None:
            self.page.notes["name"] = self.name
            if settings.REDIS_URL:
                await self.channel_layer.group_add(looking.group_of(self.page.lab.pk), self.channel_name)
            looking.came_or_went(self.page)

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        if self.page is not None and settings.REDIS_URL:
            await self.channel_layer.group_discard(looking.group_of(self.page.lab.pk), self.channel_name)
        if self.page is not None:
            looking.came_or_went(self.page)

    async def look_message(self, event: dict[str, Any]) -> None:
        """The owner's page is served by another process, which tells what it shows."""
        if self.lab is not None and not self.lab.own_pages:
            await self.send(orjson.dumps(event["message"]).decode())

    async def take(self, message: Message) -> None:
        if isinstance(message, Hello | Open):
            await super().take(message)
        else:
            raise BadMessage(looking.READ_ONLY)

    def do(self, message: Message) -> None:
        looking.do(self.page, message)


@database_sync_to_async
def find_lab(user: User, public_id: str) -> Lab | None:
    """Return the user's lab of that id; None if there is none, or it is another's."""
    return Lab.objects.filter(public_id=public_id, owner=user).first()
