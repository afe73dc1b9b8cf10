"""Getting a container's image onto its node: policy, the queue of pulls, errors and their back-off.

Source: pkg/kubelet/images/image_manager.go; a node pulls one image after the other (serializeImagePulls).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.node import backoff, outages, pullsecrets
from kubelab.cluster.node.blueprint import ContainerPlan
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.node.nodeview import NodeView

BANDWIDTH = 24.0  # megabytes a second, from the registry onto the disk


def ensure(work: PodWork, step: Object, plan: ContainerPlan) -> float | None:
    """Sees to it that an image is there.

    Returns:
        When the pull will be over, in seconds since the epoch; None when there is nothing to wait for: the image
        is there, or `step["no_image"]` tells that it is not to be had.
    """
    pull = step.get("pull")
    if pull is not None:
        if pull["until"] > work.now:
            return float(pull["until"])
        del step["pull"]
        _pulled(work, step, plan, pull)
        return None
    if plan.invalid:
        _invalid(work, step, plan)
        return None
    if "imagePullSecrets" in work.blueprint.spec:
        pullsecrets.tell_missing(work)
    resolved = plan.resolved
    present = resolved is not None and work.node.images.has(resolved.name)
    if present and plan.policy != "Always":
        work.event("Normal", "Pulled", work.node.kubelet.present.format(plan.image), plan)
        return None
    if plan.policy == "Never":
        message = f'Container image "{plan.image}" is not present with pull policy of Never'
        work.event("Warning", "ErrImageNeverPull", message, plan)
        _refuse(work, step, plan, "ErrImageNeverPull", message)
        return None
    entry = (work.record.get("pulls") or {}).get(plan.image)
    if entry is not None and backoff.is_waiting_since_update(entry[:2], work.now):
        _back_off(work, step, plan, entry)
        return None
    work.event("Normal", "Pulling", f'Pulling image "{plan.image}"', plan)
    return _begin(work, step, plan, present=present)


def mounted(work: PodWork, plan: ContainerPlan) -> list[ContainerPlan]:
    """Returns the images that are volumes of a container's Pod, each as if it were the container's own."""
    found = []
    for volume in work.pod["spec"].get("volumes") or ():
        source = volume.get("image")
        if source and source.get("reference"):
            policy = source.get("pullPolicy") or "IfNotPresent"
            found.append(plan.of_another_image(source["reference"], policy))
    return found


def _invalid(work: PodWork, step: Object, plan: ContainerPlan) -> None:
    message = (
        f'Failed to apply default image tag "{plan.image}": couldn\'t parse image name "{plan.image}": {plan.invalid}'
    )
    work.event("Warning", "InspectFailed", message, plan)
    _refuse(work, step, plan, "InvalidImageName", message)


def _refuse(work: PodWork, step: Object, plan: ContainerPlan, reason: str, message: str) -> None:
    work.event("Warning", "Failed", f"Error: {reason}", plan)
    work.fail_start(plan, reason, message)
    step["no_image"] = True


def _back_off(work: PodWork, step: Object, plan: ContainerPlan, entry: list[object]) -> None:
    message = f'Back-off pulling image "{plan.image}"'
    work.event("Normal", "BackOff", message, plan)
    if work.node.kubelet.pull_error_kept:
        message = f"{message}: {entry[2]}"
    _refuse(work, step, plan, "ImagePullBackOff", message)


def _begin(work: PodWork, step: Object, plan: ContainerPlan, *, present: bool) -> float:
    step["pull"] = pull = queue(work.node, plan, work.uid, work.now, present=present)
    until: float = pull["until"]
    return until


def queue(node: NodeView, plan: ContainerPlan, uid: str, now: float, *, present: bool) -> Object:
    """Queues a pull behind those that a node has under way.

    When its turn comes, an image that one of those brings is there: only its name is resolved once more.

    Args:
        uid: of the Pod that asks.
        present: whether the image is there already.

    Returns:
        When it was asked for, how long it takes and until when it lasts, as the Pod's record keeps it.
    """
    took = node.cluster.random.between(0.35, 0.95, uid, "pull", plan.image, node.cluster.clock.text)
    pulls = node.pulls
    brings: list[str] = pulls["brings"]
    if plan.resolved is not None and not present and plan.resolved.name not in brings:
        took += plan.resolved.size / 1e6 / BANDWIDTH
        brings = [*brings, plan.resolved.name]
    until: float = max(now, pulls["until"]) + took
    node.pulls = {"until": until, "brings": brings}
    return {"asked": now, "took": took, "until": until}


def _pulled(work: PodWork, step: Object, plan: ContainerPlan, pull: Object) -> None:
    resolved = plan.resolved
    failure = plan.missing
    if resolved is not None:
        failure = outages.error(work.cluster, resolved.reference) or pullsecrets.refusal(work, resolved.reference)
    if resolved is None or failure:
        _not_pulled(work, step, plan, failure)
        return
    work.node.images.add(resolved.name, resolved.image_id, resolved.size)
    pulls = work.record.get("pulls")
    if pulls:
        pulls.pop(plan.image, None)
    work.event("Normal", "Pulled", told(plan, pull), plan)


def told(plan: ContainerPlan, pull: Object) -> str:
    """Says that an image was pulled, and how long that took."""
    took, waited = written(pull["took"]), written(pull["until"] - pull["asked"])
    return (
        f'Successfully pulled image "{plan.image}" in {took} ({waited} including waiting). '
        f"Image size: {plan.size} bytes."
    )


def _not_pulled(work: PodWork, step: Object, plan: ContainerPlan, error: str) -> None:
    if not work.node.kubelet.rpc:
        error = error.partition('": ')[2]  # without the gRPC code and what containerd was doing
    work.event("Warning", "Failed", f'Failed to pull image "{plan.image}": {error}', plan)
    pulls: Object = work.record.setdefault("pulls", {})
    before = pulls.get(plan.image)
    entry = backoff.following(before[:2] if before else None, work.now, work.now)
    pulls[plan.image] = [*entry, f"ErrImagePull: {error}"]
    _refuse(work, step, plan, "ErrImagePull", error)


def written(seconds: float) -> str:
    """Writes a duration cut to milliseconds as Go writes it: `940ms`, `1.532s`, `1m2.5s`."""
    thousandths = int(seconds * 1000)
    if thousandths < 1000:
        return f"{thousandths}ms"
    minutes, rest = divmod(thousandths, 60_000)
    text = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    return f"{minutes}m{text}" if minutes else text
