"""The kinds that a CustomResourceDefinition defines, one for each version that it serves.

Source: k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_handler.go, pkg/registry/customresource,
pkg/controller/openapi/builder.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubelab.cluster.kinds.apiextensions import columns, pruning, validations
from kubelab.cluster.kinds.apiextensions.definition import is_established
from kubelab.cluster.kinds.apiextensions.values import child, invalid
from kubelab.cluster.kinds.apiextensions.valuevalidation import list_type_causes, value_causes
from kubelab.cluster.kinds.kind import Cause, Custom, Kind
from kubelab.cluster.objects import Object, is_being_deleted

Schema = dict[str, Any]
VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
TERMINATING = ("delete", "deletecollection", "get", "list", "watch")
BLOCKING = (
    "FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid"
)  # fmt: skip
UNCHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)
METADATA = {
    "$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
    "description": "Standard object's metadata. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
}
_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")


def kinds_of(crd: Object, described: Schema) -> list[Kind]:
    """Returns the kinds that a CRD has served, the preferred version first; none before it is established.

    Args:
        described: how the cluster's version describes the fields that every object has.
    """
    if not is_established(crd):
        return []
    versions = [version for version in crd["spec"]["versions"] if version.get("served")]
    versions.sort(key=lambda version: rank(version["name"]))
    return [_kind(crd, version, described) for version in versions]


def rank(version: str) -> tuple[int, int, int, str]:
    """Returns where a version stands: v2, v1, v1beta2, v1beta1, v1alpha1, then others by name.

    Source: kubernetes.io, tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning,
    "Version priority".
    """
    found = _VERSION.fullmatch(version)
    if found is None:
        return 3, 0, 0, version
    stage = {None: 0, "beta": 1, "alpha": 2}[found[2]]
    return stage, -int(found[1]), -int(found[3] or 0), ""


def _kind(crd: Object, version: Object, described: Schema) -> Kind:
    spec, called = crd["spec"], crd["status"]["acceptedNames"]
    schema = (version.get("schema") or {}).get("openAPIV3Schema") or {"type": "object", pruning.PRESERVE: True}
    parts = version.get("subresources") or {}
    stored = next(one["name"] for one in spec["versions"] if one.get("storage"))
    rules = _Rules(spec["group"], version, schema, called["kind"])
    api_version = f"{spec['group']}/{version['name']}"
    return Kind(
        group=spec["group"],
        version=version["name"],
        name=called["kind"],
        plural=called["plural"],
        namespaced=spec["scope"] == "Namespaced",
        singular=called.get("singular", ""),
        short_names=tuple(called.get("shortNames") or ()),
        categories=tuple(called.get("categories") or ()),
        subresources=tuple(name for name in ("scale", "status") if name in parts),
        verbs=TERMINATING if is_being_deleted(crd) else VERBS,
        storage=f"{spec['group']}/{called['plural']}",
        default=(lambda obj: pruning.defaulted(obj, schema)),
        prepare_create=rules.prepare_create,
        prepare_update=rules.prepare_update,
        validate=rules.creation_causes,
        validate_update=rules.update_causes,
        columns=columns.columns_of(version.get("additionalPrinterColumns")),
        row=columns.row_of(version.get("additionalPrinterColumns")),
        field_labels=tuple(one["jsonPath"].removeprefix(".") for one in version.get("selectableFields") or ()),
        custom=Custom(
            definition=_definition(schema, described, api_version, called["kind"]),
            decode=rules.decode,
            read=_reader(schema, api_version),
            storage_version=f"{spec['group']}/{stored}",
            list_name=called.get("listKind") or f"{called['kind']}List",
            scale=parts.get("scale"),
            deprecation=_deprecation(version, api_version, called["kind"]),
            converts=spec.get("conversion", {}).get("strategy") != "Webhook" or len(spec["versions"]) == 1,
        ),
    )


def _deprecation(version: Object, api_version: str, name: str) -> str:
    if not version.get("deprecated"):
        return ""
    return version.get("deprecationWarning") or f"{api_version} {name} is deprecated"


def _definition(schema: Schema, described: Schema, api_version: str, kind: str) -> Schema:
    """Returns a version's schema as OpenAPI tells it: with the fields that every object has."""
    group, _, version = api_version.partition("/")
    every = {"apiVersion": described["apiVersion"], "kind": described["kind"], "metadata": METADATA}
    properties = {**(schema.get("properties") or {}), **every}
    identity = [{"group": group, "version": version, "kind": kind}]
    return {**schema, "properties": properties, "x-kubernetes-group-version-kind": identity}


def _reader(schema: Schema, api_version: str) -> Callable[[Object], Object]:
    fills = pruning.has_defaults(schema)

    def read(obj: Object) -> Object:
        shown = obj if obj["apiVersion"] == api_version else {**obj, "apiVersion": api_version}
        if shown is not obj:
            shown = pruning.pruned(shown, schema, [], root=True)
        return pruning.defaulted(shown, schema) if fills else shown

    return read


class _Rules:
    """The rules of one version of a custom resource."""

    def __init__(self, group: str, version: Object, schema: Schema, kind: str) -> None:
        self._schema = schema
        self._kind = kind
        self._api_version = f"{group}/{version['name']}"
        self._has_status = "status" in (version.get("subresources") or {})
        self._scale = (version.get("subresources") or {}).get("scale")
        self._has_rules = validations.has_rules(schema)

    def decode(self, body: Object, unknown: list[str]) -> Object:
        """Returns a body with what its schema knows; paths of other fields join `unknown`."""
        found: Object = pruning.pruned(body, self._schema, unknown, root=True)
        return {**found, "apiVersion": self._api_version, "kind": self._kind}

    def prepare_create(self, obj: Object) -> Object:
        """Returns a new object; one with a status of its own begins without it."""
        if self._has_status:
            obj = {name: value for name, value in obj.items() if name != "status"}
        return {**obj, "metadata": {**obj["metadata"], "generation": 1}}

    def prepare_update(self, new: Object, old: Object) -> Object:
        """Returns an update; a status that is no subresource counts as what is desired."""
        if self._has_status or new.get("status") == old.get("status"):
            return new
        generation = (old["metadata"].get("generation") or 0) + 1
        return {**new, "metadata": {**new["metadata"], "generation": generation}}

    def creation_causes(self, obj: Object) -> list[Cause]:
        """Returns what is wrong with an object by its schema; rules that compare come with an update."""
        return self._causes(obj, None) if "resourceVersion" not in obj["metadata"] else []

    def update_causes(self, new: Object, old: Object) -> list[Cause]:
        """Returns what is wrong with an update."""
        return self._causes(new, old)

    def _causes(self, obj: Object, old: Object | None) -> list[Cause]:
        rest = {name: value for name, value in obj.items() if name != "metadata"}
        schema = {**self._schema, "required": [n for n in self._schema.get("required") or () if n != "metadata"]}
        wrong = value_causes(rest, schema)
        if old is not None and wrong:
            before = {(cause.field, cause.message) for cause in value_causes(old, schema)}
            wrong = [cause for cause in wrong if (cause.field, cause.message) not in before]
        wrong += self._scale_causes(obj)
        if old is None or not list_type_causes(old, self._schema):
            wrong += list_type_causes(obj, self._schema)
        if not self._has_rules:
            return wrong
        if any(cause.reason in BLOCKING for cause in wrong):
            return [*wrong, invalid("", None, UNCHECKED)]
        return wrong + validations.rules_causes(self._visible(obj), self._visible(old), self._schema, root=True)

    def _visible(self, obj: Object | None) -> Object | None:
        """Rules see no more of the metadata than the names."""
        if obj is None:
            return None
        shown = {name: value for name, value in obj["metadata"].items() if name in ("name", "generateName")}
        return {**obj, "metadata": shown}

    def _scale_causes(self, obj: Object) -> list[Cause]:
        if self._scale is None:
            return []
        wrong = []
        for name in ("specReplicasPath", "statusReplicasPath"):
            value = columns.first_at(obj, self._scale[name])
            if isinstance(value, int) and value < 0:
                wrong.append(invalid(child("", self._scale[name]), value, "should be a non-negative integer"))
        return wrong
