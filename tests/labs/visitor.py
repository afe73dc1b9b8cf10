"""A learner's page without a browser: its websocket, and what it heard."""

import asyncio
import json

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter

from kubelab.labs.routing import websocket_urlpatterns

application = URLRouter(websocket_urlpatterns)


class Socket:
    """A websocket of one user, without a browser. Use it as `async with Socket(application, path, user) as page`."""

    def __init__(self, application, path, user):
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": [],
            "subprotocols": [],
            "user": user,
        }
        self.socket = ApplicationCommunicator(application, scope)
        self.closed = None

    async def __aenter__(self):
        await self.socket.send_input({"type": "websocket.connect"})
        accepted = await self.socket.receive_output(5)
        assert accepted["type"] == "websocket.accept"
        return self

    async def __aexit__(self, *_):
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.socket.wait(5)

    async def say(self, type, **fields):
        await self.sends(json.dumps({"type": type, **fields}))

    async def sends(self, text):
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def next(self, seconds=5):
        """Return one message; of a socket that was closed, that."""
        event = await self.socket.receive_output(seconds)
        if event["type"] == "websocket.close":
            self.closed = event["code"]
            return {"type": "close"}
        return json.loads(event["text"])

    async def silence(self, seconds=0.3):
        """Return whether nothing is said for that long."""
        return await self.socket.receive_nothing(seconds)


class Visitor(Socket):
    """One socket of one user at a lab. Use it as `async with Visitor(user, lab) as page`."""

    def __init__(self, user, lab):
        super().__init__(application, f"/ws/labs/{getattr(lab, 'public_id', lab)}/", user)
        self.screen = ""
        self.items = {}
        self.revision = 0

    async def hello(self):
        await self.say("hello", revision=self.revision, cols=80, rows=24)
        await self.hear("map")
        return self

    async def next(self, seconds=5):
        """Take in one message and return it."""
        message = await super().next(seconds)
        if message["type"] == "terminal":
            self.screen = message["data"] if message["reset"] else self.screen + message["data"]
        elif message["type"] == "map":
            self.take_map(message)
        return message

    def take_map(self, message):
        if message["full"]:
            self.items = {}
        for item in [item for part in message["put"].values() for item in part]:
            self.items[item["id"]] = item
        for gone in message["gone"]:
            del self.items[gone]
        self.revision = message["revision"]

    async def hear_first(self, *types, seconds=5):
        """Return the next message of any of these types."""
        async with asyncio.timeout(seconds):
            while (message := await self.next(seconds))["type"] not in types:
                pass
            return message

    async def hear(self, type, when=lambda message: True, seconds=5):
        """Return the next message of a type that fits."""
        async with asyncio.timeout(seconds):
            while True:
                message = await self.next(seconds)
                if message["type"] == type and when(message):
                    return message

    async def see(self, condition, seconds=5):
        """Take in messages until the condition, a function of this visitor, holds."""
        async with asyncio.timeout(seconds):
            while not condition(self):
                await self.next(seconds)
