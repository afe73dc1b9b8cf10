"""The clients of the bench `api`, in a process of their own: watches that stay open, and one who lists all Pods.

Reads what to do as JSON, and goes on when it is told so by a line.
"""

import asyncio
import json
import os
import ssl
import sys
import time
from typing import Any

WATCH = "/api/v1/pods?watch=true&allowWatchBookmarks=true"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
AT_ONCE = 20  # handshakes


class Client:
    """One connection to the API."""

    def __init__(self, port: int, trust: ssl.SSLContext, lab: dict[str, str]) -> None:
        self.port, self.trust, self.lab = port, trust, lab

    async def open(self) -> None:
        """Connect."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.trust)

    async def ask(self, path: str, accept: str = "application/json") -> int:
        """Send a request and read the head of its answer; returns the body's length, 0 where it comes in pieces."""
        head = (
            f"GET /clusters/{self.lab['lab']}{path} HTTP/1.1\r\nHost: bench\r\nAccept: {accept}\r\n"
            f"Authorization: Bearer {self.lab['token']}\r\n\r\n"
        )
        self.writer.write(head.encode())
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        if " 200 " not in answer:
            raise RuntimeError(answer)
        return int(answer.partition("content-length: ")[2].partition("\r\n")[0] or 0)

    async def read(self, length: int) -> bytes:
        """Read a body, of a length that is known or in pieces."""
        if length:
            return await self.reader.readexactly(length)
        pieces = []
        while size := int(await self.reader.readline(), 16):
            pieces.append(await self.reader.readexactly(size))
            await self.reader.readline()
        await self.reader.readline()
        return b"".join(pieces)


async def watch(asked: dict[str, Any], trust: ssl.SSLContext) -> None:
    """Open watches, and hold them until it is told to go on."""
    few = asyncio.Semaphore(AT_ONCE)
    clients = [Client(asked["port"], trust, lab) for lab in asked["labs"] for _ in range(asked["each"])]

    async def begin(client: Client) -> None:
        async with few:
            await client.open()
            await client.ask(WATCH)

    await asyncio.gather(*map(begin, clients))
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for client in clients:
        client.writer.transport.abort()


async def list_all(asked: dict[str, Any], trust: ssl.SSLContext, limit: str) -> dict[str, Any]:
    """List Pods as a Table while somebody else asks for their own cluster's; tells rows and seconds.

    Args:
        limit: what says how long pages are; "" for one answer.
    """
    client, other = (Client(asked["port"], trust, lab) for lab in asked["labs"][:2])
    await client.open()
    await other.open()
    waits: list[float] = []
    asking = asyncio.create_task(ask_now_and_then(other, waits))
    rows, token, begun = 0, "", time.perf_counter()
    while True:
        page = json.loads(await client.read(await client.ask(f"/api/v1/pods?{limit}{token}", TABLE)))
        rows += len(page["rows"])
        if not page["metadata"].get("continue"):
            break
        token = f"&continue={page['metadata']['continue']}"
    seconds = time.perf_counter() - begun
    asking.cancel()
    return {"rows": rows, "seconds": seconds, "waits": waits}


async def ask_now_and_then(client: Client, waits: list[float]) -> None:
    """Ask for a small list again and again; note how long the answers take."""
    while True:
        begun = time.perf_counter()
        await client.read(await client.ask("/api/v1/namespaces"))
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(0.01)


async def main() -> None:
    asked = json.loads(sys.stdin.readline())
    trust = ssl.create_default_context(cadata=asked["authority"])
    await watch(asked, trust)
    for limit in ("limit=500", ""):
        print(json.dumps(await list_all(asked, trust, limit)), flush=True)


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(sys.argv[1])})
    asyncio.run(main())
