"""etcd as an administrator sees it: members, keys, snapshots, data directories.

The cluster's store is what the running etcd holds below /registry. A data directory names what is in it (its file
member/snap/db begins with an id); when etcd starts on another one, what that holds takes the place of what was there.
Source: etcd.io, docs/v3.6/op-guide/{recovery,maintenance}; kubernetes.io,
tasks/administer-cluster/configure-upgrade-etcd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PREFIX = "/machine/etcd/"
DATA = PREFIX + "data/"  # <id> -> {"objects": {key: object}, "revision": number}
CURRENT = PREFIX + "current"  # {"id": what the running etcd holds}
LEADER = PREFIX + "leader"  # {"node": whom the lead was handed over to, "term": raft's}
FIRST_TERM = 2
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


class Member(NamedTuple):
    """A member of etcd's cluster.

    Args:
        identity: 16 hexadecimal digits.
        name: its machine's, "" as long as it was not started.
        peer: where the others reach it.
        client: where clients do.
    """

    identity: str
    name: str
    peer: str
    client: str


def member_id(node: str) -> str:
    """Returns the id of the member on a machine, or of one that is known by its peer URL only."""
    return f"{crc32(f'member {node}'.encode()):08x}{crc32(node.encode()):08x}"


def cluster_id(cluster: Cluster) -> str:
    """Returns the id of etcd's cluster."""
    return f"{crc32(f'etcd {cluster.seed}'.encode()):08x}{crc32(f'cluster {cluster.seed}'.encode()):08x}"


def members(cluster: Cluster) -> list[Member]:
    """Returns the members, those that were added and not started yet last."""
    found = []
    for node in _nodes(cluster):
        ip = (cluster.store.get(MACHINES + node) or {}).get("ip", "")
        found.append(Member(member_id(node), node, f"https://{ip}:2380", f"https://{ip}:2379"))
    return found + [Member(member_id(peer), "", peer, "") for peer in cluster.processes.announced()]


def _nodes(cluster: Cluster) -> list[str]:
    kept = cluster.processes.members()
    if kept:
        return kept
    records = cluster.store.items(MACHINES)
    return [key.removeprefix(MACHINES) for key, record in records if CONTROL_PLANE in record.get("labels", {})]


def leader(cluster: Cluster) -> str:
    """Returns the machine whose member leads, "" where none does."""
    running = cluster.processes.nodes("etcd")
    if not cluster.processes.has_quorum() or not running:
        return ""
    chosen = (cluster.store.get(LEADER) or {}).get("node")
    return chosen if chosen in running else running[0]


def term(cluster: Cluster) -> int:
    """Returns raft's term: it grows when the lead is handed over."""
    return int((cluster.store.get(LEADER) or {}).get("term", FIRST_TERM))


def hand_over(cluster: Cluster, node: str) -> None:
    """Lets another member lead."""
    cluster.store.put(LEADER, {"node": node, "term": term(cluster) + 1})


def remove_member(cluster: Cluster, member: Member) -> None:
    """Takes a member out of the cluster; its process learns of it and ends, now and whenever it is started again."""
    if not member.name:
        cluster.processes.renounce(member.peer)
        return
    cluster.processes.expel(member.name)
