"""The HAProxy machine as somebody who logged in sees it, and what systemctl and haproxy do there.

Its /etc/haproxy/haproxy.cfg is what the cluster's provider writes; who changes it by hand reloads HAProxy.
Source: haproxy(1), systemctl(1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.files import FileSystem
from kubelab.cluster.layers import Layer
from kubelab.cluster.network import haproxy, haproxyconf
from kubelab.cluster.network.haproxyconf import PATH, ConfigurationError
from kubelab.cluster.node import distributions
from kubelab.cluster.node.process import ProcessInfo
from kubelab.terminal.nfsserver import BOOTED, installed
from kubelab.terminal.nodes import DIRECTORIES, ENVIRONMENT
from kubelab.terminal.tool import Context, Exit, tool

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

ACTIONS = ("start", "restart", "reload", "try-restart", "reload-or-restart")


class BalancerMachine:
    """The machine, as a `Machine` (cluster/node/process.py)."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.name = haproxy.NAME
        self.hostname = haproxy.NAME
        self.env: Mapping[str, str] = ENVIRONMENT
        self.user = "root"
        self.cwd = "/root"
        self.place: Mapping[str, str] = {"kind": "outside"}
        base = Layer({**distributions.files_of("ubuntu"), "/etc/haproxy/": {"type": "dir"}})
        self.files = FileSystem(haproxy.TREE, cluster.store, self.now, base=base)

    def now(self) -> float:
        """Returns the virtual time, in seconds since the epoch."""
        return self.cluster.clock.now

    def find(self, command: str) -> str | None:
        """Returns the name of the tool that `command` (a name or a path) starts here, or None."""
        directory, slash, name = command.rpartition("/")
        if slash and directory not in DIRECTORIES:
            return None
        return name if name == haproxy.NAME or name in installed() else None

    def names(self) -> Sequence[str]:
        """Returns the names of all tools that are installed here."""
        return sorted({*installed(), haproxy.NAME})

    def processes(self) -> Sequence[ProcessInfo]:
        """Returns what runs here, in order of process ids."""
        since = self.now() - BOOTED
        found = [ProcessInfo(1, "root", since, "/sbin/init")]
        if haproxy.is_running(self.cluster.network):
            command = f"/usr/sbin/haproxy -Ws -f {PATH} -p /run/haproxy.pid"
            found += [ProcessInfo(640, "root", since, command), ProcessInfo(642, "haproxy", since, command)]
        return [*found, ProcessInfo(812, "root", since, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups")]

    def kill(self, pid: int, signal: str) -> bool:
        """Sends a signal to a process; the machine's own services shrug it off."""
        return pid in [process.pid for process in self.processes()]


@tool("haproxy")
def check(ctx: Context) -> int:
    """haproxy -c -f FILE: checks a configuration"""
    args = ctx.args
    if "-v" in args:
        ctx.print("HAProxy version 2.8.16-0ubuntu0.24.04.1 2025/11/20 - https://haproxy.org/")
        return 0
    if "-c" not in args or "-f" not in args[:-1]:
        raise Exit(1, "haproxy: only -c with -f FILE, and -v, are simulated in KubeLab; systemctl runs the service\n")
    path = args[args.index("-f") + 1]
    try:
        haproxyconf.read(ctx.read_file(path))
    except ConfigurationError as error:
        where = f"parsing [{path}:{error.line}] : " if error.line else ""
        ctx.error(f"[ALERT]    (1214) : config : {where}{error}\n"
                  f"[ALERT]    (1214) : config : Error(s) found in configuration file : {path}\n")  # fmt: skip
        return 1
    ctx.print("Configuration file is valid")
    return 0


def systemctl(ctx: Context) -> int:
    """systemctl start|stop|restart|reload|status|is-active haproxy"""
    words = [arg for arg in ctx.args if not arg.startswith("-")]
    verb, names = (words[0], [word.removesuffix(".service") for word in words[1:]]) if words else ("", [])
    network = ctx.machine.cluster.network
    if verb == "daemon-reload":
        return 0
    if names != [haproxy.NAME]:
        ctx.error(f"Failed to {verb} {' '.join(names)}.service: Unit {' '.join(names)}.service not found.\n")
        return 5
    running = haproxy.is_running(network)
    if verb in ACTIONS:
        return _start(ctx, verb)
    if verb == "stop":
        haproxy.take_up(network, running=False)
    elif verb == "is-active":
        ctx.print("active" if running else "inactive")
        return 0 if running else 3
    elif verb == "status":
        ctx.print(f"{'●' if running else '○'} haproxy.service - HAProxy Load Balancer")
        ctx.print("     Loaded: loaded (/usr/lib/systemd/system/haproxy.service; enabled; preset: enabled)")
        ctx.print(f"     Active: {'active (running)' if running else 'inactive (dead)'}")
        return 0 if running else 3
    else:
        raise Exit(1, f"systemctl: KubeLab does not simulate '{verb or 'list-units'}' on this machine\n")
    return 0


def _start(ctx: Context, verb: str) -> int:
    network = ctx.machine.cluster.network
    try:
        haproxy.take_up(network, ctx.read_file(PATH))
    except ConfigurationError:
        if not verb.startswith("reload"):
            haproxy.take_up(network, running=False)
        ctx.error(
            "Job for haproxy.service failed because the control process exited with error code.\n"
            'See "systemctl status haproxy.service" and "journalctl -xeu haproxy.service" for details.\n'
        )
        return 1
    return 0
