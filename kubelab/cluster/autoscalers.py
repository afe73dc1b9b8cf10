"""The cluster autoscaler's command line: its node groups, thresholds and delays.

The node's process reads it, and the autoscaler acts on it; neither imports the other.
Source: kubernetes/autoscaler, cluster-autoscaler/FAQ.md (What are the parameters to CA?); config/flags/flags.go;
config/dynamic/node_group_spec.go for the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

RUNNING = "/machine/autoscaler/running/"  # <node> -> {"argv", "namespace", "account"}
GROUPS = "/machine/cloud/groups/"  # the cloud's node groups; a cluster without any is in no such cloud
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
EXPANDERS = ("random", "most-pods", "least-waste", "least-nodes")
NOT_SIMULATED = ("price", "priority", "grpc")
DURATIONS = {
    "scan-interval": 10.0,
    "scale-down-unneeded-time": 600.0,
    "scale-down-delay-after-add": 600.0,
    "scale-down-delay-after-failure": 180.0,
    "scale-down-delay-after-delete": 0.0,
    "max-node-provision-time": 900.0,
    "initial-node-group-backoff-duration": 300.0,
    "max-node-group-backoff-duration": 1800.0,
    "node-group-backoff-reset-timeout": 10_800.0,
}
SWITCHES = {
    "scale-down-enabled": True,
    "skip-nodes-with-system-pods": True,
    "skip-nodes-with-local-storage": True,
    "skip-nodes-with-custom-controller-pods": True,
    "ignore-daemonsets-utilization": False,
    "balance-similar-node-groups": False,
}
NUMBERS = {
    "scale-down-utilization-threshold": 0.5,
    "expendable-pods-priority-cutoff": -10.0,
    "max-nodes-total": 0.0,
    "max-empty-bulk-delete": 10.0,
    "max-scale-down-parallelism": 10.0,
    "max-graceful-termination-sec": 600.0,
}


class FlagError(Exception):
    """The autoscaler does not start with this command line; the text is what it says."""


@dataclass(frozen=True)
class Group:
    """What `--nodes=MIN:MAX:NAME` says of a node group."""

    name: str
    least: int
    most: int


@dataclass(frozen=True)
class Options:
    """What a cluster autoscaler was told.

    Args:
        durations: in seconds, by the names of their flags; so are `switches` and `numbers`.
    """

    groups: tuple[Group, ...] = ()
    provider: str = "gce"
    expander: str = "least-waste"
    durations: dict[str, float] = field(default_factory=lambda: dict(DURATIONS))
    switches: dict[str, bool] = field(default_factory=lambda: dict(SWITCHES))
    numbers: dict[str, float] = field(default_factory=lambda: dict(NUMBERS))


def options_of(argv: Sequence[str]) -> Options:
    """Reads a command line without its first word.

    Raises:
        FlagError: if it would not start with that.
    """
    groups: list[Group] = []
    durations, switches, numbers = dict(DURATIONS), dict(SWITCHES), dict(NUMBERS)
    texts = {"cloud-provider": "gce", "expander": "least-waste"}
    for word in argv:
        name, equals, value = word.lstrip("-").partition("=")
        if name == "nodes":
            groups.append(_group(value))
        elif name in durations:
            durations[name] = seconds(name, value)
        elif name in switches:
            switches[name] = _switch(name, value) if equals else True
        elif name in numbers:
            numbers[name] = _number(name, value)
        elif name in texts:
            texts[name] = value
    expander = texts["expander"]
    if expander in NOT_SIMULATED:
        raise FlagError(f'the expander "{expander}" is not simulated in KubeLab; there are {", ".join(EXPANDERS)}')
    if expander not in EXPANDERS:
        raise FlagError(f"Failed to create autoscaler: Expander {expander} not supported")
    return Options(tuple(groups), texts["cloud-provider"], expander, durations, switches, numbers)


def _group(value: str) -> Group:
    words = value.split(":", 2)
    if len(words) != 3:
        raise FlagError(f"failed to parse node group spec: wrong nodes configuration: {value}")
    if not words[0].isdigit():
        raise FlagError(f"failed to parse node group spec: failed to set min size: {words[0]}, expected integer")
    if not words[1].isdigit():
        raise FlagError(f"failed to parse node group spec: failed to set max size: {words[1]}, expected integer")
    least, most = int(words[0]), int(words[1])
    if most < least:
        raise FlagError("failed to parse node group spec: max size must be greater or equal to min size")
    return Group(words[2], least, most)


def seconds(name: str, value: str) -> float:
    """Reads a duration as Go writes it: "10m0s", "1.5h".

    Raises:
        FlagError: if it is none.
    """
    if not re.fullmatch(r"(\d+(\.\d+)?(ms|s|m|h))+|0", value):
        why = f'time: invalid duration "{value}"'
        raise FlagError(f'invalid argument "{value}" for "--{name}" flag: parse error: {why}')
    return sum(float(number) * UNITS[unit] for number, _, unit in re.findall(r"(\d+(\.\d+)?)(ms|s|m|h)", value))


def _switch(name: str, value: str) -> bool:
    if value.lower() not in ("true", "false", "t", "f", "1", "0"):
        why = f'strconv.ParseBool: parsing "{value}": invalid syntax'
        raise FlagError(f'invalid argument "{value}" for "--{name}" flag: {why}')
    return value.lower() in ("true", "t", "1")


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        why = f'strconv.ParseFloat: parsing "{value}": invalid syntax'
        raise FlagError(f'invalid argument "{value}" for "--{name}" flag: {why}') from None
