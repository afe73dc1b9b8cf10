"""What an expression may speak of: variables with their types, the fields of objects, and a version's functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kubelab.cluster.expressions.macros import Known
from kubelab.cluster.expressions.signatures import ANY, AUTHORIZER, Overload, overloads_of
from kubelab.cluster.expressions.types import (
    BOOL,
    DYN,
    NAMES,
    STRING,
    Type,
    list_of,
    map_of,
    object_of,
    opaque,
    type_of,
)

CONSTRUCTED = "Object"  # what mutating policies construct: Object, Object.spec, Object.spec.containers ...
PATCH = "JSONPatch"
Fields = Mapping[str, Type]
OPTIONALS_SINCE, PAIRS_SINCE = 28, 32

STRINGS = map_of(STRING, STRING)
_META = {
    **dict.fromkeys(("name", "generateName", "namespace", "UID", "resourceVersion", "selfLink"), STRING),
    "labels": STRINGS, "annotations": STRINGS, "creationTimestamp": NAMES["timestamp"],
    "deletionTimestamp": NAMES["timestamp"], "deletionGracePeriodSeconds": NAMES["int"], "generation": NAMES["int"],
    "finalizers": list_of(STRING),
}  # fmt: skip
REQUEST: dict[str, Fields] = {
    "kubernetes.GroupVersionKind": dict.fromkeys(("group", "version", "kind"), STRING),
    "kubernetes.GroupVersionResource": dict.fromkeys(("group", "version", "resource"), STRING),
    "kubernetes.UserInfo": {
        "username": STRING, "uid": STRING, "groups": list_of(STRING), "extra": map_of(STRING, list_of(STRING))
    },
    "kubernetes.AdmissionRequest": {
        "kind": object_of("kubernetes.GroupVersionKind"), "resource": object_of("kubernetes.GroupVersionResource"),
        "subResource": STRING, "requestKind": object_of("kubernetes.GroupVersionKind"),
        "requestResource": object_of("kubernetes.GroupVersionResource"), "requestSubResource": STRING, "name": STRING,
        "namespace": STRING, "operation": STRING, "userInfo": object_of("kubernetes.UserInfo"), "dryRun": BOOL,
        "options": DYN,
    },
    "kubernetes.NamespaceMeta": _META,
    "kubernetes.NamespaceSpec": {"finalizers": list_of(STRING)},
    "kubernetes.NamespaceStatus": {"phase": STRING},
    "kubernetes.Namespace": {
        "metadata": object_of("kubernetes.NamespaceMeta"), "spec": object_of("kubernetes.NamespaceSpec"),
        "status": object_of("kubernetes.NamespaceStatus"),
    },
}  # fmt: skip
PATCH_FIELDS: Fields = {"op": STRING, "path": STRING, "from": STRING, "value": DYN}


@dataclass(frozen=True)
class Environment:
    """What an expression may speak of.

    Args:
        minor: the cluster's minor version; ANY for what is stored already.
        variables: their types by their names.
        objects: the fields of object types by these types' names.
        changes: whether the expression is a mutating policy's, which constructs objects and patches.
    """

    minor: int = ANY
    variables: Mapping[str, Type] = field(default_factory=dict)
    objects: Mapping[str, Fields] = field(default_factory=dict)
    changes: bool = False

    @property
    def known(self) -> Known:
        """The macros that there are."""
        return Known(optionals=self.minor > OPTIONALS_SINCE, two_variables=self.minor > PAIRS_SINCE)

    def overloads(self, function: str) -> tuple[Overload, ...]:
        """Returns the ways to call a function; none where there is no such function."""
        return overloads_of(self.minor, patches=self.changes).get(function, ())

    def type_of_name(self, name: str) -> Type | None:
        """Returns the type of a variable or of a type's name; None where it stands for nothing."""
        if name in self.variables:
            return self.variables[name]
        return type_of(NAMES[name]) if name in NAMES else None

    def field(self, kind: Type, name: str) -> Type | None:
        """Returns the type of an object's field; None where it has no such field."""
        if self.constructs(kind.name):
            return PATCH_FIELDS.get(name) if kind.name == PATCH else DYN
        return self.objects.get(kind.name, {}).get(name)

    def constructs(self, name: str) -> bool:
        """Tells whether objects of a type can be constructed."""
        return self.changes and (name in (PATCH, CONSTRUCTED) or name.startswith(f"{CONSTRUCTED}."))


def admission(minor: int, *, params: bool, authorizer: bool = True, changes: bool = False) -> Environment:
    """Returns what the expressions of policies and webhooks may speak of.

    Source: k8s.io/apiserver/pkg/admission/plugin/cel/compile.go.
    """
    variables = {
        "object": DYN, "oldObject": DYN, "request": object_of("kubernetes.AdmissionRequest"),
        "namespaceObject": object_of("kubernetes.Namespace"),
    }  # fmt: skip
    if params:
        variables["params"] = DYN
    if authorizer:
        variables |= {"authorizer": opaque(AUTHORIZER), "authorizer.requestResource": opaque(RESOURCE_CHECK)}
    return Environment(minor, variables, REQUEST, changes)


RESOURCE_CHECK = "kubernetes.authorization.ResourceCheck"
