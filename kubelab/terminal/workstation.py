"""The learner's own computer: outside of the cluster, on the same local network, with kubectl and the usual tools.

Its disk is kept in the cluster's store (`/machine/files/workstation/...`) above a layer that all workstations share.
~/.kube/config is the one that kubeadm leaves in /etc/kubernetes/admin.conf.
"""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kubelab.cluster import kubeconfigs
from kubelab.cluster.credentials import client_certificate
from kubelab.cluster.files import FileSystem
from kubelab.cluster.layers import Layer, entry_of, text_of
from kubelab.cluster.network.place import WORKSTATION, Place
from kubelab.cluster.node import distributions, machinefiles
from kubelab.cluster.node.process import Machine, ProcessInfo
from kubelab.cluster.objects import Object
from kubelab.cluster.presets import Person, load_preset
from kubelab.cluster.storage import nfsserver
from kubelab.cluster.user import ADMIN, User
from kubelab.terminal.machines import machine_of
from kubelab.terminal.shell.flavour import SHELLS
from kubelab.terminal.tool import tool_names

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.terminal.shell.kernel import Kernel

INSTALLED = 1_764_547_200.0  # 2025-12-01, when the computer was set up
NAME, USER, HOME = "workstation", "learner", "/home/learner"
DIRECTORIES = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")
PATH = ":".join(DIRECTORIES)
GROUPS = ("learner", "sudo")
# What belongs on nodes only: there is no container runtime and no etcd here.
NODE_ONLY = frozenset(
    """
    kubeadm kubelet crictl ctr containerd etcd etcdctl etcdutl apt-mark iptables iptables-save
    dnf yum rpm iptables-legacy iptables-nft ip6tables nft ipvsadm ipset conntrack bridge haproxy ash busybox apk
    """.split()
)
# What people find on such a computer, also where KubeLab does not simulate it: it says so then.
OTHERS = """
    man info ssh scp git python3 less more vi vim nano jq curl wget systemctl journalctl service docker helm
""".split()
ENVIRONMENT = {
    "SHELL": "/bin/bash",
    "USER": USER,
    "LOGNAME": USER,
    "HOME": HOME,
    "PATH": PATH,
    "LANG": "C.UTF-8",
    "TERM": "xterm-256color",
}
BASHRC = r"""# Read by bash when it starts in the terminal.
PS1='\u@\h:\w\$ '
alias k=kubectl
alias ll='ls -alF'
alias la='ls -A'
"""
SSH_CONFIG = """# On the nodes one is root, as cluster administrators are.
Host *
  User root
"""


class Workstation:
    """The learner's computer, as a `Machine` (cluster/node/process.py).

    Args:
        cluster: the one that its kubeconfig leads to.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.hostname = NAME
        self.env: Mapping[str, str] = ENVIRONMENT
        self.user = USER
        self.cwd = HOME
        self.place: Mapping[str, str] = {"kind": "outside"}
        self.kernel: Callable[[], Kernel | None] = lambda: None  # what runs here now
        cluster.network.read_file = self._network_file
        self.files = FileSystem(
            NAME, cluster.store, self.now, base=_layer(*_surroundings(cluster)), user=USER, groups=GROUPS
        )

    def _network_file(self, place: Place, path: str) -> str | None:
        """Returns /etc/hosts and the like where the learner has changed them; the network asks for them."""
        if place.kind == "node":
            changed = self.cluster.store.get(f"/machine/files/{machinefiles.tree_name(place.node)}{path}")
            return text_of(changed) if changed is not None and changed["type"] == "file" else None
        if place.kind != WORKSTATION.kind:
            return None
        files = self.files.as_user(None)
        is_new = files.exists(path) and files.stat(path).mtime != INSTALLED
        return files.read(path) if is_new else None

    def neighbour(self, name: str, kernel: Kernel) -> Machine:
        """Returns a machine beside this one, as those see it who log in there."""
        return machine_of(self.cluster, name, kernel)

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
        kernel = self.kernel()
        if kernel is None:
            return ()
        tasks = sorted((task for task in kernel.tasks.values() if not task.host), key=lambda task: task.pid)
        return [ProcessInfo(task.pid, task.user, task.started, task.command_line()) for task in tasks]

    def kill(self, pid: int, signal: str) -> bool:
        """Sends a signal to a process; returns False when there is none such."""
        kernel = self.kernel()
        return kernel is not None and kernel.signal(pid, signal)


@cache
def installed() -> frozenset[str]:
    """Returns the names of the tools on the workstation."""
    return (frozenset((*tool_names(), *distributions.UBUNTU, *OTHERS)) | SHELLS) - NODE_ONLY


def _surroundings(cluster: Cluster) -> tuple[str, str, str, tuple[Person, ...]]:
    """Returns the API server's address, the certificate authority, the hosts file's lines, and who else there is."""
    plan = load_preset(cluster.preset)
    authority = cluster.store.get("/machine/authority/ca.crt") or {"text": ""}
    hosts = {machine.ip: machine.name for machine in plan.machines}
    if plan.haproxy:
        hosts[plan.haproxy["ip"]] = "haproxy"
    hosts.setdefault(nfsserver.ADDRESS, nfsserver.NAME)
    return plan.endpoint, str(authority["text"]), "".join(f"{ip} {name}\n" for ip, name in hosts.items()), plan.people


@lru_cache(maxsize=32)
def _layer(server: str, authority: str, hosts: str, people: tuple[Person, ...]) -> Layer:
    """Returns what is on the disk when the learner gets the computer."""
    files: dict[str, str | bytes | Object] = {**distributions.files_of("ubuntu")}
    for name in installed():
        if name not in distributions.UBUNTU:
            files[f"{'/usr/local/bin' if name == 'kubectl' else '/usr/bin'}/{name}"] = distributions.executable(name)
    files["/etc/passwd"] = (
        f"{distributions.PASSWD.format(shell='/bin/bash')}{USER}:x:1000:1000:Learner,,,:{HOME}:/bin/bash\n"
    )
    files["/etc/group"] = f"root:x:0:\nsudo:x:27:{USER}\n{USER}:x:1000:\nnogroup:x:65534:\n"
    files["/usr/sbin/"] = {"type": "dir", "mode": 0o755}
    files["/etc/hostname"] = f"{NAME}\n"
    files["/etc/hosts"] = f"127.0.0.1 localhost\n127.0.1.1 {NAME}\n{hosts}"
    files["/etc/resolv.conf"] = "nameserver 192.168.100.1\n"
    files[f"{HOME}/"] = _own({"type": "dir", "mode": 0o750})
    files[f"{HOME}/.bashrc"] = _own({"type": "file", "text": BASHRC, "mode": 0o644})
    files[f"{HOME}/.ssh/"] = _own({"type": "dir", "mode": 0o700})
    files[f"{HOME}/.ssh/config"] = _own({"type": "file", "text": SSH_CONFIG, "mode": 0o600})
    files[f"{HOME}/.kube/"] = _own({"type": "dir", "mode": 0o755})
    config = kubeconfig(server, authority, people)
    files[f"{HOME}/.kube/config"] = _own({"type": "file", "text": config, "mode": 0o600})
    return Layer({path: {"mtime": INSTALLED, **entry_of(entry)} for path, entry in files.items()})


def _own(entry: Object) -> Object:
    return {**entry, "owner": USER, "group": USER}


def kubeconfig(server: str, authority: str, people: Sequence[Person] = ()) -> str:
    """Returns the administrator's kubeconfig as kubeadm writes it.

    Args:
        server: the API server's address.
        authority: the certificate of the cluster's authority, PEM.
        people: other users that it has a context for.
    """
    others = [
        kubeconfigs.Further(
            each.name,
            client_certificate(User(each.name, each.groups)),
            _key(f"{each.name}.conf {authority}"),
            each.namespace,
        )
        for each in people
    ]
    key = _key(f"admin.conf {authority}")
    return kubeconfigs.kubeconfig(
        server, authority, ADMIN.name, client=client_certificate(ADMIN), client_key=key, people=others
    )


def _key(what: str) -> str:
    """Returns a private key's text, which nothing is done with."""
    body = "\n".join(textwrap.wrap(base64.b64encode(hashlib.shake_256(what.encode()).digest(384)).decode(), 64))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n"
