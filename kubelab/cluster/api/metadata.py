"""What the server does to any object's metadata: names, uids, generations, deletion.

Source: k8s.io/apiserver/pkg/registry/rest and pkg/registry/generic/registry/store.go.
"""

from __future__ import annotations

from kubelab.cluster.api.errors import BadRequest
from kubelab.cluster.api.request import Request
from kubelab.cluster.clock import Clock
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
        prefix = metadata["generateName"][:MOST_GENERATED]
        metadata["name"] = prefix + random.suffix(revision, prefix)
    if namespace:
        metadata["namespace"] = namespace
    metadata["uid"] = random.uid(revision)
    metadata["creationTimestamp"] = clock.timestamp()
    return {**obj, "metadata": metadata}


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
