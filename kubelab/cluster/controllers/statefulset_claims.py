"""The claims of StatefulSets' Pods: made when they are missing, and whose they are by the retention policy.

Source: pkg/controller/statefulset/stateful_pod_control.go, stateful_set_utils.go (KEP-1847).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.controllers.ownership import reference_to
from kubelab.cluster.controllers.statefulset_pods import claims_for
from kubelab.cluster.kinds import PersistentVolumeClaim, Pod, StatefulSet
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of

if TYPE_CHECKING:
    from kubelab.cluster.api.client import Client


def make_missing(api: Client, statefulset: Object, pod: Object) -> None:
    """Makes the claims of a Pod that are not there.

    Raises:
        ApiError: one was refused, or is being deleted.
    """
    names = f"Pod {pod['metadata']['name']} in StatefulSet {statefulset['metadata']['name']}"
    for claim in claims_for(statefulset, pod):
        name = claim["metadata"]["name"]
        found = api.get(PersistentVolumeClaim, key_of(claim))
        if found is not None:
            if is_being_deleted(found):
                raise ApiError(f"pvc {name} is being deleted")
            continue
        try:
            api.create(PersistentVolumeClaim, claim)
        except ApiError as error:
            said = f"create Claim {name} for {names} failed error: {error.message}"
            api.event(statefulset, "Warning", "FailedCreate", said)
            raise ApiError(f"failed to create PVC {name}: {error.message}") from error
        api.event(statefulset, "Normal", "SuccessfulCreate", f"create Claim {name} {names} success")


def existing(api: Client, statefulset: Object, pod: Object) -> Iterator[Object]:
    """Yields the claims of a Pod that are there."""
    for claim in claims_for(statefulset, pod):
        found = api.get(PersistentVolumeClaim, key_of(claim))
        if found is not None:
            yield found


def are_stale(api: Client, statefulset: Object, pod: Object) -> bool:
    """Tells whether a claim still belongs to an earlier Pod of the name, with which it is about to go."""
    return any(
        reference["kind"] == Pod.name and reference["name"] == pod["metadata"]["name"]
        for claim in existing(api, statefulset, pod)
        for reference in claim["metadata"].get("ownerReferences") or ()
    )


def settle_owners(api: Client, statefulset: Object, pod: Object, *, condemned: bool) -> None:
    """Makes the claims of a Pod belong to whom they are to go with.

    Args:
        condemned: whether the Pod is one too many.
    """
    policy = statefulset["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    with_set = policy.get("whenDeleted") == "Delete"
    with_pod = policy.get("whenScaled") == "Delete" and condemned
    wanted = []
    if with_set and not with_pod:
        wanted.append(reference_to(statefulset, StatefulSet))
    if with_pod:
        wanted.append(reference_to(pod, Pod))
    for claim in existing(api, statefulset, pod):
        references = claim["metadata"].get("ownerReferences") or []
        others = [found for found in references if not _is_ours(found, statefulset, pod)]
        if others + wanted != references:
            patch = {"metadata": {"ownerReferences": (others + wanted) or None}}
            api.patch(PersistentVolumeClaim, Key(claim["metadata"]["namespace"], claim["metadata"]["name"]), patch)


def _is_ours(reference: Object, statefulset: Object, pod: Object) -> bool:
    owner = statefulset if reference["kind"] == StatefulSet.name else pod
    return reference["kind"] in (StatefulSet.name, Pod.name) and reference["name"] == owner["metadata"]["name"]
