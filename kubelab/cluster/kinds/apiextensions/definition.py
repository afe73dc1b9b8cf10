"""CustomResourceDefinition: its defaults, what may be wrong with it, and what happens as it is stored.

Source: k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1/defaults.go, pkg/apis/apiextensions/validation,
pkg/registry/customresourcedefinition.
"""

from __future__ import annotations

import json
from typing import Any

from kubelab.cluster.conditions import with_condition
from kubelab.cluster.kinds import names
from kubelab.cluster.kinds.apiextensions.columns import PathError, steps_of
from kubelab.cluster.kinds.apiextensions.rules import rule_causes, texts_of
from kubelab.cluster.kinds.apiextensions.structural import schema_causes
from kubelab.cluster.kinds.apiextensions.values import forbidden, invalid, item, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.objects import Object, is_being_deleted

FINALIZER = "customresourcecleanup.apiextensions.k8s.io"
APPROVAL = "api-approved.kubernetes.io"
SCOPES = ("Cluster", "Namespaced")
LOST = (
    "missing from spec.versions; {0} was previously a storage version, and must remain in spec.versions until a "
    "storage migration ensures no data remains persisted in {0} and removes {0} from status.storedVersions"
)
COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
SELECTABLE = ("boolean", "integer", "string")


def default(crd: Object) -> Object:
    """Returns a CRD with its defaults: the names that follow from others, and no conversion."""
    spec = crd.get("spec") or {}
    called = dict(spec.get("names") or {})
    if not called.get("singular") and called.get("kind"):
        called["singular"] = called["kind"].lower()
    if not called.get("listKind") and called.get("kind"):
        called["listKind"] = called["kind"] + "List"
    conversion = spec.get("conversion") or {"strategy": "None"}
    return {**crd, "spec": {**spec, "names": called, "conversion": conversion}}


def prepare_create(crd: Object) -> Object:
    """Returns a new CRD: nothing of it is accepted yet."""
    status = {"acceptedNames": {"kind": "", "plural": ""}, "conditions": None, "storedVersions": _stored(crd, [])}
    return {**crd, "metadata": {**crd["metadata"], "generation": 1}, "status": status}


def prepare_update(new: Object, old: Object) -> Object:
    """Returns an update, whose storage version joins those that were ever stored."""
    status = new.get("status") or {}
    stored = _stored(new, status.get("storedVersions") or [])
    return new if stored == status.get("storedVersions") else {**new, "status": {**status, "storedVersions": stored}}


def prepare_delete(crd: Object, now: str) -> Object:
    """Returns a CRD whose deletion begins: its objects go first."""
    if is_being_deleted(crd):
        return crd
    finalizers = list(crd["metadata"].get("finalizers") or ())
    if FINALIZER not in finalizers:
        finalizers.append(FINALIZER)
    why = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"
    status = with_condition(crd.get("status") or {}, "Terminating", "True", "InstanceDeletionPending", why, now)
    return {**crd, "metadata": {**crd["metadata"], "finalizers": finalizers}, "status": status}


def _stored(crd: Object, before: list[str]) -> list[str]:
    named = [version["name"] for version in crd["spec"].get("versions") or () if version.get("storage")]
    return [*before, *(name for name in named if name not in before)]


# what is wrong


def causes(crd: Object, old: Object | None, minor: int) -> list[Cause]:
    """Returns what is wrong with a CRD.

    Args:
        old: what it was before.
        minor: the cluster's minor version.
    """
    if old is not None and crd["spec"] == old["spec"] and crd["metadata"] == old["metadata"]:
        return []  # what is stored was checked when it came
    spec, group = crd["spec"], crd["spec"].get("group", "")
    called = spec.get("names") or {}
    wrong = []
    if crd["metadata"]["name"] != f"{called.get('plural', '')}.{group}":
        wrong.append(invalid("metadata.name", crd["metadata"]["name"], 'must be spec.names.plural+"."+spec.group'))
    wrong += _group_causes(group, crd)
    if not spec.get("scope"):
        wrong.append(required("spec.scope"))
    elif spec["scope"] not in SCOPES:
        wrong.append(unsupported("spec.scope", spec["scope"], list(SCOPES)))
    versions = spec.get("versions") or []
    wrong += _versions_causes(versions)
    paths, stored = _paths(versions), _expressions(old)
    for place, version in enumerate(versions):
        named = names.dns1035_label(version["name"])
        wrong += [invalid(item("spec.versions", place) + ".name", version["name"], why) for why in named]
        wrong += _version_causes(
            _own(version, paths) if place else version, item("spec.versions", place), paths, minor, stored
        )
    return wrong + _names_causes(called) + _conversion_causes(spec)


def _group_causes(group: str, crd: Object) -> list[Cause]:
    if not group:
        return [required("spec.group")]
    wrong = names.dns_subdomain(group)
    if wrong:
        return [invalid("spec.group", group, ",".join(wrong))]
    if "." not in group:
        return [invalid("spec.group", group, "should be a domain with at least one dot")]
    if group.endswith((".k8s.io", ".kubernetes.io")) or group in ("k8s.io", "kubernetes.io"):
        approved = (crd["metadata"].get("annotations") or {}).get(APPROVAL, "")
        if not approved:
            why = 'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111'
            return [required(f"metadata.annotations[{APPROVAL}]", why)]
    return []


def _versions_causes(versions: list[Object]) -> list[Cause]:
    wrong, called = [], [version.get("name", "") for version in versions]
    if len(set(called)) != len(called):
        wrong.append(_versions(versions, "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        wrong.append(_versions(versions, "must have exactly one version marked as storage version"))
    return wrong


def _versions(versions: list[Object], why: str) -> Cause:
    shown = json.dumps(versions, separators=(",", ":"))
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {why}", "spec.versions")


# Where the server keeps what all versions say alike: at the top, in the internal form that it checks.
_SHARED = {
    "schema": "spec.validation", "subresources": "spec.subresources",
    "additionalPrinterColumns": "spec.additionalPrinterColumns", "selectableFields": "spec.selectableFields",
}  # fmt: skip


def _paths(versions: list[Object]) -> dict[str, str]:
    """Returns where parts stand that are the same in all versions (apiextensions/v1/conversion.go)."""
    return {
        name: path
        for name, path in _SHARED.items()
        if versions and all(version.get(name) == versions[0].get(name) for version in versions)
    }


def _expressions(crd: Object | None) -> frozenset[str]:
    """Returns the expressions that a CRD has already."""
    versions = crd["spec"].get("versions") or () if crd is not None else ()
    return frozenset().union(*(texts_of(_schema(version) or {}) for version in versions))


def _schema(version: Object) -> Object | None:
    found: Object | None = (version.get("schema") or {}).get("openAPIV3Schema")
    return found


def _own(version: Object, shared: dict[str, str]) -> Object:
    """Returns a later version without what the first says as well, which is checked once."""
    rest = {name: value for name, value in version.items() if name not in shared}
    return rest if "schema" not in shared else {**rest, "schema": {"openAPIV3Schema": {"type": "object"}}}


def _version_causes(
    version: Object, path: str, shared: dict[str, str], minor: int, stored: frozenset[str]
) -> list[Cause]:
    wrong, at = [], {name: shared.get(name, f"{path}.{name}") for name in _SHARED}
    schema = _schema(version)
    if schema is None:
        wrong.append(required(f"{path}.schema.openAPIV3Schema", "schemas are required"))
    else:
        where = f"{at['schema']}.openAPIV3Schema"
        found = schema_causes(schema, where)
        wrong += found or rule_causes(schema, where, minor, stored)
    for place, column in enumerate(version.get("additionalPrinterColumns") or ()):
        wrong += _column_causes(column, item(at["additionalPrinterColumns"], place))
    for place, field in enumerate(version.get("selectableFields") or ()):
        wrong += _selectable_causes(field["jsonPath"], schema or {}, item(at["selectableFields"], place))
    scale = (version.get("subresources") or {}).get("scale")
    if scale is not None:
        wrong += _scale_causes(scale, f"{at['subresources']}.scale")
    if version.get("deprecationWarning") is not None and not version.get("deprecated"):
        why = "can only be set for deprecated versions"
        wrong.append(invalid(f"{path}.deprecationWarning", version["deprecationWarning"], why))
    return wrong


def _column_causes(column: Object, path: str) -> list[Cause]:
    wrong = [required(f"{path}.{name}") for name in ("name", "type", "jsonPath") if not column.get(name)]
    if column.get("type") and column["type"] not in COLUMN_TYPES:
        wrong.append(unsupported(f"{path}.type", column["type"], list(COLUMN_TYPES)))
    if column.get("format") and column["format"] not in COLUMN_FORMATS:
        wrong.append(unsupported(f"{path}.format", column["format"], list(COLUMN_FORMATS)))
    text = column.get("jsonPath", "")
    if text and not _is_simple(text):
        why = "must be a simple json path starting with ."
        wrong.append(invalid(f"{path}.jsonPath", text, why))
    return wrong


def _is_simple(path: str) -> bool:
    try:
        return path.startswith((".", "[")) and steps_of(path) is not None
    except PathError:
        return False


def _selectable_causes(text: str, schema: Object, path: str) -> list[Cause]:
    inner: Any = schema
    for name in text.removeprefix(".").split("."):
        inner = (inner.get("properties") or {}).get(name) if isinstance(inner, dict) else None
    if not text.startswith(".") or inner is None:
        return [invalid(f"{path}.jsonPath", text, "is an invalid path: does not refer to a valid field")]
    if inner.get("type") not in SELECTABLE:
        why = (
            "must point to a field of type string, boolean or integer. "
            "Enum string fields and strings with formats are allowed."
        )
        return [invalid(f"{path}.jsonPath", text, why)]
    return []


def _scale_causes(scale: Object, path: str) -> list[Cause]:
    wrong = []
    for name, start in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")):
        text = scale.get(name, "")
        if not text:
            wrong.append(required(f"{path}.{name}"))
        elif not text.startswith(start) or not _is_simple(text):
            what = ".spec" if start == ".spec." else ".status"
            wrong.append(invalid(f"{path}.{name}", text, f"should be a json path under {what}"))
    selector = scale.get("labelSelectorPath")
    if selector and not selector.startswith((".spec.", ".status.")):
        wrong.append(
            invalid(f"{path}.labelSelectorPath", selector, "should be a json path under either .spec or .status")
        )
    return wrong


def _names_causes(called: Object) -> list[Cause]:
    wrong = [
        required(f"spec.names.{name}") for name in ("plural", "singular", "kind", "listKind") if not called.get(name)
    ]
    for name in ("plural", "singular"):
        why = names.dns1035_label(called.get(name) or "a")
        wrong += [invalid(f"spec.names.{name}", called[name], ",".join(why))] if why else []
    for name in ("kind", "listKind"):
        why = names.dns1035_label((called.get(name) or "a").lower())
        if why:
            detail = "may have mixed case, but should otherwise match: " + ",".join(why)
            wrong.append(invalid(f"spec.names.{name}", called[name], detail))
    for field in ("shortNames", "categories"):
        for place, name in enumerate(called.get(field) or ()):
            why = names.dns1035_label(name)
            wrong += [invalid(item(f"spec.names.{field}", place), name, ",".join(why))] if why else []
    if called.get("kind") and called.get("kind") == called.get("listKind"):
        wrong.append(invalid("spec.names.listKind", called["listKind"], "kind and listKind may not be the same"))
    return wrong


def _conversion_causes(spec: Object) -> list[Cause]:
    conversion = spec["conversion"]
    strategy = conversion.get("strategy", "")
    if strategy not in ("None", "Webhook"):
        return [unsupported("spec.conversion.strategy", strategy, ["None", "Webhook"])]
    if strategy == "None" and conversion.get("webhook"):
        return [forbidden("spec.conversion.webhook", "should not be set when strategy is not set to Webhook")]
    if strategy == "Webhook" and not (conversion.get("webhook") or {}).get("clientConfig"):
        return [required("spec.conversion.webhook.clientConfig", "required when strategy is set to Webhook")]
    if spec.get("preserveUnknownFields"):
        why = "must be false"
        return [invalid("spec.preserveUnknownFields", True, why)]
    return []


def update_causes(new: Object, old: Object) -> list[Cause]:
    """Returns what an update of a CRD may not change, once its names are established."""
    wrong = []
    fields = [("group",), ("names", "plural")]
    if is_established(old):
        fields = [("scope",), ("names", "kind"), *fields]
    for path in fields:
        before, after = _at(old["spec"], path), _at(new["spec"], path)
        if before != after:
            wrong.append(invalid(f"spec.{'.'.join(path)}", after, "field is immutable"))
    called = [version["name"] for version in new["spec"].get("versions") or ()]
    for place, name in enumerate((new.get("status") or {}).get("storedVersions") or ()):
        if name not in called:
            wrong.append(invalid(item("status.storedVersions", place), name, LOST.format(name)))
    return wrong


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = (value or {}).get(name)
    return value


def is_established(crd: Object) -> bool:
    """Tells whether a CRD's resource is served."""
    conditions = (crd.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)
