"""What was answered is kept, whenever the server is killed: learners type on, while it dies again and again.

Each learner notes what the page was told has happened; after the last death that must be in the database, and the
clusters must go on as they would have.
"""

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.services import free_port

ROOT = Path(__file__).parents[2]
LEARNERS = 4
KILLS = int(os.environ.get("KILLS", "12"))  # more of them on request
FURTHER = 12  # answers that are heard at the most before the server dies; a life is as long as what happens in it
MOMENT = 0.02  # seconds: it dies at any moment between two answers
PATIENCE = 60.0
LOST = (OSError, WebSocketException, EOFError, TimeoutError)


class Guest:
    """A browser without a screen: cookies, one lab, one socket after another."""

    def __init__(self, phoenix):
        self.phoenix, self.url = phoenix, f"http://127.0.0.1:{phoenix.port}"
        self.count = self.lives = 0
        self.configmaps, self.files = [], {}
        self.stop = False

    def opens_the_playground(self):
        """As a browser does, by its forms."""
        import http.cookiejar
        import urllib.parse
        import urllib.request

        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        address = f"{self.url}/playground/"
        form = browser.open(address, timeout=PATIENCE).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[1]
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token}).encode()
        page = browser.open(urllib.request.Request(address, data, {"Referer": address}), timeout=PATIENCE)
        self.lab = re.search(r'data-cluster="([^"]+)"', page.read().decode())[1]
        self.cookie = "; ".join(f"{one.name}={one.value}" for one in jar)

    async def works(self):
        """Work on whatever socket there is until told to stop."""
        while not self.stop:
            try:
                await self.works_on_one_socket()
            except LOST:
                await asyncio.sleep(0.05)

    async def works_on_one_socket(self):
        address = f"{self.url.replace('http', 'ws')}/ws/labs/{self.lab}/"
        async with connect(address, additional_headers={"Cookie": self.cookie}, origin=self.url) as self.socket:
            await self.say("hello", revision=0, cols=80, rows=24)
            await self.hears("terminal", lambda said: "$" in said["data"])
            self.lives += 1
            await self.say("keys", data="\x03")  # whatever was typed before the server died
            while not self.stop:
                await self.creates_something()
                await self.saves_a_file()

    async def creates_something(self):
        self.count += 1
        name = f"c-{self.count}"
        if self.count == 1:
            await self.enters("kubectl create deployment web --image=nginx --replicas=3", "deployment.apps/web created")
        await self.enters(f"kubectl create configmap {name} --from-literal=a=b", f"configmap/{name} created")
        self.configmaps.append(name)
        if self.count % 5 == 0:
            await self.enters("kubectl rollout restart deployment web; echo over $((1))", "over 1")

    async def saves_a_file(self):
        name, content = f"f-{self.count}.txt", f"content {self.count}\n"
        await self.say("save", path=name, content=content)
        await self.say("open", path=name)
        await self.hears("file", lambda said: said["path"] == name and said["content"] == content)
        self.files[name] = content

    async def enters(self, line, answer):
        await self.say("keys", data=f"{line}\r")
        seen = ""

        def answered(said):
            nonlocal seen
            seen = said["data"] if said["reset"] else seen + said["data"]
            return answer in seen

        await self.hears("terminal", answered)

    async def say(self, type, **fields):
        await self.socket.send(json.dumps({"type": type, **fields}))

    async def hears(self, type, fits):
        async with asyncio.timeout(PATIENCE):
            while True:
                said = json.loads(await self.socket.recv())
                if said["type"] == type and fits(said):
                    self.phoenix.answered()
                    return


async def story(phoenix, guests):
    """Learners work, the server dies."""
    await asyncio.gather(*(asyncio.to_thread(guest.opens_the_playground) for guest in guests))
    work = [asyncio.create_task(guest.works()) for guest in guests]
    chance = random.Random(7)
    for number in range(KILLS):
        await one_life(phoenix, guests, number, chance)
    for guest in guests:
        guest.stop = True
    await asyncio.wait_for(asyncio.gather(*work), 2 * PATIENCE)


async def one_life(phoenix, guests, number, chance):
    """Some lives end soon after somebody has come back, some after all have got on; after how much is chance."""
    lives, kept = [guest.lives for guest in guests], [len(guest.configmaps) for guest in guests]
    if number // 2 % 2:
        await until(lambda: any(guest.lives > before for guest, before in zip(guests, lives, strict=True)))
    else:
        await until(lambda: all(len(guest.configmaps) > had for guest, had in zip(guests, kept, strict=True)))
    enough = phoenix.heard + chance.randint(0, FURTHER)
    await until(lambda: phoenix.heard >= enough)
    await asyncio.sleep(chance.uniform(0, MOMENT))
    if number % 2:
        phoenix.dies()
    else:
        await phoenix.dies_with_its_next_answer()
    phoenix.life = int(await asyncio.to_thread(phoenix.process.stdout.readline))


async def until(something):
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not something():
            await asyncio.sleep(0.005)


class Phoenix:
    """The server that is killed, and comes back."""

    def __init__(self, environment):
        self.port = free_port()
        command = [sys.executable, "-m", "tests.labs.phoenix", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        self.life = int(self.process.stdout.readline())
        self.last_answer = None
        self.heard = 0

    def dies(self):
        os.kill(self.life, signal.SIGKILL)

    async def dies_with_its_next_answer(self):
        """Die in the instant in which a page has been answered: what is not kept by then never will be."""
        self.last_answer = asyncio.Event()
        async with asyncio.timeout(PATIENCE):
            await self.last_answer.wait()
        self.last_answer = None

    def answered(self):
        """A page has heard an answer."""
        self.heard += 1
        if self.last_answer is not None and not self.last_answer.is_set():
            self.dies()
            self.last_answer.set()

    def end(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


@pytest.fixture
def environment(tmp_path):
    return {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
        "DJANGO_SETTINGS_MODULE": "kubelab.settings",
        "KUBELAB_DATA": str(tmp_path),
        "DEBUG": "1",
    }


def test_what_was_answered_is_there_after_every_death(environment):
    phoenix = Phoenix(environment)
    try:
        guests = [Guest(phoenix) for _ in range(LEARNERS)]
        asyncio.run(story(phoenix, guests))
    finally:
        phoenix.end()
    for guest in guests:
        assert len(guest.configmaps) >= KILLS / 2, "too little happened to be told from nothing"
        assert guest.lives >= KILLS / 2
    expected = {guest.lab: {"configmaps": guest.configmaps, "files": guest.files} for guest in guests}
    aftermath = subprocess.run(
        [sys.executable, "-m", "tests.labs.aftermath"],
        cwd=ROOT,
        env=environment,
        input=json.dumps(expected),
        capture_output=True,
        text=True,
    )
    assert (aftermath.returncode, aftermath.stdout) == (0, ""), aftermath.stdout + aftermath.stderr
