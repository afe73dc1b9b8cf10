"""The pages of the bench `live`, in a process of their own: they type, roll out, and note when they hear of it."""

import asyncio
import json
import os
import sys
import time
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

ROLLOUT = 12.0  # seconds between two rollouts of a page, which is about as long as one takes
SETTLE = 15.0  # seconds after all have begun at once
KEY = 1.0  # seconds between two keys
CLEAR = "\x15"  # Ctrl-U
PATIENCE = 30.0


class Page:
    """One page: its socket, and what came over it."""

    def __init__(self, lab: str) -> None:
        self.lab = lab
        self.echoes: list[float] = []
        self.maps: list[tuple[str, int, int, float]] = []
        self.revision = 0
        self.echoed = asyncio.Event()
        self.measuring = False

    async def live(self, port: int, session: str, start: asyncio.Barrier, seconds: float, place: float) -> None:
        """Open the lab, make a Deployment, then roll it out again and again while typing."""
        cookie = {"Cookie": f"sessionid={session}"}
        address = f"ws://127.0.0.1:{port}/ws/labs/{self.lab}/"
        origin: Any = f"http://127.0.0.1:{port}"
        async with connect(address, additional_headers=cookie, origin=origin, max_size=None) as socket:
            listener = asyncio.create_task(self.listen(socket))
            await say(socket, type="hello", revision=0, cols=80, rows=24)
            await say(socket, type="run", line="kubectl create deployment web --image=nginx:1.27 --replicas=5")
            await start.wait()
            await asyncio.sleep(SETTLE + place * ROLLOUT)  # the rush is not what is measured
            self.measuring = True
            end = time.time() + seconds
            while time.time() < end:
                await say(socket, type="run", line="kubectl rollout restart deployment web")
                await self.type(socket, min(end, time.time() + ROLLOUT))
            self.measuring = False
            listener.cancel()

    async def type(self, socket: ClientConnection, until: float) -> None:
        """Press a key now and then, and wait for its echo."""
        while time.time() < until:
            await asyncio.sleep(KEY)
            self.echoed.clear()
            begun = time.time()
            await say(socket, type="keys", data="x")
            async with asyncio.timeout(PATIENCE):
                await self.echoed.wait()
            self.echoes.append(time.time() - begun)
            await say(socket, type="keys", data=CLEAR)

    async def listen(self, socket: ClientConnection) -> None:
        """Take in what the server says."""
        async for text in socket:
            heard = time.time()
            message = json.loads(text)
            if message["type"] == "terminal":
                if "x" in message["data"]:
                    self.echoed.set()
            elif message["type"] == "map":
                if self.measuring and not message["full"]:
                    self.maps.append((self.lab, self.revision, message["revision"], heard))
                self.revision = message["revision"]


async def say(socket: ClientConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def main() -> None:
    asked = json.loads(sys.stdin.read())
    pages, start = [Page(one["lab"]) for one in asked["labs"]], asyncio.Barrier(len(asked["labs"]))
    lives = [
        page.live(asked["port"], one["session"], start, asked["seconds"], number / len(pages))
        for number, (page, one) in enumerate(zip(pages, asked["labs"], strict=True))
    ]
    await asyncio.gather(*lives)
    heard = {"echoes": [e for page in pages for e in page.echoes], "maps": [m for page in pages for m in page.maps]}
    print(json.dumps(heard))


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(sys.argv[1])})
    asyncio.run(main())
