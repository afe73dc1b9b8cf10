"""How the scheduler that acts was started: its profiles and its back-off.

Source: kubernetes.io, reference/command-line-tools-reference/kube-scheduler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster import schedulerconfig
from kubelab.cluster.objects import Object
from kubelab.cluster.scheduler.profiles import DEFAULT, Profile, default_profile, profile_of
from kubelab.cluster.scheduler.queue import INITIAL_BACKOFF, LONGEST_BACKOFF

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

PROCESS = "kube-scheduler"


class Settings:
    """What the kube-scheduler of the first node that runs one was told."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._told: Object | None = None
        self._default = default_profile(cluster)
        self.profiles: dict[str, Profile] = {DEFAULT: self._default}
        self.backoff = (INITIAL_BACKOFF, LONGEST_BACKOFF)

    def _found(self) -> Object | None:
        nodes = self._cluster.processes.nodes(PROCESS)
        return self._cluster.store.get(schedulerconfig.RUNNING + nodes[0]) if nodes else None

    def are_current(self) -> bool:
        """Tells whether the same process acts as when they were read; another one may have taken over."""
        return self._found() is self._told

    def read(self) -> None:
        """Reads them anew."""
        self._told = self._found()
        config = (self._told or {}).get("config") or {}
        self.backoff = (
            config.get("podInitialBackoffSeconds", INITIAL_BACKOFF),
            config.get("podMaxBackoffSeconds", LONGEST_BACKOFF),
        )
        share = config.get("percentageOfNodesToScore") or 0
        profiles = schedulerconfig.profiles(config) if config else []
        found = [profile_of(self._cluster, profile, share) for profile in profiles]
        self.profiles = {profile.name: profile for profile in found or [self._default]}
