"""When a kubelet has to look at a Pod again: what ends by itself, what it has planned.

Source: pkg/kubelet (pleg, prober, pod workers).
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelab.cluster.node import deadlines, probes, runtime
from kubelab.cluster.node.podwork import PodWork


def due(work: PodWork) -> float | None:
    """Returns when the Pod has to be looked at again, in seconds since the epoch."""
    record = work.record
    times: list[float] = []
    for name, container in record["containers"].items():
        if "ended" in container:
            if "notice" in container:
                times.append(container["notice"])
            continue
        if "ends" in container:
            ends: float = container["ends"][0]
            # An end by itself is looked at when the kubelet would notice it, not at the moment itself.
            times.append(ends if "kill" in container else runtime.noticed(work, name, ends))
        if "wake" in container:
            times.append(container["wake"])
        kill = container.get("kill")
        if kill is not None and "at" in kill:
            times.append(kill["at"])
    if "over" in record:
        return None
    if work.is_tended:  # what it was about to do waits for it
        times += _planned(work)
    return max(min(times), work.now) if times else None


def _planned(work: PodWork) -> Iterator[float]:
    """Yields when the kubelet itself wants to do something about the Pod."""
    record = work.record
    if "sync" in record:
        yield record["sync"]["at"]
    if "resync" in record:
        yield record["resync"]
    ending = record.get("ending")
    if ending is not None and "done" in ending:
        yield ending["done"]
    deadline = deadlines.due(work)
    if deadline is not None:
        yield deadline
    probe = probes.due(work)
    if probe is not None:
        yield probe
