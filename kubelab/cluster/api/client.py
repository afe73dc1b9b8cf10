"""What components of the cluster use: the API's pipeline without a transport.

Objects come and go without a copy: they are shared with the store, so nobody changes them.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kubelab.cluster.api import errors, patches
from kubelab.cluster.api.another import another
from kubelab.cluster.api.events import EventRecorder
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.selectors import Selector
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer


class Client:
    """Calls the API as one user.

    Args:
        manager: the field manager of its writes.
        source: the source of its events; "" for the same.
    """

    def __init__(self, server: ApiServer, user: User, manager: str, source: str = "") -> None:
        self.server = server
        self.user = user
        self.manager = manager
        self._source = source or manager
        self._recorder: EventRecorder | None = None  # made when there is something to say: most never speak
        # A kubelet's events name its node as their source's host.
        self._host = user.name.removeprefix("system:node:") if user.name.startswith("system:node:") else ""

    # reading

    def get(self, kind: Kind, key: Key) -> Object | None:
        """Returns an object, or None."""
        return self.server.find(kind, key)

    def list(self, kind: Kind, namespace: str = "", *, labels: Selector | None = None) -> builtins.list[Object]:
        """Returns the objects of a kind, of one namespace or of all, in the order of their keys."""
        table = self.server.store.table(kind.prefix)
        if namespace:
            found = sorted(self.indexed(kind, "namespace", namespace), key=_name)
        else:
            found = [table.rows[key] for key in table.keys()]
        return [obj for obj in found if labels.matches(labels_of(obj))] if labels else found

    def indexed(self, kind: Kind, index: str, value: str) -> builtins.list[Object]:
        """Returns the objects of a kind by "owner" (a uid), "namespace" or, for Pods, "node"."""
        return self.server.store.indexed(kind.prefix, index, value)

    # writing

    def create(self, kind: Kind, obj: Object) -> Object:
        """Creates an object and returns it as stored."""
        return self.server.create(kind, obj, user=self.user, manager=self.manager)

    def create_another(self, kind: Kind, obj: Object, first: Object) -> Object:
        """Creates what was just created once, with another generated name; see another.py.

        Args:
            obj: what `create` was called with.
            first: what it returned.
        """
        return another(self.server, kind, first, self.user) or self.create(kind, obj)

    def update(self, kind: Kind, obj: Object) -> Object:
        """Replaces an object; its status stays where the kind has a status of its own."""
        return self.server.update(kind, obj, user=self.user, manager=self.manager)

    def update_status(self, kind: Kind, obj: Object) -> Object:
        """Replaces an object's status."""
        return self.server.update(kind, obj, user=self.user, manager=self.manager, subresource="status")

    def report(self, kind: Kind, obj: Object, status: Object) -> Object:
        """Replaces the status of an object that is as the caller knows it, and returns it as stored.

        Does what `update_status` does for one who has just read the object and changes nothing else: there is nothing
        to be compared, and no admission plug-in has a say in a status alone.
        """
        return self.server.report(kind, obj, status)

    def patch(self, kind: Kind, key: Key, patch: Object, *, subresource: str = "") -> Object:
        """Changes parts of an object by a JSON merge patch.

        Raises:
            Conflict: if the patch names another uid than the object has.
        """
        old = self.server.get(kind, key)
        uid = (patch.get("metadata") or {}).get("uid")
        if uid and uid != old["metadata"]["uid"]:
            raise errors.conflict(kind, key.name, errors.MODIFIED)
        new = patches.merge(old, patch)
        return self.server.update(kind, new, user=self.user, manager=self.manager, subresource=subresource)

    def delete(
        self, kind: Kind, key: Key, *, grace: int | None = None, propagation: str | None = None, uid: str | None = None
    ) -> None:
        """Deletes an object or begins to; one that is gone already is no error.

        Args:
            grace: seconds that a Pod gets to end; None for what it asks for.
            propagation: "Background", "Foreground" or "Orphan"; None for the kind's own.
            uid: delete only the object with that uid.
        """
        try:
            self.server.delete(kind, key, grace=grace, propagation=propagation, uid=uid, user=self.user)
        except errors.NotFound:
            return

    def bind(self, key: Key, node: str) -> Object:
        """Assigns a Pod to a node (pods/binding)."""
        return self.server.bind(key, node)

    def finalize_namespace(self, name: str) -> None:
        """Takes the finalizer `kubernetes` off a namespace that is empty (namespaces/finalize)."""
        self.server.finalize_namespace(name)

    def event(self, involved: Object, kind: str, reason: str, message: str, *, field_path: str = "") -> None:
        """Records an event about an object.

        Args:
            kind: "Normal" or "Warning".
            field_path: the part of the object that is meant, such as `spec.containers{web}`.
        """
        self.events(involved, kind, ((reason, message),), field_path=field_path)

    def events(self, involved: Object, kind: str, said: Iterable[tuple[str, str]], *, field_path: str = "") -> None:
        """Records several events about an object, one after the other.

        Args:
            said: their reasons and messages.
        """
        if self._recorder is None:
            self._recorder = EventRecorder(self.server, self._source)
        self._recorder.record(involved, kind, said, field_path, self._host)


def _name(obj: Object) -> str:
    name: str = obj["metadata"]["name"]
    return name
