"""The NFS server: a machine beside the cluster, on the same network, with /srv/nfs/storage and what else it exports.

Its disk is kept in the cluster's store like a node's. What is exported is what /etc/exports said when `exportfs -ra`
was last run, or the machine booted. A mount works while the machine is on and its NFS service runs.
Source: exports(5), exportfs(8), nfs(5); nfs-utils 2.6.4, utils/mount/{stropts,error}.c for the messages.
"""

from __future__ import annotations

from functools import cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.files import FileError, FileSystem
from kubelab.cluster.layers import Layer, Tree
from kubelab.cluster.node import distributions
from kubelab.cluster.objects import Object
from kubelab.cluster.storage.nfsserver import ADDRESS, NAME, STATE, is_up, state

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

EXPORTED = "/srv/nfs/storage"
TREE = f"node-{NAME}"
EXPORTS = f"""# /etc/exports: the access control list for filesystems which may be exported
#		to NFS clients.  See exports(5).
#
{EXPORTED} 192.168.100.0/24(rw,sync,no_subtree_check,no_root_squash)
"""
PATIENCE = 120.0  # seconds for which mount.nfs tries (retry=2)
TIMED_OUT = "Connection timed out"


class Export(NamedTuple):
    """One directory for one group of clients.

    Args:
        path: of the directory on the server.
        client: an address, a network or "*".
        options: as /etc/exports gives them.
    """

    path: str
    client: str
    options: tuple[str, ...]

    def serves(self, address: str) -> bool:
        """Tells whether a client of that address is meant."""
        if self.client in ("*", address):
            return True
        try:
            return ip_address(address) in ip_network(self.client, strict=False)
        except ValueError:
            return False

    @property
    def read_only(self) -> bool:
        """Whether clients may only read: so it is unless "rw" is given."""
        return "rw" not in self.options


class NfsError(Exception):
    """Why a mount fails: what mount.nfs prints.

    Args:
        slow: it is said only after mount.nfs has tried for two minutes.
    """

    def __init__(self, message: str, *, slow: bool = False) -> None:
        super().__init__(message)
        self.slow = slow


def files(cluster: Cluster) -> FileSystem:
    """Returns the file system of the server, as root sees it."""
    return FileSystem(TREE, cluster.store, lambda: cluster.clock.now, base=_base())


class SilentTree(Tree):
    """What a client sees of the server's disk while the server does not answer: an error for every look.

    In life a command would hang there until the server is back (nfs(5), hard); here it says that it cannot be read.
    """

    def get(self, path: str) -> Object | None:
        """Fails.

        Raises:
            FileError: always.
        """
        raise FileError("EIO", path)


def share(cluster: Cluster) -> FileSystem:
    """Returns the file system of the server as clients see it that have mounted a part of it."""
    found = files(cluster)
    if not is_up(cluster.store):
        found.tree = SilentTree(TREE, cluster.store, _base())
    return found


@cache
def _base() -> Layer:
    return Layer(
        {
            **distributions.files_of("ubuntu"),
            "/etc/hostname": f"{NAME}\n",
            "/etc/hosts": f"127.0.0.1 localhost\n127.0.1.1 {NAME}\n",
            "/etc/exports": EXPORTS,
            f"{EXPORTED}/": {"type": "dir", "mode": 0o777},
            "/dev/null": {"type": "char", "mode": 0o666},
        }
    )


def change(cluster: Cluster, **fields: object) -> None:
    """Changes what the server is: `powered`, `running` (nfs-server.service), `exports`."""
    cluster.store.put(STATE + NAME, {**state(cluster.store), **fields})


def exports(cluster: Cluster) -> list[Export]:
    """Returns what the server exports now."""
    known = state(cluster.store)
    if "exports" not in known:
        return parse(EXPORTS)
    return [Export(path, client, tuple(options)) for path, client, options in known["exports"]]


def publish(cluster: Cluster, found: list[Export]) -> None:
    """Exports these directories, and no others."""
    change(cluster, exports=[[each.path, each.client, list(each.options)] for each in found])


def parse(text: str) -> list[Export]:
    """Reads /etc/exports."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        words = line.partition("#")[0].split()
        for word in words[1:] or ["*()"] * bool(words):
            client, _, options = word.partition("(")
            given = tuple(option for option in options.rstrip(")").split(",") if option)
            found.append(Export(words[0].rstrip("/") or "/", client or "*", given))
    return found


def mounted(cluster: Cluster, client: str, server: str, path: str, directory: str) -> Export:
    """Returns the export that a client gets when it mounts a directory of a server.

    Args:
        client: its address.
        server: what it asks: an address or a name.
        path: which directory of it.
        directory: where it is to be seen, for the messages.

    Raises:
        NfsError: it gets none.
    """
    if server not in (ADDRESS, NAME):
        if not server.replace(".", "").isdigit():
            raise NfsError(f"mount.nfs: Failed to resolve server {server}: Name or service not known")
        raise NfsError(f"mount.nfs: {TIMED_OUT} for {server}:{path} on {directory}", slow=True)
    if not is_up(cluster.store):
        raise NfsError(f"mount.nfs: {TIMED_OUT} for {server}:{path} on {directory}", slow=True)
    wanted = path.rstrip("/") or "/"
    for export in exports(cluster):
        below = wanted == export.path or wanted.startswith(export.path.rstrip("/") + "/")
        if below and export.serves(client):
            if not files(cluster).is_dir(wanted):
                raise NfsError(
                    f"mount.nfs: mounting {server}:{path} failed, reason given by server: No such file or directory"
                )
            return export
    if not files(cluster).is_dir(wanted):
        raise NfsError(f"mount.nfs: mounting {server}:{path} failed, reason given by server: No such file or directory")
    raise NfsError(f"mount.nfs: access denied by server while mounting {server}:{path}")


def is_read_only(cluster: Cluster, client: str, path: str) -> bool:
    """Tells whether a client that has mounted a directory may only read it."""
    wanted = path.rstrip("/") or "/"
    for export in exports(cluster):
        if (wanted == export.path or wanted.startswith(export.path.rstrip("/") + "/")) and export.serves(client):
            return export.read_only
    return False
