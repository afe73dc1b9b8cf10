"""What the server does to any object's metadata: names, uids, generations, deletion.

Source: k8s.io/apiserver/pkg/registry/rest and pkg/registry/generic/registry/store.go.
"""

from __future__ import annotations

from kubelab.cluster.api.errors import MODIFIED, BadRequest, conflict
from kubelab.cluster.api.request import Request
from kubelab.cluster.clock import Clock
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.randomness import Randomness

MOST_GENERATED = 63 - 5  # a generated name is cut to leave room for its suffix


def created(obj: Object, namespace: str, revision: int, clock: Clock, random: Randomness) -> Object:
    """Returns a new object with what creation gives it: name, uid, creationTimestamp.

    Args:
        revision: the revision that the creation will have; chance is drawn from it.
    """
    metadata = dict(obj.get("metadata") or {})
    for field in ("resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"):
        metadata.pop(field, None)
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = generated(metadata["generateName"], revision, random)
    if namespace:
        metadata["namespace"] = namespace
    metadata["uid"] = random.uid(revision)
    metadata["creationTimestamp"] = clock.timestamp()
    return {**obj, "metadata": metadata}


def without_generation(obj: Object) -> Object:
    """Returns an object that counts no generations, as Pods did not before 1.33 (KEP-5067)."""
    return {**obj, "metadata": {name: value for name, value in obj["metadata"].items() if name != "generation"}}


def generated(prefix: str, revision: int, random: Randomness) -> str:
    """Returns the name that an object gets at a revision, from its generateName."""
    prefix = prefix[:MOST_GENERATED]
    return prefix + random.suffix(revision, prefix)


def check_namespace(request: Request, obj: Object) -> None:
    """Lets an object pass whose namespace is the one that it is created in.

    Raises:
        BadRequest: it names another.
    """
    if request.kind.namespaced and obj["metadata"].get("namespace") not in (None, "", request.namespace):
        raise BadRequest("the namespace of the provided object does not match the namespace sent on the request")


def named_as_asked(request: Request, obj: Object) -> Object:
    """Returns the body of an update with the name and the namespace that the URL says.

    Raises:
        BadRequest: if it says another one.
    """
    given, key = obj["metadata"], request.key
    if given.get("name", key.name) != key.name:
        raise BadRequest(f"the name of the object ({given['name']}) does not match the name on the URL ({key.name})")
    if key.namespace and given.get("namespace", key.namespace) != key.namespace:
        raise BadRequest(
            f"the namespace of the object ({given['namespace']}) does not match "
            f"the namespace on the request ({key.namespace})"
        )
    place = {"namespace": key.namespace} if key.namespace else {}
    return {**obj, "metadata": {**given, "name": key.name, **place}}


def updated(new: Object, old: Object) -> Object:
    """Returns an update with the metadata that no update changes taken from what stands."""
    metadata = dict(new.get("metadata") or {})
    standing = old["metadata"]
    for field in (
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generateName",
        "generation",
    ):
        if field in standing:
            metadata[field] = standing[field]
        elif field in metadata:
            del metadata[field]
    metadata["name"] = standing["name"]
    if "namespace" in standing:
        metadata["namespace"] = standing["namespace"]
    for field in ("labels", "annotations", "finalizers", "ownerReferences"):
        if field in metadata and not metadata[field]:
            del metadata[field]
    return {**new, "metadata": metadata}


def of_status(new: Object, old: Object) -> Object:
    """Returns the metadata of a status write: annotations and labels may come with it, as in life, nothing else."""
    if old["metadata"] is new["metadata"]:
        unchanged: Object = old["metadata"]  # most come with the status alone
        return unchanged
    brought = updated(new, old)["metadata"]
    kept = {field: brought[field] for field in ("annotations", "finalizers") if field in brought}
    return {**old["metadata"], **kept}


def revision_of(obj: Object) -> Object:
    """Returns the part of a body's metadata that says which state of the object it knows."""
    revision = (obj.get("metadata") or {}).get("resourceVersion")
    return {"resourceVersion": revision} if revision else {}


def bumped(new: Object, old: Object) -> Object:
    """Returns an update with its generation raised if what is desired changed."""
    before, after = old["metadata"].get("generation"), new["metadata"]
    if before is None or _desired(new) == _desired(old):
        return new
    return {**new, "metadata": {**after, "generation": before + 1}}


def _desired(obj: Object) -> Object:
    return {field: value for field, value in obj.items() if field not in ("metadata", "status")}


def same_but_for_revision(new: Object, old: Object) -> bool:
    """Tells whether an update changes nothing, so that it is not stored (the server's short-circuit)."""
    if new.keys() != old.keys() or any(new[field] != old[field] for field in new if field != "metadata"):
        return False
    return _plain(new["metadata"]) == _plain(old["metadata"])


def _plain(metadata: Object) -> Object:
    return {field: value for field, value in metadata.items() if field not in ("resourceVersion", "managedFields")}


def confirm(kind: Kind, obj: Object, old: Object) -> None:
    """Lets an update pass that is meant for what is there.

    Raises:
        Conflict: it is meant for an older object, or another one.
    """
    revision, uid = obj["metadata"].get("resourceVersion"), obj["metadata"].get("uid")
    if revision and revision != old["metadata"]["resourceVersion"]:
        raise conflict(kind, obj["metadata"]["name"], MODIFIED)
    if uid and uid != old["metadata"]["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old['metadata']['uid']}"
        raise conflict(kind, obj["metadata"]["name"], why)
