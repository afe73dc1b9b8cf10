"""The NFS server of the lab: a machine beside the cluster, as the network and the nodes know it.

Source: the lab's plan of addresses; services(5) for its ports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.sockets import Listener

if TYPE_CHECKING:
    from kubelab.cluster.objects import Object
    from kubelab.cluster.store import Store

NAME = "nfs-server"
ADDRESS = "192.168.100.22"
STATE = "/machine/nfs/"  # <name> -> {"powered", "running", "exports"}; nothing where all is as it was installed
NFS_PORT, RPC_PORT, SSH_PORT = 2049, 111, 22


def state(store: Store) -> Object:
    """Returns what was changed about the server since it was installed."""
    return store.get(STATE + NAME) or {}


def is_powered(store: Store) -> bool:
    """Tells whether the machine is on."""
    return bool(state(store).get("powered", True))


def is_up(store: Store) -> bool:
    """Tells whether the machine is on and its NFS service runs."""
    return is_powered(store) and bool(state(store).get("running", True))


def listeners(store: Store) -> list[Listener]:
    """Returns the machine's listening sockets."""
    if not is_powered(store):
        return []
    found = [
        Listener("sshd", SSH_PORT, speaks="text", process="sshd", pid=812),
        Listener("rpcbind", RPC_PORT, speaks="text", process="rpcbind", pid=640),
    ]
    if is_up(store):
        found.append(Listener("nfsd", NFS_PORT, speaks="text", process="nfsd", pid=2))
    return found
