"""Kinds whose objects are worked out when they are asked for, and never stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kubelab.cluster.api.componentstatuses import component_statuses
from kubelab.cluster.api.resourcemetrics import GROUP, node_metrics, pod_metrics
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

# By group and kind: gives the objects of a namespace ("" for all), or the one of a name.
COMPUTED: dict[tuple[str, str], Callable[[ApiServer, str, str], list[Object]]] = {
    ("", "ComponentStatus"): component_statuses,
    (GROUP, "NodeMetrics"): node_metrics,
    (GROUP, "PodMetrics"): pod_metrics,
}


def computed(server: ApiServer, kind: Kind, namespace: str = "", name: str = "") -> list[Object] | None:
    """Returns the objects of a kind that is worked out, None for one that is stored.

    Args:
        namespace: whose objects; "" for all.
        name: of the only one that is wanted; "" for all.

    Raises:
        ServiceUnavailable: who works them out does not answer.
    """
    work_out = COMPUTED.get((kind.group, kind.name))
    return None if work_out is None else work_out(server, namespace, name)
