"""The Pods on a node, and how much of it they have asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import to_int, to_milli
from kubelab.terminal.kubectl.describing.amounts import Amounts, pod_amounts, total
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.metadata import since

_STANDARD = ("cpu", "memory", "ephemeral-storage", "pods")


def pods_of_node(out: Description, node: Object) -> None:
    """Writes the Pods of a node that have not ended, and the sums.

    Raises:
        Forbidden: the user may not see Pods.
    """
    kind = out.api.kinds.by_gvk("v1", "Pod")
    selector = f"spec.nodeName={node['metadata']['name']},status.phase!=Succeeded,status.phase!=Failed"
    pods = out.api.list(kind, fields=selector) if kind is not None else []
    status = node.get("status") or {}
    room = status.get("allocatable") or status.get("capacity") or {}
    out.field("Non-terminated Pods", f"({len(pods)} in total)")
    columns = ("CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "Age")
    out.row(("Namespace", "Name", "", *columns))
    out.row(("---------", "----", "", *("-" * len(name) for name in columns)))
    for pod in pods:
        requests, limits = (_amounts(out, pod, name) for name in ("requests", "limits"))
        shares = [_share(amounts, room, name) for name in ("cpu", "memory") for amounts in (requests, limits)]
        metadata = pod["metadata"]
        out.row(
            (metadata["namespace"], metadata["name"], "", *shares, since(out.now, metadata.get("creationTimestamp")))
        )
    _sums(out, pods, room)


_WHOLE_SINCE = 36  # resources of Pods as a whole were not looked at before


def _amounts(out: Description, pod: Object, kind: str) -> Amounts:
    return pod_amounts(pod, kind, whole=out.minor >= _WHOLE_SINCE)


def _sums(out: Description, pods: Iterable[Object], room: Mapping[str, str]) -> None:
    out.put("Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n")
    out.header(("Resource", "Requests", "Limits"))
    requests, limits = (total(_amounts(out, pod, name) for pod in pods) for name in ("requests", "limits"))
    pages = sorted(name for name in room if name.startswith("hugepages-"))
    for name in ("cpu", "memory", "ephemeral-storage", *pages):
        out.row((name, _share(requests, room, name), _share(limits, room, name)))
    for name in sorted(set(room) - set(pages) - set(_STANDARD)):
        out.row((name, requests.get(name, "0"), limits.get(name, "0")))


def _share(amounts: Amounts, room: Mapping[str, str], name: str) -> str:
    amount = amounts.get(name, "0")
    measure = to_milli if name == "cpu" else to_int
    whole = measure(room.get(name, "0"))
    percent = int(measure(amount) / whole * 100) if whole else 0
    return f"{amount} ({percent}%)"
