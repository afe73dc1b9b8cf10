"""The profiles of a scheduler: for each schedulerName the plugins that decide, with their weights and arguments.

Source: kubernetes.io, reference/scheduling/config.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubelab.cluster import schedulerconfig
from kubelab.cluster.objects import Object
from kubelab.cluster.scheduler.framework import Plugin
from kubelab.cluster.scheduler.plugins import plugins

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster

DEFAULT = schedulerconfig.DEFAULT_PROFILE
PREEMPTION = "DefaultPreemption"


@dataclass
class Profile:
    """One of a scheduler's profiles.

    Attributes:
        preempts: it has DefaultPreemption.
        percentage: of the nodes, how many feasible ones are enough (percentageOfNodesToScore); 0 for the default.
    """

    name: str
    plugins: Sequence[Plugin]
    preempts: bool = True
    percentage: int = 0

    def __post_init__(self) -> None:
        self.holding = [plugin for plugin in self.plugins if type(plugin).holds is not Plugin.holds]


def default_profile(cluster: Cluster) -> Profile:
    """Returns the profile of a scheduler that is configured by nothing."""
    return Profile(DEFAULT, [plugin(cluster) for plugin in plugins()])


def profile_of(cluster: Cluster, config: Object, percentage: int = 0) -> Profile:
    """Makes a profile of one in a KubeSchedulerConfiguration.

    Args:
        percentage: the percentageOfNodesToScore of those that have none of their own.
    """
    points = config.get("plugins") or {}
    arguments = {found["name"]: found.get("args") or {} for found in config.get("pluginConfig") or ()}
    chosen: list[Plugin] = []
    for kind in plugins():
        plugin = kind(cluster, arguments.get(kind.name))
        everywhere = _weight_at(points.get("multiPoint"), plugin.name, plugin.default_weight)
        plugin.filters = _weight_at(points.get("filter"), plugin.name, everywhere) is not None
        plugin.weight = _weight_at(points.get("score"), plugin.name, everywhere) or 0
        if plugin.filters or plugin.weight:
            chosen.append(plugin)
    preempts = _weight_at(points.get("postFilter"), PREEMPTION, _weight_at(points.get("multiPoint"), PREEMPTION, 0))
    own = config.get("percentageOfNodesToScore")
    percentage = percentage if own is None else own
    return Profile(config.get("schedulerName", DEFAULT), chosen, preempts is not None, percentage)


def _weight_at(point: Object | None, name: str, standing: int | None) -> int | None:
    """Returns a plugin's weight at an extension point; None where it is not enabled there.

    Args:
        standing: what it is without the point.
    """
    for found in (point or {}).get("enabled") or ():
        if found["name"] == name:
            return found.get("weight") or standing or 1
    if any(found["name"] in (name, "*") for found in (point or {}).get("disabled") or ()):
        return None
    return standing
