"""How claims and volumes are bound: the annotations that tell of it, and which volume suits a claim.

Source: k8s.io/component-helpers/storage/volume/pv_helpers.go; pkg/controller/volume/persistentvolume/index.go;
kubernetes.io, concepts/storage/persistent-volumes (binding).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubelab.cluster.kinds import CSIStorageCapacity, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass
from kubelab.cluster.kinds.storage import class_name, newest_default
from kubelab.cluster.nodes import matches_term
from kubelab.cluster.objects import Key, Object, annotations_of, is_being_deleted, key_of, labels_of
from kubelab.cluster.quantity import parse
from kubelab.cluster.selectors import from_label_selector
from kubelab.cluster.store import Store

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
OLD_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
WAITS = "WaitForFirstConsumer"
YES = "yes"

BY_CLASS, BY_CLAIM, BY_USER = "class", "claim", "uses"


def index_volumes(store: Store) -> None:
    """Keeps volumes that no claim has findable by class, and the others by the claim that they name."""
    if BY_CLASS in store.table(PersistentVolume.prefix).indexes:
        return
    store.add_index(PersistentVolume.prefix, BY_CLASS, lambda volume: () if claim_of(volume) else (class_name(volume),))
    store.add_index(PersistentVolume.prefix, BY_CLAIM, _claims)


def index_pods(store: Store) -> None:
    """Keeps Pods findable by the claims that they use; not before the first claim, so that others pay nothing."""
    if BY_USER not in store.table(Pod.prefix).indexes:
        store.add_index(Pod.prefix, BY_USER, lambda pod: tuple(map(str, claims_of(pod))), lambda pod: pod["spec"])


def _claims(volume: Object) -> Sequence[str]:
    key = claim_of(volume)
    return (str(key),) if key else ()


def claim_of(volume: Object) -> Key | None:
    """Returns the claim that a volume is bound to or kept for."""
    reference = volume["spec"].get("claimRef")
    return Key(reference.get("namespace", ""), reference.get("name", "")) if reference else None


def claims_of(pod: Object) -> list[Key]:
    """Returns the claims that a Pod's volumes name, those of its ephemeral volumes among them."""
    metadata, found = pod["metadata"], []
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            found.append(Key(metadata["namespace"], volume["persistentVolumeClaim"].get("claimName", "")))
        elif "ephemeral" in volume:
            found.append(Key(metadata["namespace"], f"{metadata['name']}-{volume['name']}"))
    return found


def users_of(store: Store, claim: Key) -> list[Object]:
    """Returns the Pods that name a claim, in the order of their names."""
    index_pods(store)
    return store.indexed(Pod.prefix, BY_USER, str(claim))


def has_ended(pod: Object) -> bool:
    """Tells whether nothing of a Pod runs any more (volumeutil.IsPodTerminated)."""
    status = pod.get("status") or {}
    if status.get("phase") in ("Succeeded", "Failed"):
        return True
    return is_being_deleted(pod) and not any(
        "running" in each.get("state", {}) or "waiting" in each.get("state", {})
        for each in status.get("containerStatuses") or ()
    )


def is_bound_to(volume: Object, claim: Object) -> bool:
    """Tells whether a volume names a claim: by name, and by uid where it has one already."""
    reference = volume["spec"].get("claimRef")
    if reference is None or Key(reference.get("namespace", ""), reference.get("name", "")) != key_of(claim):
        return False
    return not reference.get("uid") or bool(reference["uid"] == claim["metadata"]["uid"])


def is_bound(claim: Object) -> bool:
    """Tells whether a claim's binding is complete."""
    return bool(claim["spec"].get("volumeName")) and BIND_COMPLETED in annotations_of(claim)


def requested(claim: Object) -> str:
    """Returns how much a claim asks for."""
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def requested_bytes(claim: Object) -> int:
    """Returns how many bytes a claim asks for."""
    return int(parse(requested(claim)))


def capacity(volume: Object) -> str:
    """Returns how much a volume holds."""
    return str((volume["spec"].get("capacity") or {}).get("storage", "0"))


def mode(obj: Object) -> str:
    """Returns the volume mode of a claim or a volume."""
    return str(obj["spec"].get("volumeMode") or "Filesystem")


def has_modes(volume: Object, claim: Object) -> bool:
    """Tells whether a volume offers all access modes that a claim asks for."""
    return set(claim["spec"].get("accessModes") or ()) <= set(volume["spec"].get("accessModes") or ())


def class_of(store: Store, claim: Object) -> Object | None:
    """Returns the StorageClass that a claim names, None where there is none of that name."""
    name = class_name(claim)
    return store.get(StorageClass.path(Key("", name))) if name else None


def is_delayed(store: Store, claim: Object) -> bool:
    """Tells whether a claim is bound only when a Pod that uses it has a node."""
    found = class_of(store, claim)
    return found is not None and found.get("volumeBindingMode") == WAITS


def default_class(store: Store) -> Object | None:
    """Returns the default StorageClass."""
    return newest_default(store.table(StorageClass.prefix).rows.values())


def mismatch(volume: Object, claim: Object) -> str:
    """Returns why a volume that a claim asks for by name does not suit it, "" if it does."""
    if is_being_deleted(volume):
        return f'the volume is marked for deletion "{volume["metadata"]["name"]}"'
    if parse(capacity(volume)) < parse(requested(claim)):
        return "requested PV is too small"
    if class_name(volume) != class_name(claim):
        return "storageClassName does not match"
    if mode(volume) != mode(claim):
        return "incompatible volumeMode"
    if not has_modes(volume, claim):
        return "incompatible accessMode"
    return ""


def reaches(volume: Object, node: Object) -> bool:
    """Tells whether a node may use a volume (spec.nodeAffinity)."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return required is None or any(matches_term(term, node) for term in required.get("nodeSelectorTerms") or ())


def is_allowed(storageclass: Object, node: Object) -> bool:
    """Tells whether a class lets volumes be made where a node is (allowedTopologies)."""
    terms = storageclass.get("allowedTopologies") or ()
    labels = labels_of(node)
    return not terms or any(
        all(labels.get(each["key"]) in each["values"] for each in term.get("matchLabelExpressions") or ())
        for term in terms
    )


def has_room(store: Store, claim: Object, node: Object) -> bool:
    """Tells whether a driver reports enough free room for a claim where a node is (KEP-1472)."""
    return any(
        capacity["storageClassName"] == class_name(claim)
        and from_label_selector(capacity.get("nodeTopology")).matches(labels_of(node))
        and parse(capacity.get("maximumVolumeSize") or capacity.get("capacity") or "0") >= parse(requested(claim))
        for capacity in store.table(CSIStorageCapacity.prefix).rows.values()
        if capacity.get("nodeTopology") is not None
    )


def best_match(store: Store, claim: Object, *, delayed: bool) -> Object | None:
    """Returns the volume that the controller binds a claim to: kept for it, or the smallest that suits it.

    Volumes with fewer access modes come first, whatever their size.

    Args:
        delayed: whether a volume that is not kept for the claim has to wait for its first user.
    """
    index_volumes(store)
    kept = store.indexed(PersistentVolume.prefix, BY_CLAIM, str(key_of(claim)))
    for volume in kept:
        if is_bound_to(volume, claim) and has_modes(volume, claim) and _fits(volume, claim):
            return volume
    if delayed:
        return None
    free = [volume for volume in free_volumes(store, claim) if has_modes(volume, claim)]
    return min(free, key=lambda volume: (len(volume["spec"]["accessModes"]), *_rank(volume)), default=None)


def free_volumes(store: Store, claim: Object) -> list[Object]:
    """Returns the volumes that nobody has and that suit a claim but for their access modes and nodes."""
    index_volumes(store)
    selector = from_label_selector(claim["spec"]["selector"]) if claim["spec"].get("selector") else None
    return [
        volume
        for volume in store.indexed(PersistentVolume.prefix, BY_CLASS, class_name(claim))
        if (volume.get("status") or {}).get("phase") == "Available"
        and _fits(volume, claim)
        and (selector is None or selector.matches(labels_of(volume)))
    ]


def best_on_node(store: Store, claim: Object, node: Object, taken: Iterable[str]) -> Object | None:
    """Returns the smallest volume that suits a claim on a node, as the scheduler looks for it.

    Args:
        taken: names of volumes that other claims of the same Pod get.
    """
    index_volumes(store)
    for volume in store.indexed(PersistentVolume.prefix, BY_CLAIM, str(key_of(claim))):
        if is_bound_to(volume, claim) and _fits(volume, claim):
            return volume if reaches(volume, node) else None
    free = [
        volume
        for volume in free_volumes(store, claim)
        if volume["metadata"]["name"] not in taken and reaches(volume, node) and has_modes(volume, claim)
    ]
    return min(free, key=_rank, default=None)


def _fits(volume: Object, claim: Object) -> bool:
    large_enough = parse(capacity(volume)) >= parse(requested(claim))
    return large_enough and mode(volume) == mode(claim) and not is_being_deleted(volume)


def _rank(volume: Object) -> tuple[object, ...]:
    return parse(capacity(volume)), volume["metadata"]["name"]


def reference_to(claim: Object) -> Object:
    """Returns what a volume says of the claim that it is bound to."""
    metadata = claim["metadata"]
    return {
        "apiVersion": PersistentVolumeClaim.api_version,
        "kind": PersistentVolumeClaim.name,
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "resourceVersion": metadata["resourceVersion"],
        "uid": metadata["uid"],
    }
