"""Storage drivers as processes: provisioners and the sidecars of CSI drivers.

They note what they do for which driver (node/driver_records.py); the work is done by the components of those names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.klog import klog
from kubelab.cluster.node import driver_records
from kubelab.cluster.node.program import FOREVER, Life, Line, Program, Stop

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

NameOf = Callable[["Container"], str]
CSI_DRIVERS = {"csi-vsphere/driver": "csi.vsphere.vmware.com"}
REGISTRAR = "csi-node-driver-registrar"


class Driver(Program):
    """A process that does a role for a driver.

    Args:
        role: "provisioner", "attacher" ..., "" for none that acts by itself.
        name_of: tells for which driver; "" where it cannot know, and ends.
        missing: what it says then.
        lines: what it writes at its start, "{name}" standing for the driver.
        process: noted for the node on which it runs.
    """

    steady = True

    def __init__(
        self, role: str, name_of: NameOf, missing: NameOf, lines: Sequence[str] = (), *, process: str = ""
    ) -> None:
        super().__init__(stop=Stop(0.1, 0), ready=0.3, process=process)
        self._role, self._name_of, self._missing, self._lines = role, name_of, missing, tuple(lines)

    def begin(self, container: Container) -> Life:
        """Notes itself, or ends at once where it is not told what it needs."""
        name = self._name_of(container)
        if not name:
            return Life(0.3, 1)
        if self._role:
            driver_records.register(container, self._role, name)
        return FOREVER

    def started_log(self, container: Container) -> Sequence[Line]:
        """Returns the start's lines, or what is missing."""
        name = self._name_of(container)
        if not name:
            return [Line(0.2, "F" + klog(container.started + 0.2, self._missing(container))[1:], "stderr")]
        texts = [line.replace("{name}", name) for line in self._lines]
        return [
            Line(0.2 + 0.2 * at, klog(container.started + 0.2 + 0.2 * at, text), "stderr")
            for at, text in enumerate(texts)
        ]


def _nfs_name(container: Container) -> str:
    needed = ("NFS_SERVER", "NFS_PATH", "PROVISIONER_NAME")
    return container.env["PROVISIONER_NAME"] if all(container.env.get(name) for name in needed) else ""


def _nfs_missing(container: Container) -> str:
    if not container.env.get("NFS_SERVER"):
        return "provisioner.go:234] NFS_SERVER not set"
    if not container.env.get("NFS_PATH"):
        return "provisioner.go:238] NFS_PATH not set"
    return "provisioner.go:242] environment variable PROVISIONER_NAME is not set! Please set it."


STARTED = ("controller.go:820] Starting provisioner controller {name}!",
           "controller.go:869] Started provisioner controller {name}!")  # fmt: skip
NFS_SUBDIR = Driver("provisioner", _nfs_name, _nfs_missing, STARTED)
LOCAL_PATH = Driver("provisioner", lambda _: "rancher.io/local-path", lambda _: "", STARTED)


def _fellow(container: Container) -> str:
    """Returns the driver whose socket a sidecar's Pod holds: that of the container beside it."""
    for view in container.node.blueprint(container.pod).plans:
        if view.resolved is not None and view.resolved.reference.path in CSI_DRIVERS:
            return CSI_DRIVERS[view.resolved.reference.path]
    return ""


def _no_socket(container: Container) -> str:
    return "connection.go:253] Still connecting to unix:///csi/csi.sock"


def sidecar(role: str, *, process: str = "") -> Driver:
    """Returns the program of a CSI sidecar."""
    return Driver(role, _fellow, _no_socket, ('main.go:132] CSI driver name: "{name}"',), process=process)


SNAPSHOT_CONTROLLER = Driver("snapshot-controller", lambda _: "snapshot-controller", lambda _: "")
VSPHERE = Driver("", lambda _: CSI_DRIVERS["csi-vsphere/driver"], lambda _: "")
