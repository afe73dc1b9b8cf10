"""metrics-server; what it tells is the API's matter (api/resourcemetrics.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.kinds import Node
from kubelab.cluster.klog import klog
from kubelab.cluster.node.image import Image, any_tag
from kubelab.cluster.node.program import Line
from kubelab.cluster.node.programs.server import reply
from kubelab.cluster.node.programs.system import KubeProcess
from kubelab.cluster.sockets import HttpReply, HttpRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

STARTED = (
    'handler.go:288] "Adding GroupVersion" groupName="metrics.k8s.io" version="v1beta1"',
    'serving.go:380] "Generated self-signed cert" cert="/tmp/apiserver.crt" key="/tmp/apiserver.key"',
    'secure_serving.go:211] "Serving securely" address="[::]:10250"',
)
UNTRUSTED = (
    "tls: failed to verify certificate: x509: cannot validate certificate for {ip} "
    "because it doesn't contain any IP SANs"
)
NO_METRICS = "[-]metric-storage-ready failed: reason withheld\nreadyz check failed\n"


class MetricsServer(KubeProcess):
    """Ready once it may ask the kubelets: theirs are certificates that nobody vouches for."""

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns its start, and why it could not ask the kubelets."""
        lines = list(super().started_log(container))
        if _trusts(container):
            return lines
        after = 2.0
        for node in container.node.api.list(Node):
            addresses = (node.get("status") or {}).get("addresses") or ()
            ip = next((one["address"] for one in addresses if one["type"] == "InternalIP"), "")
            cause = UNTRUSTED.format(ip=ip)
            told = (
                f'scraper.go:149] "Failed to scrape node" err="Get \\"https://{ip}:10250/metrics/resource\\": {cause}" '
                f'node="{node["metadata"]["name"]}"'
            )
            lines.append(Line(after, f"E{klog(container.started + after, told)[1:]}", "stderr"))
        return lines

    def _health(self, container: Container, request: HttpRequest) -> HttpReply:
        if request.path.partition("?")[0] == "/readyz" and not _trusts(container):
            return reply(500, NO_METRICS)
        return super()._health(container, request)


def _trusts(container: Container) -> bool:
    return any(word in ("--kubelet-insecure-tls", "--kubelet-insecure-tls=true") for word in container.argv)


IMAGES = [
    Image(
        "registry.k8s.io/metrics-server/metrics-server", any_tag, 22.0, entrypoint=("/metrics-server",),
        programs={"metrics-server": MetricsServer("metrics-server", (10250,), STARTED, acts=False)},
    )
]  # fmt: skip
