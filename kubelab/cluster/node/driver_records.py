"""Where it is noted that a storage driver's program runs in a container, and for which driver it does what."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

PREFIX = "/machine/drivers/"  # <role>/<driver>/<uid> -> where it runs
PROVISIONER, ATTACHER, RESIZER, REGISTRAR = "provisioner", "attacher", "resizer", "registrar"
SNAPSHOTTER, SNAPSHOT_CONTROLLER = "snapshotter", "snapshot-controller"
COMPONENTS = {
    PROVISIONER: "external-provisioner",
    ATTACHER: "external-attacher",
    RESIZER: "external-resizer",
    REGISTRAR: "csi-registration",
    SNAPSHOTTER: "external-snapshotter",
    SNAPSHOT_CONTROLLER: "external-snapshotter",
}
START = "start:"  # the key of a component's queue when a driver starts


def register(container: Container, role: str, driver: str) -> None:
    """Notes that a container does a role for a driver, and lets it look at what is there to do."""
    kept = {
        "node": container.node.name,
        "namespace": container.namespace,
        "pod": container.pod["metadata"]["name"],
        "container": container.name,
        "since": container.started,
    }
    cluster = container.cluster
    cluster.store.put(f"{PREFIX}{role}/{quoted(driver)}/{container.uid}", kept)
    if role in COMPONENTS:
        cluster.agenda.add(COMPONENTS[role], f"{START}{driver}", container.now() + 1.0)


def quoted(driver: str) -> str:
    """Returns a driver's name as a part of a key."""
    return driver.replace("/", "~")
