"""What was changed by hand in a network namespace: links, addresses, routes, neighbours, kernel settings, rules.

What the components made is worked out when somebody looks (interfaces.py, rules); this keeps only the differences,
one record a namespace that has any, so that an untouched one costs a look into a dict.
"""

from __future__ import annotations

from kubelab.cluster.cni import PREFIX
from kubelab.cluster.network.place import Place
from kubelab.cluster.objects import Object
from kubelab.cluster.store import Store

CHANGES = PREFIX + "changes/"
OUTSIDE = "outside"
NOTHING: Object = {}


def of_node(node: str) -> str:
    """Returns the name of a node's own stack, "outside" for the workstation's."""
    return f"node/{node}" if node else OUTSIDE


def of_pod(uid: str) -> str:
    """Returns the name of a Pod's stack."""
    return f"pod/{uid}"


class Stacks:
    """The differences, by the stacks' names.

    A record may have: "down" (names of links), "addresses" (range -> link; "" for one that was taken away), "routes"
    (destination -> the route's text; "" for one taken away), "unknown" (neighbours and forwarding entries that
    were deleted), "sysctl" (name -> value), "firewall" (see firewall.py).
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.changes: dict[str, Object] = {}

    def start(self) -> None:
        """Reads what the store holds."""
        self.changes = {key.removeprefix(CHANGES): kept for key, kept in self._store.items(CHANGES)}

    def of(self, stack: str) -> Object:
        """Returns what was changed in a stack."""
        return self.changes.get(stack, NOTHING)

    def change(self, stack: str, **fields: object) -> None:
        """Puts fields of a stack's record in the place of what was there; an empty one goes."""
        kept = {**self.changes.get(stack, {}), **fields}
        kept = {field: value for field, value in kept.items() if value}
        if kept:
            self.changes[stack] = self._store.put(CHANGES + stack, kept)
        else:
            self.forget(stack)

    def forget(self, stack: str) -> None:
        """Drops what was changed: the machine was switched off, the Pod is gone."""
        if self.changes.pop(stack, None) is not None:
            self._store.delete(CHANGES + stack)


def sysctl(changes: Object, name: str, default: str) -> str:
    """Returns a kernel setting."""
    return str((changes.get("sysctl") or {}).get(name, default))


__all__ = ["CHANGES", "NOTHING", "OUTSIDE", "Place", "Stacks", "of_node", "of_pod", "sysctl"]
