"""The one shape of everything that acts in a cluster: controllers, scheduler, kubelets, proxies.

A component declares what it watches; a change puts keys on its queue (the agenda); `reconcile` compares
what is desired with what is and makes API calls. Level-triggered: it never relies on having seen an event.
A component lives in a process (`runs_in`); while no such process runs in the cluster, nothing is reconciled,
and when it starts again it looks at everything anew, as an informer's first list makes it do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from kubelab.cluster.aspects import EVERYTHING
from kubelab.cluster.objects import Key, Object, controller_ref, key_of
from kubelab.cluster.store import Change
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.kinds.kind import Kind

KeysOf = Callable[[Any, Change], Iterable[str]]

# client-go's DefaultControllerRateLimiter: 5 ms, doubled for each failure, at most 1000 s.
FIRST_RETRY = 0.005
LONGEST_RETRY = 1000.0


class Component:
    """What the components share: a client, a queue, and how changes become keys."""

    name: ClassVar[str] = ""
    runs_in: ClassVar[str] = ""  # the process that it is a part of; "" for what cannot be stopped
    user: ClassVar[str] = ""
    manager: ClassVar[str] = ""
    source: ClassVar[str] = ""  # of its events; "" for its manager
    watches: ClassVar[dict[Kind, KeysOf]] = {}
    heeds: ClassVar[dict[KeysOf, int]] = {}  # the aspects of a write (aspects.py) that they ask for; without: all
    whose: ClassVar[dict[KeysOf, Callable[[Object], bool]]] = {}  # of which objects (Store.subscribe); without: of all
    # Seconds between its looks: what changes meanwhile is answered in one go at the next look. Stands for the
    # moment that a watch event, a sync and its calls take in life, and keeps 10,000 changes from being 10,000 syncs.
    pace: ClassVar[float] = 0.0
    patience: ClassVar[float] = 0.0  # the same for changes that only count, where a component tells them apart

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.clock = cluster.clock
        self.store = cluster.store
        manager = self.manager or self.runs_in or self.name
        self.api = cluster.api.client(User(self.user or f"system:{self.name}"), manager, self.source)
        for kind, keys_of in self.watches.items():
            heeds, whose = self.heeds.get(keys_of, EVERYTHING), self.whose.get(keys_of)
            self.store.subscribe(kind.prefix, self._listener(keys_of), heeds=heeds, whose=whose)

    def _listener(self, keys_of: KeysOf) -> Callable[[Change], None]:
        add, name, pace, patience, clock = self.cluster.agenda.add, self.name, self.pace, self.patience, self.clock

        def listen(change: Change) -> None:
            for key in keys_of(self, change):
                add(name, key, next_look(clock.now, patience if patience and self.only_counts(change) else pace))

        return listen

    def only_counts(self, change: Change) -> bool:
        """Tells whether a change alters numbers of a status and nothing else; asked where there is `patience`."""
        return False

    @property
    def now(self) -> float:
        """The virtual time, in seconds since the epoch."""
        return self.clock.now

    def start(self) -> None:
        """Rebuilds the caches from the store; called once, after a cluster was created or loaded."""

    def resync(self) -> None:
        """Puts everything that is watched on the queue, as a component does when its process starts."""
        for kind, keys_of in self.watches.items():
            for obj in self.api.list(kind):
                for key in keys_of(self, Change(0, kind.path(key_of(obj)), None, obj)):
                    self.cluster.agenda.add(self.name, key)

    def reconcile(self, key: str) -> None:
        """Brings what `key` names closer to what is desired.

        Raises:
            ApiError: the key is tried again, later each time.
        """
        raise NotImplementedError

    def later(self, key: str, seconds: float) -> None:
        """Looks at `key` again in that many virtual seconds."""
        self.cluster.agenda.add(self.name, key, self.clock.now + seconds)


def next_look(now: float, pace: float) -> float:
    """Returns the first moment after `now` on a grid of `pace` seconds; `now` itself where there is no pace.

    A grid needs no memory of the last look, so that a restarted process keeps the same moments.
    """
    return (int(now / pace) + 1) * pace if pace else now


def is_status_alone(change: Change) -> bool:
    """Tells whether a change left an object's spec and metadata as they were, as a controller's own report does."""
    old, new = change.old, change.new
    if old is None or new is None or old.get("spec") is not new.get("spec"):
        return False
    before, after = old["metadata"], new["metadata"]
    return len(before) == len(after) and all(
        before.get(field) is value for field, value in after.items() if field != "resourceVersion"
    )


def itself(_component: Component, change: Change) -> Iterable[str]:
    """The object that changed."""
    return (str(key_of(_current(change))),)


def controller_of(kind: Kind) -> KeysOf:
    """The object of `kind` that manages the one that changed, before and after the change."""

    # The last answer, by the identity of the references, which Pods of one template share; most questions are alike.
    last: tuple[list[Object] | None, str, tuple[str, ...]] = (None, "", ())

    def keys_of(_component: Component, change: Change) -> Iterable[str]:
        old, new = change.old, change.new
        if old is None or new is None:
            obj = new if new is not None else old
            return key_in(obj) if obj is not None else ()
        if old["metadata"].get("ownerReferences") is new["metadata"].get("ownerReferences"):
            return key_in(new)
        return dict.fromkeys((*key_in(old), *key_in(new)))

    def key_in(obj: Object) -> tuple[str, ...]:
        nonlocal last
        metadata = obj["metadata"]
        references, namespace = metadata.get("ownerReferences"), metadata.get("namespace", "")
        if references is None:
            return ()
        if references is not last[0] or namespace != last[1]:
            owner = controller_ref(obj)
            keys = () if owner is None or owner["kind"] != kind.name else (str(Key(namespace, owner["name"])),)
            last = references, namespace, keys
        return last[2]

    return keys_of


def managed_by(kind: Kind) -> Callable[[Object], bool]:
    """Tells whether an object is managed by one of `kind`: whose changes `controller_of` asks for."""

    def is_managed(obj: Object) -> bool:
        reference = controller_ref(obj)
        return reference is not None and reference["kind"] == kind.name

    return is_managed


def _current(change: Change) -> Object:
    current = change.new if change.new is not None else change.old
    if current is None:
        raise ValueError("a change has an object before or after it")
    return current
