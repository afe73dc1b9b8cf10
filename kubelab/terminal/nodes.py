"""A node as somebody who logged in sees it: the `Machine` that a shell of `ssh` runs on.

Its disk is the node's own (cluster/node/machinefiles.py), and what runs there is what its kubelet and its containers
are. Commands act on the machine's state in the store, as systemd and the runtime would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from kubelab.cluster.files import FileSystem
from kubelab.cluster.node import disk, machinefiles, nodeprocesses
from kubelab.cluster.node.host import HOSTS
from kubelab.cluster.node.process import ProcessInfo
from kubelab.cluster.node.systems import PACKAGERS, system_of
from kubelab.cluster.objects import Object
from kubelab.terminal.shell.flavour import SHELLS
from kubelab.terminal.tool import tool_names

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.terminal.shell.kernel import Kernel
    from kubelab.terminal.tool import Context

DIRECTORIES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
ENVIRONMENT = {
    "SHELL": "/bin/bash",
    "USER": "root",
    "LOGNAME": "root",
    "HOME": "/root",
    "PATH": ":".join(DIRECTORIES),
    "LANG": "C.UTF-8",
    "TERM": "xterm-256color",
}
# The lab has tools for these, but nobody installed them on a node.
ABSENT = frozenset("haproxy redis-cli mysql psql mongosh nginx httpd ash busybox apk docker helm".split())


class NodeMachine:
    """A node, as a `Machine` (cluster/node/process.py).

    Args:
        kernel: runs the processes of those who logged in.
    """

    def __init__(self, cluster: Cluster, name: str, kernel: Kernel) -> None:
        self.cluster = cluster
        self.name = name
        self.hostname = name
        self.env: Mapping[str, str] = ENVIRONMENT
        self.user = "root"
        self.cwd = "/root"
        self.place: Mapping[str, str] = {"kind": "node", "node": name}
        self.files: FileSystem = machinefiles.of(cluster, name)
        self._kernel = kernel

    @property
    def record(self) -> Object:
        """What the machine is (cluster/node/host.py)."""
        return self.cluster.store.get(HOSTS + self.name) or {}

    def now(self) -> float:
        """Returns the virtual time, in seconds since the epoch."""
        return self.cluster.clock.now

    def find(self, command: str) -> str | None:
        """Returns the name of the tool that `command` (a name or a path) starts here, or None."""
        directory, slash, name = command.rpartition("/")
        if slash and directory not in DIRECTORIES:
            return None
        if name not in installed() or (name in PACKAGERS and name not in system_of(self.record).packagers):
            return None
        return name if name not in disk.CONTROL_PLANE_TOOLS or disk.is_control_plane(self.record) else None

    def names(self) -> Sequence[str]:
        """Returns the names of all tools that are installed here."""
        return sorted(name for name in installed() if self.find(name))

    def processes(self) -> Sequence[ProcessInfo]:
        """Returns what runs here, in order of process ids; the shell's own processes come from its kernel."""
        return nodeprocesses.of(self.cluster, self.name)

    def kill(self, pid: int, signal: str) -> bool:
        """Sends a signal to a process; returns False when there is none such."""
        return nodeprocesses.kill(self.cluster, self.name, pid, signal)


@cache
def installed() -> frozenset[str]:
    """Returns the names of the tools on nodes."""
    return (frozenset((*tool_names(), *disk.TOOLS)) | SHELLS) - ABSENT


def node_of(ctx: Context) -> str:
    """Returns the node that a command runs on, "" where it runs elsewhere."""
    return ctx.machine.name if isinstance(ctx.machine, NodeMachine) else ""
