"""kube-scheduler's configuration file, as its process reads it at its start and the scheduler acts on it.

The node's process and the scheduler do not import each other; what both need stands here.
Source: kubernetes.io, reference/config-api/kube-scheduler-config.v1 and reference/scheduling/config; pkg/scheduler/
apis/config/validation and framework/runtime/framework.go for the words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from kubelab.cluster.objects import Object

RUNNING = "/machine/schedulers/"  # what the configuration file of each node's kube-scheduler says
VERSION, KIND = "kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration"
DEFAULT_PROFILE = "default-scheduler"
POINTS = (
    "preEnqueue", "queueSort", "preFilter", "filter", "postFilter", "preScore", "score", "reserve", "permit",
    "preBind", "bind", "postBind", "multiPoint",
)  # fmt: skip
PLUGINS = (
    "SchedulingGates", "PrioritySort", "NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts",
    "NodeResourcesFit", "VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone", "PodTopologySpread",
    "InterPodAffinity", "DynamicResources", "DefaultPreemption", "NodeResourcesBalancedAllocation", "ImageLocality",
    "DefaultBinder",
)  # fmt: skip
STRATEGIES = ("LeastAllocated", "MostAllocated", "RequestedToCapacityRatio")
FIELDS = frozenset({
    "apiVersion", "kind", "parallelism", "leaderElection", "clientConnection", "percentageOfNodesToScore",
    "podInitialBackoffSeconds", "podMaxBackoffSeconds", "profiles", "extenders", "delayCacheUntilActive",
    "healthzBindAddress", "metricsBindAddress", "enableProfiling", "enableContentionProfiling",
})  # fmt: skip


class ConfigError(Exception):
    """The file cannot be used; the text is what the process says before it ends."""


def parse(text: str) -> Object:
    """Reads a configuration file.

    Raises:
        ConfigError: if kube-scheduler would not start with it.
    """
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "could not find expected ':'"
        raise ConfigError(f"error converting YAML to JSON: yaml: {where}{problem}") from None
    if not isinstance(found, dict) or not found.get("kind"):
        raise ConfigError(f"Object 'Kind' is missing in '{_shown(found)}'")
    version, kind = found.get("apiVersion", ""), found["kind"]
    if (version, kind) != (VERSION, KIND):
        scheme = 'in scheme "pkg/scheduler/apis/config/scheme/scheme.go:30"'
        raise ConfigError(f'no kind "{kind}" is registered for version "{version}" {scheme}')
    unknown = [f'unknown field "{field}"' for field in found if field not in FIELDS]
    if unknown:
        raise ConfigError(f"strict decoding error: {', '.join(unknown)}")
    problems = list(_problems(found))
    if problems:
        raise ConfigError(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
    return found


def _shown(found: Any) -> str:
    return "" if found is None else str(found)


def _problems(config: Object) -> Iterator[str]:
    """Yields what the configuration's validation says."""
    initial, most = config.get("podInitialBackoffSeconds", 1), config.get("podMaxBackoffSeconds", 10)
    if initial <= 0:
        yield f"podInitialBackoffSeconds: Invalid value: {initial}: must be greater than 0"
    if most < initial:
        yield f"podMaxBackoffSeconds: Invalid value: {most}: must be greater than or equal to PodInitialBackoffSeconds"
    percentage = config.get("percentageOfNodesToScore") or 0
    if not 0 <= percentage <= 100:
        yield f"percentageOfNodesToScore: Invalid value: {percentage}: not in valid range [0-100]"
    if config.get("extenders"):
        yield "extenders: KubeLab does not simulate scheduler extenders"
    seen: set[str] = set()
    for place, profile in enumerate(profiles(config)):
        name = profile.get("schedulerName", DEFAULT_PROFILE)
        if name in seen:
            yield f'profiles[{place}].schedulerName: Duplicate value: "{name}"'
        seen.add(name)
        share = profile.get("percentageOfNodesToScore") or 0
        if not 0 <= share <= 100:
            where = f"profiles[{place}].percentageOfNodesToScore"
            yield f"{where}: Invalid value: {share}: not in valid range [0-100]"
        yield from _problems_of(profile, f"profiles[{place}]")


def _problems_of(profile: Object, path: str) -> Iterator[str]:
    name = profile.get("schedulerName", DEFAULT_PROFILE)
    head = f"initializing profiles: creating profile for scheduler name {name}: "
    for point, chosen in (profile.get("plugins") or {}).items():
        if point not in POINTS:
            yield f'strict decoding error: unknown field "{path}.plugins.{point}"'
            continue
        for plugin in chosen.get("enabled") or ():
            if plugin["name"] not in PLUGINS:
                kind = "plugin" if point == "multiPoint" else f"{point[0].upper()}{point[1:]}Plugin"
                yield f'{head}{kind} "{plugin["name"]}" does not exist'
    for number, found in enumerate(profile.get("pluginConfig") or ()):
        strategy = (found.get("args") or {}).get("scoringStrategy")
        if found["name"] == "NodeResourcesFit" and strategy and strategy.get("type") not in STRATEGIES:
            where = f"{path}.pluginConfig[{number}].args.scoringStrategy.type"
            known = ", ".join(f'"{each}"' for each in STRATEGIES)
            yield f'{where}: Unsupported value: "{strategy.get("type", "")}": supported values: {known}'


def profiles(config: Object) -> list[Object]:
    """Returns the profiles of a configuration; one that has none has the default one."""
    return config.get("profiles") or [{"schedulerName": DEFAULT_PROFILE}]
