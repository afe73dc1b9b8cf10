"""What a node remembers of a Pod that it runs: sandbox, containers, back-offs, an unfinished step.

Kept at `/machine/pods/<node>/<namespace>/<name>` as JSON; a running plain container is a few words. What is here
is the runtime's and the kubelet's own memory; the Pod's status in the API is made from it.

    uid         of the Pod
    began       when the kubelet took it up
    sandbox     while there is one: how many there were before it
    lost        True: the sandbox went with the power of the machine; False: and that was said
    ip          the sandbox's address, where it has one of its own; the last one's after it is gone
    containers  name -> {"started", "attempt", "ended": [time, code, reason, message], "last": {...}, ...}
    reasons     name -> [reason, message] of the last failed start (the kubelet's reason cache)
    backoff     name -> [seconds, since] of restarts;  "pulls": image -> [seconds, since, error]
    sync        the sync of the Pod that is under way: {"todo": [...], "at": time, ...}
    resync      when to sync again by itself
    probes      name -> probe -> {...}, see probes.py
    asked       the Pod's spec or status was changed by others: sync it
    over        the Pod has ended for good, and is kept for its logs
    gone        the Pod as it was when it went from the API without the kubelet's doing
    known       the Pod as its kubelet knows it, while that is cut off from the API server
    static      the Pod as a manifest on the node says it, see static_pods.py
    ending      the Pod's termination: {"since", "grace", ...}, see killing.py
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubelab.cluster.objects import Object

RECORDS = "/machine/pods/"
PROCESSES = "/machine/process/"  # <uid>/<container> -> what the interpreter needs to go on
MIRROR = "kubernetes.io/config.mirror"  # the annotation of a static Pod's mirror in the API: whose it is


def thaw(value: Any) -> Any:
    """Returns a copy of JSON that may be changed."""
    if isinstance(value, dict):
        return {key: thaw(part) if isinstance(part, dict | list) else part for key, part in value.items()}
    return [thaw(part) if isinstance(part, dict | list) else part for part in value]


def is_running(container: Mapping[str, Any] | None, now: float) -> bool:
    """Tells whether a container runs at a time, whether or not the kubelet has noticed its end."""
    if container is None or "started" not in container or "ended" in container:
        return False
    ends = container.get("ends")
    return ends is None or ends[0] > now


def attempt(container: Mapping[str, Any]) -> int:
    """Returns how often a container was restarted."""
    return int(container.get("attempt", 0))


def process_key(uid: str, name: str) -> str:
    """Returns where the state of a container's interpreted process is kept."""
    return f"{PROCESSES}{uid}/{name}"


def container_key(node: str, namespace: str, name: str) -> str:
    """Returns where the record of a Pod is kept."""
    return f"{RECORDS}{node}/{namespace}/{name}"


__all__ = ["MIRROR", "RECORDS", "Object", "attempt", "container_key", "is_running", "process_key", "thaw"]
