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

from kubelab.cluster.clock import Clock, parse_time, rfc3339
from kubelab.cluster.objects import Object

BURST = 25
REFILL_SECONDS = 300.0
MOST_SIMILAR = 10  # messages of one kind, the first combined one included
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
class Memory:
    """What a source has said of one object; times in whole seconds, as Events have them."""

    first: int
    last: int
    total: int = 0
    names: set[str] = field(default_factory=set)
    similar: dict[tuple[str, str], Similar] = field(default_factory=dict)

    def allows(self, now: int) -> bool:
        """Tells whether one more event may be recorded."""
        return self.total + 1 <= BURST + (now - self.first) / REFILL_SECONDS

    def is_combined(self, kind: str, reason: str, message: str, now: int) -> bool:
        """Tells whether a message is one of too many."""
        found = self.similar.get((kind, reason))
        if found is None or now - found.last > QUIET_SECONDS:
            return False
        return len(found.messages | {message}) >= MOST_SIMILAR

    def take(self, event: Object, count: int, now: int) -> None:
        """Notes what was recorded."""
        self.total += count
        self.last = max(self.last, now)
        self.names.add(event["metadata"]["name"])
        found = self.similar.get((event["type"], event["reason"]))
        if found is None or now - found.last > QUIET_SECONDS:
            found = self.similar[event["type"], event["reason"]] = Similar(now)
        found.last = max(found.last, now)
        if not event["message"].startswith(COMBINED):
            found.messages.add(event["message"])


class Correlator:
    """The memories of one cluster's sources of events."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._memories: OrderedDict[Subject, Memory] = OrderedDict()
        self._stored: dict[Subject, list[Object]] = {}

    def restored(self, events: Iterable[Object]) -> None:
        """Takes in the Events of a store that was loaded; what they mean is worked out when it is asked for."""
        oldest = rfc3339(self._clock.now - QUIET_SECONDS)
        for event in events:
            if (event.get("lastTimestamp") or "") >= oldest:
                source = event.get("source") or {}
                subject = source.get("component", ""), source.get("host", ""), event["involvedObject"].get("uid", "")
                if subject in self._stored or len(self._stored) < MOST_REMEMBERED:
                    self._stored.setdefault(subject, []).append(event)

    def memory(self, source: str, host: str, uid: str) -> Memory:
        """Returns what a source remembers of an object now."""
        subject, now = (source, host, uid), int(self._clock.now)
        memory = self._memories.get(subject)
        if memory is None and subject in self._stored:
            memory = _recalled(self._stored.pop(subject))
        if memory is None or now - memory.last > QUIET_SECONDS:
            memory = Memory(now, now)
        if self._memories.get(subject) is not memory:
            self._memories[subject] = memory
            if len(self._memories) > MOST_REMEMBERED:
                self._memories.popitem(last=False)
        return memory


def _recalled(events: list[Object]) -> Memory:
    """Works out a memory from Events."""
    events.sort(key=lambda event: event["lastTimestamp"])
    memory = Memory(int(parse_time(events[0]["firstTimestamp"])), int(parse_time(events[0]["lastTimestamp"])))
    for event in events:
        memory.first = min(memory.first, int(parse_time(event["firstTimestamp"])))
        memory.take(event, event["count"], int(parse_time(event["lastTimestamp"])))
    return memory
