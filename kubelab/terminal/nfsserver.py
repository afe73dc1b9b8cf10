"""The NFS server as somebody who logged in sees it: the `Machine` that a shell of `ssh` runs on there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from kubelab.cluster.node import nfs
from kubelab.cluster.node.process import ProcessInfo
from kubelab.cluster.storage import nfsserver
from kubelab.terminal.nodes import ABSENT, DIRECTORIES, ENVIRONMENT
from kubelab.terminal.shell.flavour import SHELLS
from kubelab.terminal.tool import tool_names

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

BOOTED = 600.0  # seconds that the machine had run when the cluster was made
KUBERNETES = frozenset(
    "kubectl kubeadm kubelet crictl ctr containerd etcdctl etcdutl iptables iptables-save nft conntrack ipvsadm".split()
)


class NfsMachine:
    """The NFS server, as a `Machine` (cluster/node/process.py)."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.name = nfsserver.NAME
        self.hostname = nfsserver.NAME
        self.env: Mapping[str, str] = ENVIRONMENT
        self.user = "root"
        self.cwd = "/root"
        self.place: Mapping[str, str] = {"kind": "outside"}
        self.files = nfs.files(cluster)

    def now(self) -> float:
        """Returns the virtual time, in seconds since the epoch."""
        return self.cluster.clock.now

    def find(self, command: str) -> str | None:
        """Returns the name of the tool that `command` (a name or a path) starts here, or None."""
        directory, slash, name = command.rpartition("/")
        if slash and directory not in DIRECTORIES:
            return None
        return name if name in installed() else None

    def names(self) -> Sequence[str]:
        """Returns the names of all tools that are installed here."""
        return sorted(installed())

    def processes(self) -> Sequence[ProcessInfo]:
        """Returns what runs here, in order of process ids."""
        since = self.now() - BOOTED
        found = [ProcessInfo(1, "root", since, "/sbin/init")]
        if nfsserver.is_up(self.cluster.store):
            found += [ProcessInfo(pid, "root", since, "[nfsd]") for pid in range(701, 709)]
            found.append(ProcessInfo(720, "root", since, "/usr/sbin/rpc.mountd"))
        return [*found, ProcessInfo(812, "root", since, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups")]

    def kill(self, pid: int, signal: str) -> bool:
        """Sends a signal to a process; the machine's own services shrug it off."""
        return pid in [process.pid for process in self.processes()]


@cache
def installed() -> frozenset[str]:
    """Returns the names of the tools on the server."""
    return (frozenset((*tool_names(), "systemctl", "vi", "vim", "nano")) | SHELLS) - ABSENT - KUBERNETES
