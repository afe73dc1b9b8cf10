"""The fields of a kustomization.yaml: which there are, which of them are simulated, and of which types they must be."""

from __future__ import annotations

from typing import Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError

_LIST, _MAP, _TEXT = list, dict, str
FIELDS: dict[str, type] = {
    "apiVersion": _TEXT,
    "kind": _TEXT,
    "metadata": _MAP,
    "resources": _LIST,
    "bases": _LIST,
    "namespace": _TEXT,
    "namePrefix": _TEXT,
    "nameSuffix": _TEXT,
    "commonLabels": _MAP,
    "labels": _LIST,
    "commonAnnotations": _MAP,
    "images": _LIST,
    "replicas": _LIST,
    "configMapGenerator": _LIST,
    "secretGenerator": _LIST,
    "generatorOptions": _MAP,
    "patches": _LIST,
    "patchesStrategicMerge": _LIST,
    "patchesJson6902": _LIST,
}
NOT_SIMULATED = (
    "components", "configurations", "crds", "generators", "helmCharts", "helmChartInflationGenerator", "helmGlobals",
    "openapi", "replacements", "transformers", "validators", "vars", "buildMetadata", "sortOptions", "inventory",
)  # fmt: skip
DEPRECATED = {
    "bases": "resources",
    "commonLabels": "labels",
    "patchesJson6902": "patches",
    "patchesStrategicMerge": "patches",
}
_GO_TYPES: dict[type, str] = {_LIST: "[]string", _MAP: "map[string]string", _TEXT: "string"}


def checked(content: Any, directory: str) -> Object:
    """Returns what a kustomization.yaml holds.

    Raises:
        CommandError: it has unknown fields, wrong types, or parts that are not simulated.
    """
    if content is None or content == {}:
        raise CommandError("kustomization.yaml is empty")
    if not isinstance(content, dict):
        raise CommandError("invalid Kustomization: json: cannot unmarshal into Go value of type types.Kustomization")
    for name, value in content.items():
        if name in NOT_SIMULATED:
            if name == "helmCharts":
                raise CommandError("trouble configuring builtin HelmChartInflationGenerator: helm is not simulated")
            raise CommandError(f"{name} of a kustomization is not simulated ({directory})")
        wanted = FIELDS.get(name)
        if wanted is None:
            raise CommandError(f'invalid Kustomization: json: unknown field "{name}"')
        if value is not None and not isinstance(value, wanted):
            raise CommandError(
                f"invalid Kustomization: json: cannot unmarshal {_json_type(value)} into Go struct field "
                f"Kustomization.{name} of type {_GO_TYPES[wanted]}"
            )
    return {name: value for name, value in content.items() if value is not None}


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return {str: "string", int: "number", float: "number", list: "array", dict: "object"}[type(value)]
