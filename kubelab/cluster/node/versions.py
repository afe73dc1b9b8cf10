"""What a kubelet says and reports differently from one minor version to the next.

Source: the kubelet's sources and outputs of clusters of these versions (events of kuberuntime_container.go and
image_manager.go, CHANGELOG-1.3x).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from kubelab.cluster.releases import PATCHES


@dataclass(frozen=True)
class Kubelet:
    """One minor version's kubelet.

    Args:
        patch: the patch release that the lab's nodes run.
        containerd: the runtime that nodes of that version come with.
        created, started, present: formats of the events.
        pull_error_kept: ImagePullBackOff repeats the error of the last pull (v1.32).
        rpc: errors of the runtime are shown with their gRPC code (until v1.36).
        resources: container statuses tell resources, and allocatedResources (v1.33).
        user: container statuses tell the user (v1.33).
        observed_generation: statuses and conditions tell the generation they are about (v1.34).
        backoff_exact: a Pod is looked at again when its back-off ends, not after 10 to 15 s (v1.35).
    """

    minor: int
    patch: int
    containerd: str
    created: str
    started: str
    present: str
    pull_error_kept: bool
    rpc: bool
    resources: bool
    user: bool
    observed_generation: bool
    backoff_exact: bool

    @property
    def version(self) -> str:
        """The version as `kubectl get nodes` shows it."""
        return f"v1.{self.minor}.{self.patch}"


RUNTIMES = {31: "1.7.29", 32: "1.7.29", 33: "2.1.5", 34: "2.1.5", 35: "2.2.1", 36: "2.2.4", 37: "2.3.4"}


@cache
def kubelet_of(version: str) -> Kubelet:
    """Returns the kubelet of a version such as "1.36", "v1.36" or "1.36.2"."""
    parts = version.removeprefix("v").split(".")
    minor = int(parts[1])
    present = 'Container image "{}" already present on machine'
    return Kubelet(
        minor=minor,
        patch=int(parts[2]) if len(parts) > 2 else PATCHES.get(minor, 0),
        containerd=RUNTIMES.get(minor, "2.2.4"),
        created=_created(minor),
        started="Container started" if minor >= 35 else "Started container {}",
        present=present + " and can be accessed by the pod" if minor >= 35 else present,
        pull_error_kept=minor >= 32,
        rpc=minor < 37,
        resources=minor >= 33,
        user=minor >= 33,
        observed_generation=minor >= 34,
        backoff_exact=minor >= 35,
    )


def _created(minor: int) -> str:
    if minor >= 35:
        return "Container created"
    return "Created container: {}" if minor >= 32 else "Created container {}"
