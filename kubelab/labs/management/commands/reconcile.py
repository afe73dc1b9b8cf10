"""`manage.py reconcile`: runs clusters' time beside web servers that have RECONCILE=0. Any number of them may run."""

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from kubelab.labs.reconciler import reconcile_forever

LONGEST_NAP = 0.2  # seconds; web processes' acts make clusters due without this process hearing of it


class Command(BaseCommand):
    help = "Run the time of all clusters that are watched, until stopped (SIGTERM, Ctrl-C)."

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self.run())

    async def run(self) -> None:
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await reconcile_forever(stop, LONGEST_NAP)
