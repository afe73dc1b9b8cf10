"""Answers that go on: what a cluster's commits bring is sent as it comes, until the client goes or time is up.

A stream is told of each act after its commit, so nobody ever sees what was not kept. While nothing happens it costs
nothing: no thread, no timer, no polling of its own.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from threading import Lock

from kubelab.labs import keeping, pulse
from kubelab.labs.keeping import Act
from kubelab.labs.locks import own_turn
from kubelab.labs.visits import visit
from kubelab.labs.workers import Urgency, workers

MOST_PENDING = 16 * 1024 * 1024  # bytes that a client has not taken yet; one so slow has to begin anew

logger = logging.getLogger(__name__)


class Stream:
    """One answer that goes on.

    Args:
        lab_id: whose cluster it tells of.
        seconds: how long it goes on at the most.
    """

    content_type = "application/json"

    def __init__(self, lab_id: int, seconds: float) -> None:
        self.lab_id = lab_id
        self.seconds = seconds
        self.commits = -1  # the lab's, that it has told
        self._chunks: deque[bytes] = deque()
        self._pending = 0
        self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None

    # in a worker's thread, in the act that opens it or after one that was committed

    def follow(self, act: Act) -> None:
        """Take in what an act has changed."""
        raise NotImplementedError

    def closed(self) -> None:
        """Let go of the cluster; called once, while nobody acts on it."""

    def put(self, data: bytes) -> None:
        """Have something sent."""
        if not data or self._ended:
            return
        self._chunks.append(data)
        self._pending += len(data)
        if self._pending > MOST_PENDING:
            self._chunks.clear()
            self._ended = True
        self._tell()

    def end(self) -> None:
        """Send what there is and no more; from any thread."""
        self._ended = True
        self._tell()

    def ring_at(self, act: Act, due: float | None) -> None:
        """Have the cluster's time pass up to a virtual moment when it comes, so that `follow` is called then."""
        if self._loop is not None:
            seconds = None if due is None or act.lab.paused else max(0.0, due - act.cluster.clock.now) / act.lab.rate
            self._loop.call_soon_threadsafe(self._set_alarm, seconds)

    def _tell(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._news.set)

    # on the event loop

    def _set_alarm(self, seconds: float | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        if seconds is not None and not self._ended and self._loop is not None:
            self._alarm = self._loop.call_later(seconds, self._ring)

    def _ring(self) -> None:
        workers.submit(Urgency.TIME, _go_on, self.lab_id)

    async def chunks(self) -> AsyncGenerator[list[bytes], None]:
        """Yield what is to be sent, piece by piece."""
        loop = asyncio.get_running_loop()
        self._loop = loop
        timer = loop.call_later(self.seconds, self._time_is_up)
        pulse.keep_beating()
        await asyncio.wrap_future(workers.submit(Urgency.TIME, _go_on, self.lab_id))  # what came meanwhile
        try:
            while True:
                self._news.clear()
                ended = self._ended
                if data := self._taken():
                    yield data
                elif ended:
                    return
                else:
                    await self._news.wait()
        finally:
            timer.cancel()
            self._set_alarm(None)
            self._ended = True
            _forget(self)

    def _taken(self) -> list[bytes]:
        taken = []
        while self._chunks:
            taken.append(self._chunks.popleft())
        self._pending = 0
        return taken

    def _time_is_up(self) -> None:
        workers.submit(Urgency.COMMAND, _last_words, self)

    def last_words(self) -> None:
        """Say what is said when time is up; called while nobody acts on the cluster."""


_open: dict[int, list[Stream]] = {}
_lock = Lock()
_closing = False


def opened(stream: Stream, commits: int) -> None:
    """Have a stream told of acts from now on.

    Args:
        commits: the lab's, after the act in which it was opened.
    """
    stream.commits = commits
    with _lock:
        _open.setdefault(stream.lab_id, []).append(stream)
        closing = _closing
    if closing:
        stream.end()


def count(lab_id: int) -> int:
    """Return how many streams of a lab are open."""
    return len(_open.get(lab_id, ()))


def watched() -> dict[int, int]:
    """Return the labs that have streams open here, with the commit that they were told last."""
    with _lock:
        return {lab_id: min(stream.commits for stream in streams) for lab_id, streams in _open.items() if streams}


def begin() -> None:
    """The server starts."""
    global _closing
    with _lock:
        _closing = False


def end_all() -> None:
    """The server stops: what is open ends, and what is just being opened as soon as it is."""
    global _closing
    with _lock:
        _closing = True
    for streams in list(_open.values()):
        for stream in list(streams):
            stream.end()


def _forget(stream: Stream) -> None:
    with _lock:
        streams = _open.get(stream.lab_id, [])
        if stream in streams:
            streams.remove(stream)
        if not streams:
            _open.pop(stream.lab_id, None)
    workers.submit(Urgency.TIME, _let_go, stream)


def _let_go(stream: Stream) -> None:
    with own_turn(stream.lab_id):
        stream.closed()


def _last_words(stream: Stream) -> None:
    with own_turn(stream.lab_id):
        stream.last_words()
    stream.end()


def _go_on(lab_id: int) -> None:
    try:
        visit(lab_id)
    except Exception:
        logger.exception("streams of lab %s could not go on", lab_id)


def _follow(act: Act) -> None:
    for stream in list(_open.get(act.lab.pk, ())):
        try:
            stream.follow(act)
            stream.commits = act.lab.commits
        except Exception:
            logger.exception("a stream of lab %s failed", act.lab.pk)
            stream.end()


keeping.after_act.append(_follow)
pulse.sources.append(watched)
