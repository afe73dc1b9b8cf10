"""Which Pods that did not fit are worth trying again after something has happened.

Each waits for what may change the minds of the plugins that rejected it: a Pod that no node has room for is not tried
again because a volume came. Source: KEP-4247 (queueing hints); EventsToRegister of each plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from kubelab.cluster.objects import Key, Object
from kubelab.cluster.scheduler.framework import Event
from kubelab.cluster.scheduler.nodeinfo import decisive
from kubelab.cluster.scheduler.profiles import Profile
from kubelab.cluster.scheduler.queue import Failure, Queue


class Wakeups:
    """The Pods that wait, by what they wait for.

    Args:
        try_again: is called with a Pod's key and the time from which it may be tried.
    """

    def __init__(self, queue: Queue, try_again: Callable[[Key, float], None]) -> None:
        self._queue = queue
        self._try_again = try_again
        self._waiting: dict[Event, dict[Key, None]] = {event: {} for event in Event}
        self._known: set[Key] = set()

    def start(self, profiles: Mapping[str, Profile]) -> None:
        """Reads who waits."""
        self._known.clear()
        for waiting in self._waiting.values():
            waiting.clear()
        for failure in self._queue.failures():
            self._expect(failure.key, failure.plugins, profiles.values())

    def knows(self, key: Key) -> bool:
        """Tells whether a Pod did not fit when it was tried last."""
        return key in self._known

    def expect(self, pod: Object, rejecting: Iterable[str], profile: Profile) -> None:
        """Notes that a Pod waits for what may change the mind of plugins."""
        self._expect(Key(pod["metadata"]["namespace"], pod["metadata"]["name"]), rejecting, [profile])

    def _expect(self, key: Key, rejecting: Iterable[str], profiles: Iterable[Profile]) -> None:
        self.forget(key)
        self._known.add(key)
        names = set(rejecting)
        wakes = {event for profile in profiles for plugin in profile.plugins if plugin.name in names
                 for event in plugin.wakes}  # fmt: skip
        for event in wakes or set(Event):  # without nodes there is nobody who rejected it
            self._waiting[event][key] = None

    def forget(self, key: Key) -> None:
        """Lets go of a Pod that waits no longer."""
        if key in self._known:
            self._known.discard(key)
            for waiting in self._waiting.values():
                waiting.pop(key, None)

    def wake(self, event: Event, may_help: Callable[[Failure], bool] | None = None) -> None:
        """Lets the Pods that wait for this be tried again, each when its back-off is over.

        Args:
            may_help: tells whether it may help a Pod; without it may help them all.
        """
        waiting = self._waiting[event]
        if waiting:
            for failure in self._queue.failures():
                if failure.key in waiting and (may_help is None or may_help(failure)):
                    self._try_again(failure.key, failure.due)


def node_events(old: Object | None, new: Object) -> Iterator[Event]:
    """Yields what happened to a node that may make Pods fit there."""
    if old is None:
        yield Event.NODE_CAME
        return
    before, after = decisive(old), decisive(new)
    if before[0] != after[0]:
        yield Event.NODE_LABELS
    if before[1:3] != after[1:3]:
        yield Event.NODE_TAINTS
    if before[3] != after[3]:
        yield Event.NODE_ROOM
