"""Who is talking: a container, a node, or the learner's workstation outside of the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Place(NamedTuple):
    """Where a program runs that uses the network.

    Args:
        kind: "container", "node" or "outside".
        node: the machine's name; "" for the workstation.
        namespace: of the Pod, for a container.
        pod: the Pod's name, for a container.
        container: the container's name, for a container.
    """

    kind: str
    node: str = ""
    namespace: str = ""
    pod: str = ""
    container: str = ""

    @classmethod
    def of(cls, place: Place | Mapping[str, str]) -> Place:
        """Reads a machine's `place` (node/process.py); a Place is returned as it is."""
        if isinstance(place, Place):
            return place
        return cls(**{field: value for field, value in place.items() if field in cls._fields})

    def __str__(self) -> str:
        if self.kind == "container":
            return f"Pod {self.namespace}/{self.pod}"
        return f"node {self.node}" if self.kind == "node" else "outside host"


WORKSTATION = Place("outside")
