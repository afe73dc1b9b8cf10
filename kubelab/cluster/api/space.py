"""How much a cluster may hold: etcd's space quota, counted in objects, and the size of one object.

Life's quota is 2 GiB and 1.5 MiB an object; here every learner's cluster shares one machine, so the number of objects
is bounded as well, by what a cluster of that many nodes can be full of. Events end first: they are dropped silently,
as a busy API server drops them.
Source: etcd.io, "System limits" and "Space quota".
"""

from __future__ import annotations

from typing import Any

import orjson

from kubelab.cluster.api import errors
from kubelab.cluster.store import Store

NODES = "/registry/minions/"
AT_LEAST, FOR_A_NODE = 20_000, 700  # objects
FOR_EVENTS = 0.9  # of the space
LARGEST = 1_572_864  # bytes of one request to etcd
LARGEST_BODY = 3 * 1024 * 1024  # bytes of a request to the API server


def most_objects(store: Store) -> int:
    """Returns how many objects a cluster may hold."""
    return AT_LEAST + FOR_A_NODE * len(store.table(NODES).rows)


def check_room(store: Store) -> None:
    """Lets one more object in.

    Raises:
        InternalError: there is no room, in etcd's words and with the lab's number.
    """
    if store.registered >= AT_LEAST and store.registered >= most_objects(store):
        raise errors.InternalError(
            f"etcdserver: mvcc: database space exceeded (this lab keeps up to {most_objects(store):,} objects; "
            "delete some, or reset it)"
        )


def room_for_events(store: Store) -> float:
    """Returns below how many objects there is still room for what nobody misses."""
    return most_objects(store) * FOR_EVENTS


def check_size(obj: Any) -> None:
    """Refuses what is larger than etcd takes.

    Raises:
        RequestEntityTooLarge: the API server does not even read it.
        BadRequest: it is nested deeper than can be written.
        InternalError: etcd refuses it.
    """
    try:
        size = len(orjson.dumps(obj))
    except TypeError:
        raise errors.BadRequest("error decoding the body: exceeded max depth") from None
    if size > LARGEST_BODY:
        raise errors.RequestEntityTooLarge(f"Request entity too large: limit is {LARGEST_BODY}")
    if size > LARGEST:
        raise errors.InternalError("etcdserver: request is too large")
