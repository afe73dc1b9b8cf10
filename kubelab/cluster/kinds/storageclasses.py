"""StorageClass: what is true of it where it says nothing, and what it may not say.

Source: pkg/apis/storage/v1/defaults.go, pkg/apis/storage/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kubelab.cluster.kinds.causes import duplicate, forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import qualified_name
from kubelab.cluster.objects import Object

POLICIES = ("Delete", "Retain")
BINDING = ("Immediate", "WaitForFirstConsumer")
MOST_PARAMETERS, MOST_BYTES = 512, 256 * 1024


def default_class(storageclass: Object) -> Object:
    """Returns a StorageClass with its defaults."""
    return {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate", **storageclass}


def validate_class(storageclass: Object) -> list[Cause]:
    """Returns what is wrong with a StorageClass."""
    causes = []
    if not storageclass.get("provisioner"):
        causes.append(required("provisioner", str(storageclass.get("provisioner", ""))))
    else:
        wrong = qualified_name(storageclass["provisioner"].lower())
        causes += [invalid("provisioner", storageclass["provisioner"], each) for each in wrong]
    parameters = storageclass.get("parameters") or {}
    if len(parameters) > MOST_PARAMETERS:
        causes.append(Cause("FieldValueTooLong", f"Too long: must have at most {MOST_PARAMETERS} items", "parameters"))
    if "" in parameters:
        causes.append(invalid("parameters", "", "field can not be empty."))
    if sum(len(name) + len(value) for name, value in parameters.items()) > MOST_BYTES:
        causes.append(Cause("FieldValueTooLong", f"Too long: may not be more than {MOST_BYTES} bytes", "parameters"))
    if storageclass["reclaimPolicy"] not in POLICIES:
        causes.append(unsupported("reclaimPolicy", storageclass["reclaimPolicy"], POLICIES))
    if storageclass["volumeBindingMode"] not in BINDING:
        causes.append(unsupported("volumeBindingMode", storageclass["volumeBindingMode"], BINDING))
    return [*causes, *_topology_causes(storageclass.get("allowedTopologies") or ())]


def _topology_causes(terms: Sequence[Object]) -> Iterator[Cause]:
    """Yields what is wrong with where volumes may be (ValidateTopologySelectorTerm)."""
    for place, term in enumerate(terms):
        known: set[str] = set()
        for at, expression in enumerate(term.get("matchLabelExpressions") or ()):
            path = f"allowedTopologies[{place}].matchLabelExpressions[{at}]"
            values, key = expression.get("values") or (), expression.get("key", "")
            if not values:
                yield required(f"{path}.values")
            for number, value in enumerate(values):
                if value in values[:number]:
                    yield duplicate(f"{path}.values[{number}]", value)
            for wrong in qualified_name(key):
                yield invalid(f"{path}.key", key, wrong)
            if key in known:
                yield duplicate(f"{path}.key", key)
            known.add(key)


def validate_class_update(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of a StorageClass may not change: how volumes are made of it."""
    causes = [
        forbidden(field, f"updates to {field} are forbidden.")
        for field in ("parameters", "provisioner", "reclaimPolicy")
        if (new.get(field) or None) != (old.get(field) or None)
    ]
    if new.get("volumeBindingMode") != old.get("volumeBindingMode"):
        causes.append(invalid("volumeBindingMode", new.get("volumeBindingMode"), "field is immutable"))
    return causes


RULES: dict[str, dict[str, Any]] = {
    "StorageClass": {
        "default": default_class,
        "validate": validate_class,
        "validate_update": validate_class_update,
    },
}
