"""The fields of a kustomization.yaml: which there are, of which types they must be, and which are deprecated.

The words of Go's JSON decoder, and of kustomize's api/types/kustomization.go.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError

ROOT, COMPONENT = "Kustomization", "Component"
_EMBEDDED_SINCE = 33  # the first minor version of kubectl whose Go names embedded structs in errors
_VERSIONS = {ROOT: "kustomize.config.k8s.io/v1beta1", COMPONENT: "kustomize.config.k8s.io/v1alpha1"}
_ANYTHING = ("HelmChart", "HelmChartArgs")  # not simulated, so their fields do not matter
_DEPRECATED = {  # in the order in which kustomize tells of them
    "bases": "'resources'",
    "commonLabels": "'labels'",
    "imageTags": "'images'",
    "patchesJson6902": "'patches'",
    "patchesStrategicMerge": "'patches'",
    "vars": "'replacements'",
}
_SCALARS: dict[str, tuple[type, ...]] = {"string": (str,), "bool": (bool,), "int": (int,), "int64": (int,)}


@functools.cache
def _shapes() -> dict[str, dict[str, tuple[str, str]]]:
    """Returns the structs: lower-case names of fields with their own and how errors name them, and their types."""
    content = yaml.safe_load(Path(__file__).with_name("fields.yaml").read_text())
    return {
        struct: {path.rpartition(".")[2]: (path, of) for path, of in fields.items()}
        for struct, fields in content.items()
    }


class _Reader:
    """Brings data to the names of the struct's fields, which Go finds in any case."""

    def __init__(self, minor: int) -> None:
        self._embedded = minor >= _EMBEDDED_SINCE
        self.problem = ""  # the first one, as Go keeps it

    def struct(self, value: Any, struct: str, path: str) -> Object:
        fields = _shapes()[struct]
        names = {name.lower(): name for name in fields}
        found: Object = {}
        for key in sorted(value):
            name = key if key in fields else names.get(key.lower())
            if name is None:
                self._wrong(f'json: unknown field "{key}"')
                continue
            label, of = fields[name]
            place = f"{path}.{label if self._embedded else name}".removeprefix(".")
            if value[key] is not None:
                found[name] = self._value(value[key], of, struct, place)
        return found

    def _value(self, value: Any, of: str, struct: str, path: str) -> Any:
        of = of.removeprefix("*")
        if of in _ANYTHING:
            return value
        if of in _SCALARS:
            kind, good = of, type(value) in _SCALARS[of]
        elif of.startswith("[]"):
            if isinstance(value, list):
                return [self._value(item, of[2:], struct, path) for item in value]
            kind, good = f"[]{_type_name(of[2:])}", False
        elif of.startswith("map["):
            if isinstance(value, dict):
                return {key: self._value(item, of[11:], struct, path) for key, item in value.items()}
            kind, good = of, False
        elif of == "PatchStrategicMerge":
            kind, good = _type_name(of), isinstance(value, str)
        else:
            if isinstance(value, dict):
                return self.struct(value, of, path)
            kind, good = _type_name(of), False
        if not good:
            number = f" {value}" if isinstance(value, float) and of in _SCALARS and of != "string" else ""
            what = f"{_json_type(value)}{number}"
            self._wrong(f"json: cannot unmarshal {what} into Go struct field {struct}.{path} of type {kind}")
        return value

    def _wrong(self, problem: str) -> None:
        self.problem = self.problem or problem


def _type_name(of: str) -> str:
    return of if of in _SCALARS else f"*types.{of[1:]}" if of.startswith("*") else f"types.{of}"


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return {str: "string", int: "number", float: "number", list: "array", dict: "object"}[type(value)]


def checked(content: Any, directory: str, minor: int) -> tuple[Object, list[str]]:
    """Returns what a kustomization.yaml holds, and the warnings of what is deprecated.

    Raises:
        CommandError: it has unknown fields or wrong types, or is empty.
    """
    if content is not None and not isinstance(content, dict):
        raise CommandError(
            f"invalid Kustomization: json: cannot unmarshal {_json_type(content)} into Go value of type "
            "types.Kustomization"
        )
    reader = _Reader(minor)
    file = reader.struct(content or {}, ROOT, "")
    if reader.problem:
        raise CommandError(f"invalid Kustomization: {reader.problem}")
    warnings = [_warning(name) for name in _DEPRECATED if file.get(name)]
    if not set(file) - {"apiVersion", "kind"}:
        raise CommandError("kustomization.yaml is empty")
    _check_kind(file, directory)
    file["images"] = [*file.get("images", ()), *file.pop("imageTags", ())]
    file["resources"] = [*file.get("resources", ()), *file.pop("bases", ())]
    return file, warnings


def _warning(name: str) -> str:
    trial = "[EXPERIMENTAL] " if name == "vars" else ""
    return (
        f"# Warning: '{name}' is deprecated. Please use {_DEPRECATED[name]} instead. "
        f"{trial}Run 'kustomize edit fix' to update your Kustomization automatically.\n"
    )


def _check_kind(file: Object, directory: str) -> None:
    """Sees to the apiVersion and the kind, which may be left out.

    Raises:
        CommandError: they are of something else.
    """
    kind = file.setdefault("kind", ROOT)
    problems = []
    wanted = _VERSIONS.get(kind)
    if wanted is None:
        problems.append("kind should be Kustomization or Component")
    elif file.get("apiVersion") not in (None, "", wanted):
        problems.append(f"apiVersion for {kind} should be {wanted}")
    if problems:
        raise CommandError(f"Failed to read kustomization file under {directory}:\n" + "\n".join(problems))
