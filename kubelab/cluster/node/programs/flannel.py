"""flanneld, flannel's daemon: it takes the node's range as its lease, if that lies in the network it was told.

Source: flannel-io/flannel, main.go and pkg/subnet/kube/kube.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import yaml

from kubelab.cluster.cni import lease_problem
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.kinds import Node
from kubelab.cluster.klog import klog
from kubelab.cluster.node.program import Life, Line
from kubelab.cluster.node.programs.system import KubeProcess
from kubelab.cluster.objects import Key

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

CONFIG = "/etc/kube-flannel/net-conf.json"
LINES = (
    "main.go:211] CLI flags config: {etcdEndpoints:http://127.0.0.1:4001 kubeSubnetMgr:true ipMasq:true}",
    "kube.go:139] Waiting 10m0s for node controller to sync",
    "kube.go:163] Node controller sync successful",
    "main.go:257] Installing signal handlers",
    "main.go:508] Found network config - Backend type: vxlan",
    "vxlan.go:141] VXLAN config: VNI=1 Port=0 GBP=false Learning=false DirectRouting=false",
    "main.go:437] Wrote subnet file to /run/flannel/subnet.env",
    "main.go:441] Running backend.",
)
TOLD = 6  # of these lines: those before the lease
FAILING = 1.0  # seconds until it gives up


class Flanneld(KubeProcess):
    """The daemon of a node."""

    def __init__(self) -> None:
        super().__init__("flanneld", (), LINES, acts=False)

    def begin(self, container: Container) -> Life:
        """Ends with an error where the node's range is none of flannel's."""
        life = super().begin(container)
        problem = _no_lease(container)
        if not problem:
            container.state.pop("lease", None)
            return life
        container.state["lease"] = problem
        return Life(FAILING, 1)

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines, and why there is no lease."""
        lines = super().started_log(container)
        problem = container.state.get("lease", "")
        if not problem:
            return lines
        at = container.started + FAILING
        text = f"main.go:359] Error registering network: failed to acquire lease: {problem}"
        stop = "main.go:488] Stopping shutdownHandler..."
        return [
            *lines[:TOLD],
            Line(FAILING, f"E{klog(at, text)[1:]}", "stderr"),
            Line(FAILING, klog(at, stop), "stderr"),
        ]


def _no_lease(container: Container) -> str:
    found = container.cluster.store.get(Node.path(Key("", container.node.name)))
    given = ((found or {}).get("spec") or {}).get("podCIDR", "")
    try:
        network = str((yaml.safe_load(container.files.read(CONFIG)) or {}).get("Network", ""))
    except (FileError, yaml.YAMLError, AttributeError):
        network = ""
    return lease_problem(container.node.name, given, network)


FLANNELD = Flanneld()
