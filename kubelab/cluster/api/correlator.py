"""What is remembered of events, so that a noisy object stays readable: client-go's EventCorrelator.

The tenth and later of a kind with different words are combined; a source may record 25 at once about one object,
then one every five minutes. All of it can be read off the Events that are stored, so a restarted process remembers
the same. After ten minutes of quiet an object starts anew.
Source: k8s.io/client-go/tools/record/events_cache.go.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kubelab.cluster.api.foldedevents import last_seen
from kubelab.cluster.clock import Clock, parse_time, rfc3339
from kubelab.cluster.folded import Kept, unfolded

BURST = 25
REFILL_SECONDS = 300.0
MOST_SIMILAR = 10  # messages of one kind, the first combined one included
FEW = MOST_SIMILAR - 1  # events that are recorded as they are, whatever they say
QUIET_SECONDS = 600
MOST_REMEMBERED = 16384  # objects
COMBINED = "(combined from similar events): "

Subject = tuple[str, str, str]  # source, its node, the involved object's uid


@dataclass(slots=True)
class Similar:
    """The different messages of one type and reason, and when the last of them came."""

    last: int
    messages: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Sorted:
    """What was said, by type and reason, and the names of the Events that say it."""

    names: set[str] = field(default_factory=set)
    similar: dict[tuple[str, str], Similar] = field(default_factory=dict)

    def take(self, kept: Kept) -> None:
        """Sorts one event in."""
        event = unfolded(kept)
        now, what = int(parse_time(event["lastTimestamp"])), (event["type"], event["reason"])
        self.names.add(event["metadata"]["name"])
        found = self.similar.get(what)
        if found is None or now - found.last > QUIET_SECONDS:
            found = self.similar[what] = Similar(now)
        found.last = max(found.last, now)
        if not event["message"].startswith(COMBINED):
            found.messages.add(event["message"])


@dataclass(slots=True)
class Memory:
    """What a source has said of one object; times in whole seconds, as Events have them.

    Most objects are spoken of a few times and never again, so what was said is only sorted once there is much of it.
    """

    first: int
    last: int
    total: int = 0
    _sorted: Sorted | None = None
    _unsorted: list[Kept] = field(default_factory=list)  # Events that are not in there yet

    def allows(self, now: int) -> bool:
        """Tells whether one more event may be recorded."""
        return self.total < BURST or self.total + 1 <= BURST + (now - self.first) / REFILL_SECONDS

    def is_combined(self, kind: str, reason: str, message: str, now: int) -> bool:
        """Tells whether a message is one of too many."""
        if self._sorted is None and len(self._unsorted) + 1 < MOST_SIMILAR:
            return False
        found = self._sort().similar.get((kind, reason))
        if found is None or now - found.last > QUIET_SECONDS:
            return False
        return len(found.messages | {message}) >= MOST_SIMILAR

    def knows(self, name: str) -> bool:
        """Tells whether an event of that name is among what it remembers."""
        return name in self._sort().names

    def take(self, event: Kept, count: int, now: int) -> None:
        """Notes what was recorded."""
        self.total += count
        if now > self.last:
            self.last = now
        self._unsorted.append(event)

    def _sort(self) -> Sorted:
        found = self._sorted
        if found is None:
            found = self._sorted = Sorted()
        for event in self._unsorted:
            found.take(event)
        self._unsorted.clear()
        return found


class Correlator:
    """The memories of one cluster's sources of events."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._memories: OrderedDict[Subject, Memory] = OrderedDict()
        self._stored: dict[Subject, list[Kept]] = {}

    def restored(self, events: Iterable[Kept]) -> None:
        """Takes in the Events of a store that was loaded; what they mean is worked out when it is asked for."""
        oldest = rfc3339(self._clock.now - QUIET_SECONDS)
        for event in events:
            if last_seen(event) >= oldest:
                subject = _subject_of(event)
                if subject in self._stored or len(self._stored) < MOST_REMEMBERED:
                    self._stored.setdefault(subject, []).append(event)

    def memory(self, source: str, host: str, uid: str, now: int) -> Memory:
        """Returns what a source remembers of an object now."""
        subject = (source, host, uid)
        memory = self._memories.get(subject)
        if memory is None or now - memory.last > QUIET_SECONDS:
            memory = self._memories[subject] = self._remembered(subject, memory, now)
            if len(self._memories) > MOST_REMEMBERED:
                self._memories.popitem(last=False)
        return memory

    def _remembered(self, subject: Subject, memory: Memory | None, now: int) -> Memory:
        if memory is None and subject in self._stored:
            memory = _recalled(self._stored.pop(subject))
        return memory if memory is not None and now - memory.last <= QUIET_SECONDS else Memory(now, now)


def _subject_of(kept: Kept) -> Subject:
    event = unfolded(kept)
    source = event.get("source") or {}
    return source.get("component", ""), source.get("host", ""), event["involvedObject"].get("uid", "")


def _recalled(kept: list[Kept]) -> Memory:
    """Works out a memory from Events."""
    events = [unfolded(each) for each in kept]
    events.sort(key=lambda event: event["lastTimestamp"])
    memory = Memory(int(parse_time(events[0]["firstTimestamp"])), int(parse_time(events[0]["lastTimestamp"])))
    for event in events:
        memory.first = min(memory.first, int(parse_time(event["firstTimestamp"])))
        memory.take(event, event["count"], int(parse_time(event["lastTimestamp"])))
    return memory
