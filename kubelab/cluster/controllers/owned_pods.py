"""Tells controllers of changes of the Pods that they own, each only of its own kind's.

One look at a Pod's owner serves all of them, so that Pods of other owners cost no more for each controller that
there is.
"""

from __future__ import annotations

from collections.abc import Callable

from kubelab.cluster.kinds import Pod
from kubelab.cluster.objects import Object, controller_ref
from kubelab.cluster.store import Change, Store

Told = Callable[[str, Change], None]  # the owner's name, the change
ToldOfOrphan = Callable[[Change], None]


class OwnedPods:
    """Hands each change of a Pod to the controller of the kind that owns it."""

    def __init__(self, store: Store) -> None:
        self._told: dict[str, Told] = {}
        self._told_of_orphans: list[ToldOfOrphan] = []
        store.subscribe(Pod.prefix, self._changed, whose=self._is_told)

    def _is_told(self, pod: Object) -> bool:
        """Tells whether somebody asks for Pods of such an owner."""
        owner = controller_ref(pod)
        return owner is None or owner["kind"] in self._told

    def tell(self, kind: str, told: Told, told_of_orphan: ToldOfOrphan | None = None) -> None:
        """Calls `told` with each change of a Pod whose controller is of `kind`, before or after the change.

        Args:
            told_of_orphan: called when a Pod without a controller is there or changes.
        """
        self._told[kind] = told
        if told_of_orphan is not None:
            self._told_of_orphans.append(told_of_orphan)

    def _changed(self, change: Change) -> None:
        old, new = change.old, change.new
        current = new if new is not None else old
        assert current is not None
        owner = controller_ref(current)
        if owner is not None:
            self._tell(owner, change)
        elif new is not None:
            for told_of_orphan in self._told_of_orphans:
                told_of_orphan(change)
        if old is None or new is None:
            return
        before, after = old["metadata"].get("ownerReferences"), new["metadata"].get("ownerReferences")
        if before is not after and before != after:
            earlier = controller_ref(old)
            if earlier is not None and (owner is None or owner["uid"] != earlier["uid"]):
                self._tell(earlier, change)

    def _tell(self, owner: Object, change: Change) -> None:
        told = self._told.get(owner["kind"])
        if told is not None:
            told(owner["name"], change)


def owned_pods(store: Store) -> OwnedPods:
    """Returns the one that watches a store's Pods."""
    for subscription in store.table(Pod.prefix).subscriptions:
        found = getattr(subscription.callback, "__self__", None)
        if isinstance(found, OwnedPods):
            return found
    return OwnedPods(store)
