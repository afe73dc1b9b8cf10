"""The cluster's own programs: control plane, etcd, kube-proxy, CoreDNS, the network plug-in.

What they do stands elsewhere in the cluster; here they are processes that start, answer health checks, write
some lines and end. Where a component lives in a process, it acts only while that runs (processes.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kubelab.cluster import componentlogs, etcd, leases, processflags
from kubelab.cluster.klog import klog
from kubelab.cluster.node.program import FOREVER, Life, Line, OneShot, Stop
from kubelab.cluster.node.programs.kubeflags import KUBECONFIGS, files_of, wrong_flag
from kubelab.cluster.node.programs.server import Server, flag, reply
from kubelab.cluster.sockets import HttpReply, HttpRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container


ACQUIRED = "successfully acquired lease"  # what only the one that leads writes


class KubeProcess(Server):
    """A component of Kubernetes: klog lines, health endpoints.

    Args:
        binary: its name.
        ports: where it listens.
        lines: what it writes at its start, without klog's head.
        acts: other parts of the cluster act only while it runs.
    """

    steady = True

    def __init__(
        self, binary: str, ports: Sequence[int], lines: Sequence[str], *, acts: bool = True, secure: bool = True
    ) -> None:
        super().__init__(self._health, ports=ports, process=binary if acts else "", ready=0.8, stop=Stop(0.2, 0))
        self.binary = binary
        self._lines = lines
        self._secure = secure

    def speaks(self, port: int) -> str:
        """Health and API are served over TLS."""
        return "https" if self._secure else "http"

    def begin(self, container: Container) -> Life:
        """Ends at once when its command line is wrong, or names a file that is not there."""
        mistake = wrong_flag(self.binary, container.argv[1:])
        if not mistake and self.process:
            mistake = self._missing(container)
        if mistake:
            container.state["mistake"] = mistake
        else:
            container.state.pop("mistake", None)
            if self.process:
                level = flag(container.argv, "v", "0")
                log = container.uid, container.name, container.attempt
                verbosity = int(level) if level.isdigit() else 0
                componentlogs.started(container.cluster.store, self.process, container.node.name, verbosity, log)
                if self.process == "kube-controller-manager":
                    words = container.argv[1:]
                    processflags.started(container.cluster.store, self.process, container.node.name, words)
        return Life(0.3, 1) if mistake else FOREVER

    def _missing(self, container: Container) -> str:
        files = container.files
        for name, path in files_of(container.argv[1:]):
            if not files.exists(path):
                verb = "stat" if name in KUBECONFIGS else "open"
                return f'run.go:72] "command failed" err="{verb} {path}: no such file or directory"'
        return ""

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines, or the mistake."""
        mistake = container.state.get("mistake", "")
        if mistake.startswith("Error:"):
            return [Line(0.2, mistake, "stderr")]
        if mistake:
            return [Line(0.2, f"E{klog(container.started + 0.2, mistake)[1:]}", "stderr")]
        known = {"{version}": container.version, "{ip}": container.node.ip}
        lines, later = [], 0.0
        for index, text in enumerate(self._lines):
            for name, value in known.items():
                text = text.replace(name, value)
            if ACQUIRED in text:
                led = leases.leads_since(container.cluster.store, self.process, container.node.name)
                if led is None:
                    break
                later = max(led - container.started, 0.0)
            after = 0.3 + 0.05 * index + later
            lines.append(Line(after, klog(container.started + after, text), "stderr"))
        return lines

    def _health(self, container: Container, request: HttpRequest) -> HttpReply:
        path = request.path.partition("?")[0]
        if path.split("/")[1] in ("healthz", "livez", "readyz"):
            return reply(200, "ok")
        return reply(404, "404 page not found\n")


NOT_READY = "[-]linearizable_read failed: etcdserver: request timed out\n[+]data_corruption ok\n"
REMOVED_AFTER = 1.0  # seconds until a member that starts is told that it was removed


def _removed(container: Container) -> Line:
    stamp = datetime.fromtimestamp(container.started + REMOVED_AFTER, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    error = "the member has been permanently removed from the cluster"
    text = f'"caller":"etcdserver/server.go:1164","msg":"server error","error":"{error}"'
    return Line(REMOVED_AFTER, f'{{"level":"error","ts":"{stamp}",{text}}}', "stderr")


class Etcd(Server):
    """etcd: JSON lines, health on the metrics port."""

    steady = True

    def __init__(self) -> None:
        super().__init__(self._health, ports=(2379, 2380, 2381), process="etcd", ready=0.5, stop=Stop(0.3, 0))

    def begin(self, container: Container) -> Life:
        """Opens the data in its directory; ends where there is none that it can read, or a flag is wrong."""
        container.state.pop("mistake", None)
        container.state.pop("removed", None)
        folder = flag(container.argv, "data-dir", "default.etcd").rstrip("/")
        path = f"{folder}/{etcd.FILE}"
        files = container.files
        identity = etcd.identity_of(files.read(path)) if files.is_file(path) else None
        missing = next(
            (path for name, path in files_of(container.argv) if name.endswith("file") and not files.exists(path)), ""
        )
        if missing:
            container.state["mistake"] = f'"msg":"discovery failed","error":"open {missing}: no such file or directory"'
        elif container.cluster.processes.was_expelled(container.node.name):
            container.state["removed"] = True
            return Life(REMOVED_AFTER, 0)
        elif identity is None or not etcd.is_known(container.cluster, identity):
            what = "KubeLab does not simulate an etcd that begins with an empty data directory"
            container.state["mistake"] = f'"msg":"{what}","data-dir":"{folder}"'
        else:
            if not container.cluster.processes.nodes("etcd"):  # the others' data is what a member follows
                etcd.open_data(container.cluster, identity)
            return FOREVER
        return Life(0.3, 1)

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines, or why it ended."""
        mistake = container.state.get("mistake")
        if mistake:
            stamp = datetime.fromtimestamp(container.started + 0.1, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            return [
                Line(0.1, f'{{"level":"fatal","ts":"{stamp}","caller":"etcdmain/etcd.go:184",{mistake}}}', "stderr")
            ]
        name = flag(container.argv, "name", container.node.name)
        texts = (
            ("etcdmain/etcd.go:64", "Running: ", f'"args":["{" ".join(container.argv[:3])}"]'),
            (
                "embed/etcd.go:138",
                "configuring peer listeners",
                f'"listen-peer-urls":["https://{container.node.ip}:2380"]',
            ),
            ("etcdserver/raft.go:520", "restarting local member", f'"local-member-name":"{name}"'),
            ("embed/serve.go:103", "ready to serve client requests", ""),
            ("embed/serve.go:187", "serving client traffic securely", '"address":"127.0.0.1:2379"'),
        )
        lines = []
        for index, (caller, text, rest) in enumerate(texts):
            after = 0.1 + 0.1 * index
            stamp = datetime.fromtimestamp(container.started + after, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            more = f",{rest}" if rest else ""
            lines.append(
                Line(after, f'{{"level":"info","ts":"{stamp}","caller":"{caller}","msg":"{text}"{more}}}', "stderr")
            )
        return [*lines, _removed(container)] if container.state.get("removed") else lines

    def _health(self, container: Container, request: HttpRequest) -> HttpReply:
        if request.path.startswith("/readyz") and not container.cluster.processes.etcd_answers(container.node.name):
            return reply(503, NOT_READY)
        return reply(200, '{"health":"true","reason":""}')


INSTALL_CNI = OneShot([], seconds=0.15)
CALICO_NODE = KubeProcess(
    "start_runit",
    (9099,),
    (
        "[INFO][9] startup/startup.go 432: Early log level set to info",
        "[INFO][9] startup/startup.go 96: Starting node {ip} with version {version}",
        "[INFO][61] felix/int_dataplane.go 2013: Started internal iptables dataplane driver loop",
        "bird: Graceful restart done",
    ),
    acts=False,
    secure=False,
)
CILIUM_AGENT = KubeProcess(
    "cilium-agent",
    (9879,),
    (
        'level=info msg="Cilium {version} started" subsys=daemon',
        'level=info msg="Using autogenerated IPv4 allocation range" subsys=node',
        'level=info msg="Daemon initialization completed" subsys=daemon',
    ),
    acts=False,
    secure=False,
)
