"""What a Pod asks for in all: containers together, sidecars, init containers one at a time, overhead.

Source: k8s.io/component-helpers/resource (PodRequests, PodLimits); kubernetes.io, concepts/workloads/pods/
sidecar-containers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kubelab.cluster.objects import Object
from kubelab.cluster.quantity import canonical, parse

Amounts = dict[str, str]


def pod_amounts(pod: Object, kind: str, *, whole: bool = True) -> Amounts:
    """Returns the requests or the limits of a Pod.

    Args:
        kind: "requests" or "limits".
        whole: whether what is asked for the Pod as a whole counts.
    """
    spec = pod["spec"]
    sums = total(_of(container, kind) for container in spec.get("containers") or ())
    sidecars: Amounts = {}
    most: Amounts = {}
    for container in spec.get("initContainers") or ():
        asked = _of(container, kind)
        if container.get("restartPolicy") == "Always":
            sums = total((sums, asked))
            sidecars = asked = total((sidecars, asked))
        else:
            asked = total((asked, sidecars))
        most = _larger(most, asked)
    sums = _larger(sums, most)
    if whole:
        sums.update(_of(spec, kind))
    overhead: Mapping[str, str] = spec.get("overhead") or {}
    if kind == "limits":
        overhead = {name: amount for name, amount in overhead.items() if name in sums}
    return total((sums, overhead))


def _of(holder: Object, kind: str) -> Amounts:
    return {name: str(amount) for name, amount in ((holder.get("resources") or {}).get(kind) or {}).items()}


def total(parts: Iterable[Mapping[str, str]]) -> Amounts:
    """Returns the sums of amounts by resource."""
    sums: Amounts = {}
    for part in parts:
        for name, amount in part.items():
            sums[name] = _sum(sums[name], amount) if name in sums else amount
    return sums


def _larger(first: Amounts, second: Mapping[str, str]) -> Amounts:
    found = dict(first)
    for name, amount in second.items():
        if name not in found or parse(amount) > parse(found[name]):
            found[name] = amount
    return found


def _sum(first: str, second: str) -> str:
    """Adds two quantities; the sum is written in the first one's format, or the second's if the first is zero."""
    number = parse(first) + parse(second)
    like = first if parse(first) else second
    return canonical(f"{number / 1024:f}Ki" if like.endswith("i") else f"{number:f}")
