"""One more object of a template: what the pipeline made of the first of them is not worked out once more.

Defaults, mutating admission and validation look at nothing that is different in the next object, which gets a generated
name, and nothing that they look at has changed meanwhile: no other request came in between. What counts objects
(quotas, the room in etcd) looks at each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.api import space
from kubelab.cluster.api.metadata import generated
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.user import User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer


def another(server: ApiServer, kind: Kind, first: Object, user: User) -> Object | None:
    """Creates one more object like `first`, as the same user, in the same moment.

    Args:
        first: as it was stored when it was created, with a name that the server generated.

    Returns:
        What is stored; None where chance gave it a name that there is.

    Raises:
        ApiError: there is no room for it.
    """
    store, metadata = server.store, first["metadata"]
    revision, table = store.revision + 1, store.table(kind.prefix)
    name = generated(metadata["generateName"], revision, server.random)
    path = f"{kind.prefix}{metadata['namespace']}/{name}"
    if path in table.rows:
        return None
    uid, timestamp = server.random.uid(revision), server.clock.timestamp()
    new: Object = {**first, "metadata": {**metadata, "name": name, "uid": uid, "creationTimestamp": timestamp}}
    server.admission.admit_another(kind, new, user)
    space.check_room(store)
    return store.write(table, path, new)
