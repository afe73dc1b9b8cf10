"""`buildMetadata`: what came from where, and what changed it, written into annotations."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.kustomization.configured import Target
from kubelab.terminal.kubectl.kustomization.resource import Resource

MANAGED_BY, ORIGIN, TRANSFORMATIONS = "managedByLabel", "originAnnotations", "transformerAnnotations"
_ORIGIN, _CHANGED = "config.kubernetes.io/origin", "alpha.config.kubernetes.io/transformations"
_LABEL = {"app.kubernetes.io/managed-by": "kustomize-(devel)"}  # kubectl is not built with kustomize's own version


def origin_of(target: Target, path: str) -> Object:
    """Returns where a file's objects come from."""
    return {"path": f"{target.place}{path.removeprefix('./')}"}


def configured_in(target: Target, kind: str, name: str = "", path: str = "") -> Object:
    """Returns what a plugin is known by: the file that asks for it, and its kind."""
    named = {"name": name} if name else {}
    return {
        "configuredIn": f"{target.place}{path or target.name}",
        "configuredBy": {"apiVersion": "builtin", "kind": kind, **named},
    }


def noted(target: Target, kind: str, resources: list[Resource], by: Object | None = None) -> list[Resource]:
    """Returns resources that remember what transformation they went through."""
    if TRANSFORMATIONS in target.notes:
        for resource in resources:
            resource.transformations.append(by or configured_in(target, kind))
    return resources


def annotated(resources: list[Resource], notes: tuple[str, ...]) -> None:
    """Writes into the objects what `buildMetadata` asks for."""
    for resource in resources:
        annotations: dict[str, str] = {}
        if ORIGIN in notes and resource.origin:
            annotations[_ORIGIN] = _lines(resource.origin, "")
        if TRANSFORMATIONS in notes and resource.transformations:
            steps = (_lines(step, "  ") for step in resource.transformations)
            annotations[_CHANGED] = "".join(f"- {step[2:]}" for step in steps)
        labels = _LABEL if MANAGED_BY in notes else {}
        for name, added in (("annotations", annotations), ("labels", labels)):
            if added:
                metadata = resource.object["metadata"]
                values = {**(metadata.get(name) or {}), **added}
                resource.object = {**resource.object, "metadata": {**metadata, name: values}}


def _lines(value: Object, margin: str) -> str:
    """Returns a map as YAML whose fields stand in their own order."""
    text = ""
    for name, inner in value.items():
        text += f"{margin}{name}:\n{_lines(inner, margin + '  ')}" if isinstance(inner, dict) else ""
        text += "" if isinstance(inner, dict) else f"{margin}{name}: {inner}\n"
    return text
