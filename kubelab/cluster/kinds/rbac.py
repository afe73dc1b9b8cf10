"""Roles and their bindings: what they are filled up with, what is refused, how they stand in a table.

Source: pkg/apis/rbac/v1/defaults.go; pkg/apis/rbac/validation/validation.go; pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

import json
from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds.causes import required, unsupported
from kubelab.cluster.kinds.kind import Cause, Column
from kubelab.cluster.objects import Object

GROUP = "rbac.authorization.k8s.io"
SUBJECT_KINDS = ("ServiceAccount", "User", "Group")
NAME, AGE = Column("Name", format="name"), Column("Age")
CREATED = (NAME, Column("Created At", "date"))


def created_row(obj: Object, now: float) -> list[Any]:
    """Returns the cells of a kind that shows when it was created."""
    return [obj["metadata"]["name"], obj["metadata"].get("creationTimestamp", "<unknown>")]


def binding_row(binding: Object, now: float) -> list[Any]:
    """Returns the cells of a RoleBinding's or ClusterRoleBinding's row."""
    role = binding.get("roleRef") or {}
    subjects: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in binding.get("subjects") or ():
        name = subject.get("name", "")
        if subject.get("kind") == "ServiceAccount":
            name = f"{subject.get('namespace', '')}/{name}"
        subjects.setdefault(subject.get("kind", ""), []).append(name)
    return [
        binding["metadata"]["name"],
        f"{role.get('kind', '')}/{role.get('name', '')}",
        age(binding, now),
        *(", ".join(subjects[kind]) for kind in ("User", "Group", "ServiceAccount")),
    ]


def with_api_groups(binding: Object) -> Object:
    """Returns a binding whose role and people have their API group."""
    filled = {**binding, "roleRef": {"apiGroup": GROUP, **(binding.get("roleRef") or {})}}
    if binding.get("subjects"):
        filled["subjects"] = [_with_group(subject) for subject in binding["subjects"]]
    return filled if filled != binding else binding


def _with_group(subject: Object) -> Object:
    return {"apiGroup": GROUP, **subject} if subject.get("kind") in ("User", "Group") else subject


def role_causes(role: Object) -> list[Cause]:
    """Returns what is wrong with a role's rules."""
    namespaced = role["kind"] == "Role"
    return [cause for n, rule in enumerate(role.get("rules") or ()) for cause in _rule(rule, f"rules[{n}]", namespaced)]


def _rule(rule: Object, path: str, namespaced: bool) -> list[Cause]:
    causes = []
    if not rule.get("verbs"):
        causes.append(required(f"{path}.verbs", "verbs must contain at least one value"))
    urls = rule.get("nonResourceURLs")
    if urls:
        wrong = "namespaced rules cannot apply to non-resource URLs" if namespaced else ""
        if not namespaced and any(rule.get(field) for field in ("apiGroups", "resources", "resourceNames")):
            wrong = "rules cannot apply to both regular resources and non-resource URLs"
        if wrong:
            causes.append(_invalid(f"{path}.nonResourceURLs", urls, _go_strings(urls), wrong))
        return causes
    if not rule.get("apiGroups"):
        causes.append(required(f"{path}.apiGroups", "resource rules must supply at least one api group"))
    if not rule.get("resources"):
        causes.append(required(f"{path}.resources", "resource rules must supply at least one resource"))
    return causes


def binding_causes(binding: Object) -> list[Cause]:
    """Returns what is wrong with a binding's role and subjects."""
    role, causes = binding.get("roleRef") or {}, []
    if role.get("apiGroup") != GROUP:
        causes.append(unsupported("roleRef.apiGroup", role.get("apiGroup", ""), (GROUP,)))
    kinds = ("Role", "ClusterRole") if binding["kind"] == "RoleBinding" else ("ClusterRole",)
    if role.get("kind") not in kinds:
        causes.append(unsupported("roleRef.kind", role.get("kind", ""), kinds))
    if not role.get("name"):
        causes.append(required("roleRef.name"))
    for n, subject in enumerate(binding.get("subjects") or ()):
        causes += _subject(subject, f"subjects[{n}]", binding["kind"] == "RoleBinding")
    return causes


def _subject(subject: Object, path: str, namespaced: bool) -> list[Cause]:
    causes, kind = [], subject.get("kind", "")
    if not subject.get("name"):
        causes.append(required(f"{path}.name"))
    if kind not in SUBJECT_KINDS:
        return [*causes, unsupported(f"{path}.kind", kind, SUBJECT_KINDS)]
    group = "" if kind == "ServiceAccount" else GROUP
    if subject.get("apiGroup", "") != group:
        causes.append(unsupported(f"{path}.apiGroup", subject.get("apiGroup", ""), (group,)))
    if kind == "ServiceAccount" and not namespaced and not subject.get("namespace"):
        causes.append(required(f"{path}.namespace"))
    return causes


def binding_update_causes(new: Object, old: Object) -> list[Cause]:
    """Returns what may not change: the role."""
    if new["roleRef"] == old["roleRef"]:
        return []
    role = new["roleRef"]
    fields = ", ".join(f"{go}:{json.dumps(role.get(name, ''))}" for go, name in _ROLE_FIELDS)
    return [_invalid("roleRef", role, f"rbac.RoleRef{{{fields}}}", "cannot change roleRef")]


_ROLE_FIELDS = (("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name"))


def _invalid(path: str, value: Any, go: str, why: str) -> Cause:
    shown = json.dumps(value, separators=(",", ":"))
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {why}", path, f"Invalid value: {go}: {why}")


def _go_strings(words: list[str]) -> str:
    return "[]string{" + ", ".join(json.dumps(word) for word in words) + "}"


_ROLE = {"columns": CREATED, "row": created_row, "validate": role_causes}
_BINDING = {
    "columns": (
        NAME,
        Column("Role"),
        AGE,
        *(Column(name, priority=1) for name in ("Users", "Groups", "ServiceAccounts")),
    ),
    "row": binding_row,
    "default": with_api_groups,
    "validate": binding_causes,
    "validate_update": binding_update_causes,
}

RULES: dict[str, dict[str, Any]] = {
    "Role": _ROLE,
    "ClusterRole": _ROLE,
    "RoleBinding": _BINDING,
    "ClusterRoleBinding": _BINDING,
}
