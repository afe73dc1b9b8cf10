"""kube-proxy as a process: it says in which mode it works, and ends where its configuration asks for another one.

What its rules do is the network's matter. Source: cmd/kube-proxy/app/server_linux.go; pkg/proxy/apis/config/validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import yaml

from kubelab.cluster.klog import klog
from kubelab.cluster.node.program import Life, Line
from kubelab.cluster.node.programs.server import flag, reply
from kubelab.cluster.node.programs.system import KubeProcess
from kubelab.cluster.sockets import HttpReply, HttpRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

MODES = ("iptables", "ipvs", "nftables")
LINES = (
    'server.go:715] "Successfully retrieved node IP(s)" IPs=["{ip}"]',
    'conntrack.go:60] "Setting nf_conntrack_max" nfConntrackMax=131072',
    'server.go:527] "Version info" version="{version}"',
    'shared_informer.go:357] "Caches are synced" controller="service config"',
)


class KubeProxy(KubeProcess):
    """The program of the kube-proxy Pods."""

    def __init__(self) -> None:
        super().__init__("kube-proxy", (10249, 10256), LINES, acts=False, secure=False)

    def begin(self, container: Container) -> Life:
        """Ends at once where the command line or the mode is wrong."""
        mode = mode_of(container)
        if mode not in ("", *MODES):
            container.state["mode"] = mode
            return Life(0.3, 1)
        container.state.pop("mode", None)
        return super().begin(container)

    def _health(self, container: Container, request: HttpRequest) -> HttpReply:
        """Tells the mode, too (cmd/kube-proxy/app/server.go, serveMetrics)."""
        if request.path.partition("?")[0].rstrip("/") == "/proxyMode":
            return reply(200, mode_of(container) or MODES[0])
        return super()._health(container, request)

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines, or why it does not."""
        wrong = container.state.get("mode")
        if wrong is not None:
            why = (
                f'KubeProxyConfiguration.ProxyMode: Invalid value: \\"{wrong}\\": must be {", ".join(MODES)} or blank '
                "(blank means the best-available proxy [currently iptables])"
            )
            text = klog(container.started + 0.1, f'run.go:72] "command failed" err="failed validate: {why}"')
            return [Line(0.1, "E" + text[1:], "stderr")]
        using = klog(container.started + 0.3, f'server_linux.go:53] "Using {mode_of(container) or MODES[0]} proxy"')
        return [Line(0.3, using, "stderr"), *super().started_log(container)]


def mode_of(container: Container) -> str:
    """Returns the mode that its mounted configuration names, "" for the default."""
    path = flag(container.argv, "config", "/var/lib/kube-proxy/config.conf")
    files = container.files
    return _mode_in(files.read(path)) if files.is_file(path) else ""


@lru_cache(maxsize=64)
def _mode_in(text: str) -> str:
    """Returns the mode of a configuration, which all kube-proxies of a cluster share."""
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError:
        return ""
    return str(read.get("mode") or "") if isinstance(read, dict) else ""
