"""How many Pods each owner has, counted as they change and never recounted.

A ReplicaSet of 10,000 Pods looks at its status at each change of one of them; with a tally that look
costs the same as for a ReplicaSet of three.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from kubelab.cluster.controllers.pods import is_active, is_ready
from kubelab.cluster.objects import Object, controller_ref, is_being_deleted, labels_of
from kubelab.cluster.store import Change, Store

Labels = tuple[tuple[str, str], ...]


@dataclass
class Count:
    """The Pods of one owner; `labels` counts the active ones by their labels."""

    active: int = 0
    ready: int = 0
    terminating: int = 0
    labels: Counter[Labels] = field(default_factory=Counter)


class PodTally:
    """Counts Pods by the uid of their controller; whoever has it calls `changed` with each change of theirs.

    Args:
        kind: the kind of the owners that are counted for.
    """

    def __init__(self, store: Store, prefix: str, kind: str) -> None:
        self._kind = kind
        self._counts: dict[str, Count] = {}
        self._prefix = prefix
        self._store = store

    def start(self) -> None:
        """Counts what is there."""
        self._counts.clear()
        for pod in self._store.table(self._prefix).rows.values():
            self._add(pod, 1)

    def of(self, uid: str) -> Count:
        """Returns the count of the owner with that uid."""
        return self._counts.get(uid) or Count()

    def changed(self, change: Change) -> bool:
        """Follows a change of a Pod; tells whether it counts as it did, but for its readiness."""
        old, new = change.old, change.new
        if old is not None and new is not None and _counts_alike(old, new):
            owner, turned = controller_ref(new), is_ready(new) - is_ready(old)
            if turned and owner is not None and owner["kind"] == self._kind and is_active(new):
                self._counts[owner["uid"]].ready += turned
            return True
        if old is not None:
            self._add(old, -1)
        if new is not None:
            self._add(new, 1)
        return False

    def _add(self, pod: Object, sign: int) -> None:
        owner = controller_ref(pod)
        if owner is None or owner["kind"] != self._kind:
            return
        uid = owner["uid"]
        count = self._counts.get(uid)
        if count is None:
            count = self._counts[uid] = Count()
        if is_active(pod):
            count.active += sign
            count.ready += sign * is_ready(pod)
            _count(count.labels, tuple(labels_of(pod).items()), sign)
        elif is_being_deleted(pod):
            count.terminating += sign
        if not (count.active or count.terminating):
            del self._counts[uid]


def _counts_alike(old: Object, new: Object) -> bool:
    """Tells whether a Pod counts as it did, but for its readiness."""
    before, after = old["metadata"], new["metadata"]
    return (
        before.get("ownerReferences") is after.get("ownerReferences")
        and before.get("labels") is after.get("labels")
        and is_being_deleted(old) == is_being_deleted(new)
        and is_active(old) == is_active(new)
    )


def _count(counter: Counter[Labels], labels: Labels, sign: int) -> None:
    counter[labels] += sign
    if not counter[labels]:
        del counter[labels]
