"""The scheduler's plugins, one a file, found by their class; names are those of the real ones."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from kubelab.cluster.scheduler.framework import Plugin

# The order of the default configuration (pkg/scheduler/apis/config/v1/default_plugins.go).
ORDER = (
    "NodeUnschedulable",
    "NodeName",
    "TaintToleration",
    "NodeAffinity",
    "NodePorts",
    "NodeResourcesFit",
    "VolumeRestrictions",
    "NodeVolumeLimits",
    "VolumeBinding",
    "VolumeZone",
    "PodTopologySpread",
    "InterPodAffinity",
    "NodeResourcesBalancedAllocation",
    "ImageLocality",
)


@cache
def plugins() -> tuple[type[Plugin], ...]:
    """Returns the plugin classes in the order in which the default configuration runs them."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = [plugin for plugin in Plugin.__subclasses__() if plugin.name]
    return tuple(sorted(found, key=lambda plugin: (_place(plugin.name), plugin.name)))


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)
