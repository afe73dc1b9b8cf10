"""The clusters one can start with, one YAML file each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kubelab.cluster.addresses import POD_SUBNET, WIDE_POD_SUBNET
from kubelab.cluster.objects import Object


@dataclass(frozen=True)
class Machine:
    """A machine of a preset."""

    name: str
    ip: str
    control_plane: bool = False
    tainted: bool = True  # whether a control plane keeps ordinary Pods away
    cpus: int = 2
    memory_mib: int = 4096
    disk_gib: int = 40
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    os: str = ""  # see node/systems.py


@dataclass(frozen=True)
class Person:
    """Somebody who uses a preset's cluster beside its administrator."""

    name: str
    groups: tuple[str, ...]
    namespace: str = ""  # of the context in the kubeconfig


@dataclass(frozen=True)
class Plan:
    """What a preset asks for.

    Args:
        age: how long before it is handed over the cluster was made, in seconds.
        network: the network plug-in: "flannel", "calico", "cilium"; "none" where learners install one themselves.
        haproxy: the "ip" of an HAProxy machine in front of the cluster, and its "pool" of addresses for Services.
        published: what was applied from the addresses where projects publish it.
        initialized: False: the machines are bare, and the learner runs `kubeadm init`.
        objects: what else its administrator made.
        addons: what else it comes with, by the names of kubelab/cluster/addons.
        people: who has a certificate and a context in the kubeconfig beside the administrator.
        groups: node groups of a cloud, each with its "name", "size" and what its "machine" is.
    """

    name: str
    title: str
    age: float
    machines: tuple[Machine, ...]
    network: str = "flannel"
    addons: tuple[str, ...] = ()
    haproxy: dict[str, str] = field(default_factory=dict)
    published: tuple[str, ...] = ()
    objects: tuple[Object, ...] = ()
    people: tuple[Person, ...] = ()
    initialized: bool = True
    groups: tuple[dict[str, Any], ...] = ()

    @property
    def masters(self) -> list[Machine]:
        """The control-plane machines."""
        return [machine for machine in self.machines if machine.control_plane]

    @property
    def pod_range(self) -> str:
        """What the nodes' ranges of Pod addresses are taken from: a /16 has room for 256 of them."""
        return POD_SUBNET if len(self.machines) <= 256 else WIDE_POD_SUBNET

    @property
    def endpoint(self) -> str:
        """The address at which the API is reached: HAProxy's before several control planes."""
        masters = self.masters
        return self.haproxy["ip"] if len(masters) > 1 and self.haproxy else (masters or self.machines)[0].ip


def preset_names() -> list[str]:
    """Returns the names of all presets."""
    return sorted(
        path.name.removesuffix(".yaml") for path in files(__package__).iterdir() if path.name.endswith(".yaml")
    )


@cache
def load_preset(name: str) -> Plan:
    """Reads a preset.

    Raises:
        ValueError: if there is no such preset.
    """
    if name not in preset_names():
        raise ValueError(f"there is no preset {name!r}; there are {', '.join(preset_names())}")
    raw = yaml.safe_load((files(__package__) / f"{name}.yaml").read_text())
    return Plan(
        name,
        raw["title"],
        float(raw.get("age", 180)),
        tuple(_machines(raw)),
        raw.get("network", "flannel"),
        tuple(raw.get("addons", ())),
        raw.get("haproxy", {}),
        tuple(raw.get("published", ())),
        tuple(raw.get("objects", ())),
        tuple(Person(each["name"], tuple(each["groups"]), each.get("namespace", "")) for each in raw.get("people", ())),
        raw.get("initialized", True),
        groups=tuple(raw.get("groups", ())),
    )


def _machines(preset: dict[str, Any]) -> Iterable[Machine]:
    """Yields the machines, addresses given one after the other; `count` or `names` make several of one entry."""
    number = 11
    for entry in preset["machines"]:
        for name in entry.get("names") or [entry["name"].format(place + 1) for place in range(entry.get("count", 1))]:
            yield Machine(
                name=name,
                ip=_address(number),
                control_plane=entry.get("control_plane", False),
                tainted=not preset.get("untainted", False),
                cpus=entry.get("cpus", 2),
                memory_mib=entry.get("memory_mib", 4096),
                disk_gib=entry.get("disk_gib", 40),
                labels=entry.get("labels", {}),
                annotations={key: value.format(name) for key, value in entry.get("annotations", {}).items()},
                os=entry.get("os", ""),
            )
            number += 1


def _address(number: int) -> str:
    return f"192.168.{100 + number // 256}.{number % 256}"
