"""Roles and their bindings: how they stand in a table.

Source: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from typing import Any

from kubelab.cluster.ages import age
from kubelab.cluster.kinds.kind import Column
from kubelab.cluster.objects import Object

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


_BINDING = {
    "columns": (
        NAME,
        Column("Role"),
        AGE,
        *(Column(name, priority=1) for name in ("Users", "Groups", "ServiceAccounts")),
    ),
    "row": binding_row,
}

RULES: dict[str, dict[str, Any]] = {
    "Role": {"columns": CREATED, "row": created_row},
    "ClusterRole": {"columns": CREATED, "row": created_row},
    "RoleBinding": _BINDING,
    "ClusterRoleBinding": _BINDING,
}
