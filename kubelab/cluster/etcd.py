"""etcd as an administrator sees it: members, keys, snapshots, data directories.

The cluster's store is what the running etcd holds below /registry. A data directory names what is in it (its file
member/snap/db begins with an id); when etcd starts on another one, what that holds takes the place of what was there.
Source: etcd.io, docs/v3.6/op-guide/{recovery,maintenance}; kubernetes.io,
tasks/administer-cluster/configure-upgrade-etcd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PREFIX = "/machine/etcd/"
DATA = PREFIX + "data/"  # <id> -> {"objects": {key: object}, "revision": number}
CURRENT = PREFIX + "current"  # {"id": what the running etcd holds}
OTHER = PREFIX + "keys/"  # keys that are no objects of the API
FIRST = "0"  # the id of the data that the cluster began with
REGISTRY = "/registry/"
MACHINES, CONTROL_PLANE = "/machine/node/", "node-role.kubernetes.io/control-plane"
MARK = "kubelab etcd data "  # what the file of a database or a snapshot begins with
FILE = "member/snap/db"
MOST = 20_000  # objects that a snapshot may hold


class TooLarge(Exception):
    """A snapshot of that many objects is too much for the lab."""


def database(identity: str) -> str:
    """Returns the text of a database's file."""
    return f"{MARK}{identity}\n"


def identity_of(text: str) -> str | None:
    """Returns whose data a file holds; None for what is no database of etcd."""
    return text[len(MARK) :].strip() if text.startswith(MARK) else None


def is_known(cluster: Cluster, identity: str) -> bool:
    """Tells whether there is such data."""
    return identity == current(cluster) or cluster.store.get(DATA + identity) is not None


def current(cluster: Cluster) -> str:
    """Returns the id of the data that etcd holds."""
    kept = cluster.store.get(CURRENT)
    return str(kept["id"]) if kept else FIRST


# keys


def keys(cluster: Cluster, prefix: str = "") -> list[tuple[str, Object]]:
    """Returns keys and what is at them, in order; objects of the API and other keys alike."""
    found = [(key, obj) for key, obj in cluster.store.items(REGISTRY) if key.startswith(prefix)]
    others = ((key[len(OTHER) :], obj) for key, obj in cluster.store.items(OTHER))
    found += [(key, obj) for key, obj in others if key.startswith(prefix)]
    return sorted(found, key=lambda pair: pair[0])


def put(cluster: Cluster, key: str, value: str) -> None:
    """Writes a key that is no object of the API."""
    cluster.store.put(OTHER + key, {"value": value})


def delete(cluster: Cluster, key: str) -> bool:
    """Removes a key, behind the API server's back; returns False where there is none."""
    if key.startswith(REGISTRY):
        return cluster.store.delete(key) is not None
    return cluster.store.delete(OTHER + key) is not None


# data


def snapshot(cluster: Cluster) -> str:
    """Keeps what etcd holds now; returns its id.

    Raises:
        TooLarge: it is too much.
    """
    objects = dict(cluster.store.items(REGISTRY))
    if len(objects) > MOST:
        raise TooLarge
    identity = f"{crc32(str((cluster.seed, cluster.store.revision, cluster.clock.now)).encode()):08x}"
    cluster.store.put(DATA + identity, {"objects": objects, "revision": cluster.store.revision})
    return identity


def copy(cluster: Cluster, identity: str) -> str:
    """Makes data of a snapshot for a directory of its own (etcdutl snapshot restore); returns its id."""
    kept = cluster.store.get(DATA + identity) or {"objects": {}, "revision": 0}
    new = f"{crc32(f'{identity} {cluster.store.revision} {cluster.clock.now}'.encode()):08x}"
    cluster.store.put(DATA + new, kept)
    return new


def facts(cluster: Cluster, identity: str) -> tuple[str, int, int, int]:
    """Returns hash, revision, number of keys and size in bytes of kept data."""
    kept = cluster.store.get(DATA + identity) or {"objects": {}, "revision": 0}
    objects, revision = kept["objects"], int(kept["revision"])
    return f"{crc32(f'{identity} {revision}'.encode()):x}", revision, len(objects) + revision // 3, size(len(objects))


def size(objects: int) -> int:
    """Returns how large a database with that many objects is, in bytes."""
    return 1_900_000 + objects * 3_100


def open_data(cluster: Cluster, identity: str) -> None:
    """Lets etcd hold what is in another data directory; what it held is kept under its own id."""
    before = current(cluster)
    if identity == before:
        return
    store = cluster.store
    store.put(DATA + before, {"objects": dict(store.items(REGISTRY)), "revision": store.revision})
    wanted = (store.get(DATA + identity) or {"objects": {}})["objects"]
    store.put(CURRENT, {"id": identity})
    for key, _obj in list(store.items(REGISTRY)):
        if key not in wanted:
            store.delete(key)
    for key, obj in wanted.items():
        standing = store.get(key)
        if standing is None or _version(standing) != _version(obj):
            store.put(key, obj)


def _version(obj: Object) -> tuple[object, object]:
    return obj["metadata"].get("uid"), obj["metadata"].get("resourceVersion")


# members


def member_id(node: str) -> str:
    """Returns a member's id."""
    return f"{crc32(f'member {node}'.encode()):08x}{crc32(node.encode()):08x}"


def members(cluster: Cluster) -> list[str]:
    """Returns the machines that etcd has members on."""
    kept = cluster.store.get(PREFIX + "members")
    if kept is not None:
        return list(kept["nodes"])
    records = cluster.store.items(MACHINES)
    return [key.removeprefix(MACHINES) for key, record in records if CONTROL_PLANE in record.get("labels", {})]
