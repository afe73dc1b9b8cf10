"""The threads in which clusters are run, off the event loop: the most urgent job first, all jobs short.

Python runs one thread's code at a time, so a second thread only pays where a commit waits for another machine.
"""

import itertools
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeVar

from django.db import close_old_connections, connection

T = TypeVar("T")
THREADS = {"sqlite": 1}
THREADS_OTHERWISE = 4

logger = logging.getLogger(__name__)


class Urgency(IntEnum):
    COMMAND = 0  # somebody waits for the answer to a key
    PAGE = 1  # a page opens, or catches up
    TIME = 2  # a cluster's time passes
    CHORE = 3


@dataclass(order=True)
class _Job:
    urgency: Urgency
    number: int
    do: Callable[[], Any] = field(compare=False)
    result: "Future[Any]" = field(compare=False)


class Workers:
    """A few threads and one queue."""

    def __init__(self) -> None:
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def submit(self, urgency: Urgency, do: Callable[..., T], *args: Any) -> "Future[T]":
        """Have `do(*args)` done in a thread; returns its result to come."""
        self._start()
        result: Future[T] = Future()
        self._jobs.put(_Job(urgency, next(self._numbers), lambda: do(*args), result))
        return result

    def are_idle(self) -> bool:
        """Tell whether no job waits."""
        return self._jobs.empty()

    def _start(self) -> None:
        with self._lock:
            if self._threads:
                return
            for number in range(THREADS.get(connection.vendor, THREADS_OTHERWISE)):
                thread = threading.Thread(target=self._work, name=f"clusters-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if not job.result.set_running_or_notify_cancel():
                continue
            try:
                result = job.do()
            except BaseException as error:
                close_old_connections()
                job.result.set_exception(error)
            else:
                job.result.set_result(result)
            del job  # else the last one's cluster stays in memory until the next comes


workers = Workers()
