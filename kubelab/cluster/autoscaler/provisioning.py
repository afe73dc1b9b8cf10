"""Machines that were ordered and do not come: they are given up, and their group is left alone for some time.

Source: kubernetes/autoscaler, clusterstate/clusterstate.go (updateScaleRequests, registerFailedScaleUp),
core/static_autoscaler.go (removeOldUnregisteredNodes), utils/backoff/exponential_backoff.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.autoscaler import cloud
from kubelab.cluster.kinds import Node
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.autoscaler.scan import Scan

BACKOFF = "in backoff after failed scale-up"
LIMIT = "max-node-provision-time"
REQUESTS, FAILURES = "requests", "backoff"  # in the state: group -> when; group -> {"until", "seconds", "why"}


def upcoming(scan: Scan) -> dict[str, int]:
    """Returns by group how many of its machines are no Nodes yet, or none that is ready; overdue ones are none."""
    counts = {}
    for group in scan.options.groups:
        late = overdue(scan, group.name)
        instances = [node for node in scan.groups[group.name]["instances"] if node not in late]
        counts[group.name] = sum(not scan.is_ready(scan.api.get(Node, Key("", node))) for node in instances)
    return counts


def overdue(scan: Scan, group: str) -> list[str]:
    """Returns the machines of a group that should have become Nodes by now."""
    limit = scan.options.durations[LIMIT]
    return [
        name
        for name, instance in scan.groups[group]["instances"].items()
        if scan.now - instance["at"] >= limit and scan.api.get(Node, Key("", name)) is None
    ]


def expect(scan: Scan, group: str) -> None:
    """Notes that a group was made larger."""
    scan.state.setdefault(REQUESTS, {})[group] = scan.now
    scan.look_again(scan.options.durations[LIMIT])


def backs_off(scan: Scan, group: str) -> Object | None:
    """Returns why a group is left alone for now, and until when; None where it is not."""
    failure: Object | None = scan.state.get(FAILURES, {}).get(group)
    return failure if failure is not None and scan.now < failure["until"] else None


def settle(scan: Scan) -> None:
    """Looks what has become of the machines that were ordered; gives those up that are overdue."""
    requests, coming = scan.state.setdefault(REQUESTS, {}), upcoming(scan)
    for group, at in list(requests.items()):
        late = scan.now - at >= scan.options.durations[LIMIT]
        if late:
            del requests[group]
            _fail(scan, group, scan.now - at)
        elif not coming.get(group):
            del requests[group]
            scan.state.setdefault(FAILURES, {}).pop(group, None)
        else:
            scan.look_again(at + scan.options.durations[LIMIT] - scan.now)
    for group in [each.name for each in scan.options.groups]:
        for name in overdue(scan, group):
            provider = f"aws:///{cloud.ZONE}/i-0{scan.cluster.random.hex(16, 'instance', name)}"
            scan.say(f"static_autoscaler.go:745] Removing unregistered node {provider}")
            cloud.terminate(scan.cluster, group, name)
            scan.note("DeleteUnregistered", f"Removed unregistered node {provider}")
    scan.groups = cloud.groups(scan.cluster)


def _fail(scan: Scan, group: str, after: float) -> None:
    failures, durations = scan.state.setdefault(FAILURES, {}), scan.options.durations
    before = failures.get(group)
    seconds = durations["initial-node-group-backoff-duration"]
    if before is not None and scan.now - before["failed"] < durations["node-group-backoff-reset-timeout"]:
        seconds = min(before["seconds"] * 2, durations["max-node-group-backoff-duration"])
    lasted = go_duration(after)
    why = f"Scale-up timed out for node group {group} after {lasted}"
    failures[group] = {"until": scan.now + seconds, "seconds": seconds, "failed": scan.now, "why": why}
    scan.say(f"clusterstate.go:298] {why}", f"clusterstate.go:324] Disabling scale-up for node group {group}")
    message = f"Nodes added to group {group} failed to register within {lasted}"
    scan.note("ScaleUpTimedOut", message, "Warning")
    scan.look_again(seconds)


def go_duration(seconds: float) -> str:
    """Writes whole seconds as Go writes a duration: "15m0s"."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}h{minutes}m{left}s" if hours else f"{minutes}m{left}s" if minutes else f"{left}s"
