"""Runs the time of clusters that are due."""

import asyncio


async def reconcile_forever(stop: asyncio.Event) -> None:
    await stop.wait()
