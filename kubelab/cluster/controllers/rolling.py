"""The arithmetic of a rolling update: how far each ReplicaSet may grow or shrink now.

Numbers in, numbers out; the Deployment controller does what they say.
Source: pkg/controller/deployment/rolling.go, sync.go and util/deployment_util.go.
"""

from __future__ import annotations

import math

from kubelab.cluster.objects import Object


def resolve(value: int | str, total: int, *, up: bool) -> int:
    """Returns an absolute number for a number or a percentage of `total`.

    Raises:
        ValueError: if a text is no percentage.
    """
    if isinstance(value, int):
        return value
    if not value.endswith("%"):
        raise ValueError(f"{value!r} is no percentage")
    share = int(value[:-1]) * total / 100
    return math.ceil(share) if up else math.floor(share)


def max_surge(deployment: Object) -> int:
    """Returns how many Pods there may be beyond spec.replicas."""
    return fenceposts(deployment)[0]


def max_unavailable(deployment: Object) -> int:
    """Returns how many Pods may be unavailable; never more than there are."""
    replicas: int = deployment["spec"]["replicas"]
    if not is_rolling(deployment) or not replicas:
        return 0
    return min(fenceposts(deployment)[1], replicas)


def is_rolling(deployment: Object) -> bool:
    """Tells whether the strategy is RollingUpdate."""
    return bool(deployment["spec"]["strategy"]["type"] == "RollingUpdate")


def fenceposts(deployment: Object) -> tuple[int, int]:
    """Returns surge and unavailability in Pods; both 0 would mean standing still, so then one may be missing."""
    if not is_rolling(deployment):
        return 0, 0
    replicas = deployment["spec"]["replicas"]
    settings = deployment["spec"]["strategy"].get("rollingUpdate") or {}
    surge = resolve(settings.get("maxSurge", 0), replicas, up=True)
    unavailable = resolve(settings.get("maxUnavailable", 0), replicas, up=False)
    return (0, 1) if surge == unavailable == 0 else (surge, unavailable)


def new_replicas(deployment: Object, total: int, new: int) -> int:
    """Returns what the new ReplicaSet may grow to.

    Args:
        total: spec.replicas of all ReplicaSets together.
        new: spec.replicas of the new one.
    """
    wanted: int = deployment["spec"]["replicas"]
    if not is_rolling(deployment):
        return wanted
    room = wanted + max_surge(deployment) - total
    return new if room <= 0 else new + min(room, wanted - new)


def most_to_remove(deployment: Object, total: int, new: int, new_available: int) -> int:
    """Returns how many old Pods may go now, counting the new ones that are not yet available as missing."""
    least = deployment["spec"]["replicas"] - max_unavailable(deployment)
    left: int = total - least - (new - new_available)
    return left


def proportions(deployment: Object, sizes: list[int], allowed: list[int]) -> list[int]:
    """Spreads a change of scale over ReplicaSets in the middle of a rollout.

    Args:
        sizes: spec.replicas of the ReplicaSets, in the order in which a remainder is given: largest first.
        allowed: the most replicas that the Deployment allowed when each was last scaled (its annotation).

    Returns:
        The new sizes.
    """
    target = deployment["spec"]["replicas"] + max_surge(deployment) if deployment["spec"]["replicas"] else 0
    change = target - sum(sizes)
    scaled, spent = [], 0
    for size, before in zip(sizes, allowed, strict=True):
        share = _bounded(_round(size * target / before) - size if before else 0, change - spent)
        scaled.append(size + share)
        spent += share
    if scaled:
        scaled[0] = max(0, scaled[0] + change - spent)
    return scaled


def _round(value: float) -> int:
    return math.floor(value + 0.5)


def _bounded(share: int, left: int) -> int:
    return min(share, left) if left > 0 else max(share, left)
