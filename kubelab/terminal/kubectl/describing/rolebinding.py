"""kubectl describe rolebinding and clusterrolebinding."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import Description
from kubelab.terminal.kubectl.describing.metadata import head, marks


def describe(out: Description, binding: Object) -> None:
    """Writes the description of a RoleBinding or ClusterRoleBinding."""
    role = binding["roleRef"]
    head(out, binding, namespaced=False)
    marks(out, binding)
    out.heading("Role")
    out.fields((("Kind", role.get("kind", "")), ("Name", role.get("name", ""))), 1)
    out.heading("Subjects")
    out.header(("Kind", "Name", "Namespace"))
    for subject in binding.get("subjects") or ():
        out.row((subject.get("kind", ""), subject.get("name", ""), subject.get("namespace", "")))


DESCRIBERS = {"RoleBinding": describe, "ClusterRoleBinding": describe}
