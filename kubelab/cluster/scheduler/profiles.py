"""The profiles of a scheduler: for each schedulerName the plugins that decide, with their weights and arguments.

Source: kubernetes.io, reference/scheduling/config.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubelab.cluster.scheduler.framework import Plugin
from kubelab.cluster.scheduler.plugins import plugins

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

DEFAULT = "default-scheduler"


@dataclass
class Profile:
    """One of a scheduler's profiles; `preempts` if it has DefaultPreemption."""

    name: str
    plugins: Sequence[Plugin]
    preempts: bool = True

    def __post_init__(self) -> None:
        self.holding = [plugin for plugin in self.plugins if type(plugin).holds is not Plugin.holds]


def default_profile(cluster: Cluster) -> Profile:
    """Returns the profile of a scheduler that is configured by nothing."""
    return Profile(DEFAULT, [plugin(cluster) for plugin in plugins()])
