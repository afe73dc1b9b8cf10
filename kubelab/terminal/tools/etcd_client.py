"""etcdctl's connection to etcd: endpoints, certificates, and what it says when it gets nowhere.

Source: etcd, etcdctl/ctlv3/command/global.go, client/v3/retry_interceptor.go; v3.6.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.clock import micro
from kubelab.cluster.credentials import issuer_of
from kubelab.cluster.etcd import members
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.kubeadm import images
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.pki import ETCD_CA
from kubelab.terminal.nodes import node_of
from kubelab.terminal.tool import Context, Exit, Sleep, Wait

DEFAULT = "127.0.0.1:2379"
HANDSHAKE = "authentication handshake failed"
PATIENCE = 5.0  # seconds (--dial-timeout, --command-timeout)
WITH_VALUE = frozenset(
    """
    endpoints cacert cert key write-out w dial-timeout command-timeout limit rev sort-by order consistency user password
    data-dir name initial-cluster initial-cluster-token initial-advertise-peer-urls peer-urls wal-dir hex
    """.split()
)


class EtcdCall:
    """A call of etcdctl or etcdutl: its words and flags.

    Attributes:
        words: what is no flag.
    """

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.cluster = ctx.machine.cluster
        self.flags: dict[str, str] = {}
        self.words: list[str] = []
        left = list(ctx.args)
        while left:
            word = left.pop(0)
            if not word.startswith("-") or word == "-":
                self.words.append(word)
                continue
            name, equals, value = word.lstrip("-").partition("=")
            if name in WITH_VALUE and name != "hex" and not equals and left:
                value = left.pop(0)
            self.flags["write-out" if name == "w" else name] = value or "true"

    def value(self, name: str, default: str = "") -> str:
        """Returns a flag's value, or that of its variable ETCDCTL_..."""
        variable = f"ETCDCTL_{name.upper().replace('-', '_')}"
        return self.flags.get(name) or self.ctx.env.get(variable, "") or default

    def on(self, name: str) -> bool:
        """Tells whether a flag was given."""
        return self.flags.get(name, "false") != "false"

    @property
    def node(self) -> str:
        """The machine that the command runs on, also where that is in a container."""
        machine = self.ctx.machine
        return machine.node.name if isinstance(machine, Container) and machine.host_network else node_of(self.ctx)

    @property
    def version(self) -> str:
        """etcd's version: "3.6.8"."""
        return images.etcd(self.cluster.version).rpartition(":")[2].partition("-")[0]

    @property
    def endpoints(self) -> list[str]:
        """The addresses to ask."""
        if self.on("cluster"):
            return [each.client for each in members(self.cluster) if each.client]
        return [each for each in self.value("endpoints", DEFAULT).split(",") if each]

    # reaching it

    def member(self, endpoint: str) -> str | None:
        """Returns the machine whose member answers at an endpoint; None where none does."""
        host = endpoint.partition("://")[2] or endpoint
        host, _, port = host.partition(":")
        node = self.node if host in ("127.0.0.1", "localhost") else ""
        if not node:
            node = self.cluster.network.attachments.owners.get(host, "") or host
        running = self.cluster.processes.nodes("etcd")
        return node if port in ("2379", "") and node in running else None

    def problem(self, endpoint: str) -> str:
        """Returns why an endpoint cannot be spoken with, "" where it can.

        Raises:
            Exit: a file of the flags cannot be read.
        """
        texts = {name: self._read(self.value(name)) for name in ("cacert", "cert", "key")}
        host = endpoint.partition("://")[2] or endpoint
        if self.member(endpoint) is None:
            return f"dial tcp {host}: connect: connection refused"
        if not endpoint.startswith("https://") and not texts["cacert"]:
            return "error reading server preface: EOF"
        if issuer_of(texts["cacert"]) != ETCD_CA:
            return f"{HANDSHAKE}: tls: failed to verify certificate: x509: certificate signed by unknown authority"
        if issuer_of(texts["cert"]) != ETCD_CA or not texts["key"]:
            return "error reading server preface: remote error: tls: certificate required"
        return "" if self.cluster.processes.has_quorum() else "etcdserver: no leader"

    def _read(self, path: str) -> str:
        if not path:
            return ""
        try:
            return self.ctx.read_file(path)
        except FileError as error:
            raise Exit(128, f"Error: open {path}: {error.reason.lower()}\n") from None

    def connect(self) -> Generator[Wait, Any, str]:
        """Returns the machine of the first member that answers.

        Raises:
            Exit: none does before the client's patience ends.
        """
        problems = []
        for endpoint in self.endpoints:
            problem = self.problem(endpoint)
            if not problem:
                return self.member(endpoint) or ""
            problems.append((endpoint, problem))
        yield Sleep(self.ctx.state.setdefault("until", self.ctx.now + PATIENCE))
        endpoint, problem = problems[-1]
        host = endpoint.partition("://")[2] or endpoint
        last = f'last connection error: connection error: desc = \\"transport: {problem}\\"'
        warning = (
            f'{{"level":"warn","ts":"{micro(self.ctx.now)}","logger":"etcd-client","caller":"v3@v{self.version}/'
            'retry_interceptor.go:65","msg":"retrying of unary invoker failed","target":"etcd-endpoints://0xc0002f6000/'
            f'{host}","method":"/etcdserverpb.KV/Range","attempt":0,"error":"rpc error: code = DeadlineExceeded '
            f'desc = latest balancer error: {last}"}}'
        )
        raise Exit(1, f"{warning}\nError: context deadline exceeded\n")
