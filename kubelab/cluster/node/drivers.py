"""Storage drivers that run in Pods: provisioners, attachers, resizers, and which of them is at work.

A driver's program notes itself when it starts; whether it still runs is read off its container. Of several of one kind
the first one works, as the leader does. Source: kubernetes-csi.github.io, docs/sidecar-containers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubelab.cluster.api.client import Client
from kubelab.cluster.api.policyrules import Attributes
from kubelab.cluster.kinds import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubelab.cluster.klog import klog
from kubelab.cluster.node import logs
from kubelab.cluster.node.driver_records import (
    ATTACHER,
    PREFIX,
    PROVISIONER,
    RESIZER,
    SNAPSHOT_CONTROLLER,
    SNAPSHOTTER,
    START,
    quoted,
)
from kubelab.cluster.node.record import is_running
from kubelab.cluster.user import AUTHENTICATED, User

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.container import Container

__all__ = [
    "ATTACHER", "PROVISIONER", "RESIZER", "SNAPSHOTTER", "SNAPSHOT_CONTROLLER", "START", "all_running", "client",
    "may_watch", "running", "say",
]  # fmt: skip


def all_running(cluster: Cluster, role: str) -> Iterator[tuple[str, Container]]:
    """Yields the drivers for which a role is done, each with the container that does it."""
    prefix = f"{PREFIX}{role}/"
    for key, _ in list(cluster.store.items(prefix)):
        driver = key.removeprefix(prefix).rpartition("/")[0]
        for view in _instances(cluster, key):
            yield driver.replace("~", "/"), view


def running(cluster: Cluster, role: str, driver: str) -> Container | None:
    """Returns the container that does a role for a driver, None where nobody does."""
    found = sorted(_instances(cluster, f"{PREFIX}{role}/{quoted(driver)}/"), key=lambda view: (view.started, view.uid))
    return found[0] if found else None


def _instances(cluster: Cluster, prefix: str) -> Iterator[Container]:
    kubelet = cluster.components["kubelet"]
    for key, kept in list(cluster.store.items(prefix)):
        views = kubelet.containers(kept["node"], kept["namespace"], kept["pod"])  # type: ignore[attr-defined]
        view = next((each for each in views if each.name == kept["container"]), None)
        if view is not None and view.uid == key.rpartition("/")[2] and is_running(view.state, view.now()):
            yield view
        elif view is None:
            cluster.store.delete(key)


# what they do with the API


def user_of(view: Container) -> User:
    """Returns the ServiceAccount that a container acts as."""
    account = view.pod["spec"].get("serviceAccountName", "default")
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{view.namespace}", AUTHENTICATED)
    return User(f"system:serviceaccount:{view.namespace}:{account}", groups)


def identity(view: Container, driver: str) -> str:
    """Returns the name by which a driver's events name it: the driver, its Pod and an id of the process."""
    process = view.cluster.random.uid("driver", view.id)
    return f"{driver}_{view.pod['metadata']['name']}_{process}"


def client(view: Container, driver: str) -> Client:
    """Returns a client that acts as a driver."""
    return view.cluster.api.client(user_of(view), view.name, identity(view, driver))


def may_watch(view: Container) -> bool:
    """Tells whether a driver may see claims, volumes and classes; where it may not, its log says so."""
    authorizer, user = view.cluster.api.authorizer, user_of(view)
    for kind in (PersistentVolumeClaim, PersistentVolume, StorageClass):
        asked = Attributes(user, "list", kind.group, kind.plural)
        if not authorizer.decide(asked).allowed:
            why = (
                f'{kind.resource} is forbidden: User "{user.name}" cannot list resource "{kind.plural}" '
                f'in API group "{kind.group}" at the cluster scope'
            )
            say(view, f"reflector.go:153] Failed to watch *v1.{kind.name}: failed to list *v1.{kind.name}: {why}", "E")
            return False
    return True


def say(view: Container, text: str, level: str = "I") -> None:
    """Writes a line to a driver's log, as klog does."""
    logs.write(view, level + klog(view.now(), text)[1:] + "\n", "stderr", view.now())
