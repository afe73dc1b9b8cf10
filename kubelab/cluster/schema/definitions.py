"""The definitions of one version: types, field descriptions, patch merge keys.

They come from the package kubernetes-validate and are read once a process, for the versions in use.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

VERSIONS = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")
REF = "#/$defs/"
IDENTITY = "x-kubernetes-group-version-kind"

Definition = dict[str, Any]


@cache
def definitions(version: str) -> dict[str, Definition]:
    """Returns the definitions of a minor version by their names.

    Raises:
        ValueError: if the version is not supported.
    """
    if version not in VERSIONS:
        raise ValueError(f"Kubernetes {version} is not simulated; supported are {', '.join(VERSIONS)}")
    path = _package() / "kubernetes-json-schema" / f"v{version}.0-local" / "_definitions.json"
    found: dict[str, Definition] = orjson.loads(path.read_bytes())["$defs"]
    return found


def _package() -> Path:
    """Returns where the package is; importing it would bring a validator along that takes long and is not used."""
    spec = find_spec("kubernetes_validate")
    places = spec.submodule_search_locations if spec is not None else None
    if not places:
        raise ModuleNotFoundError("kubernetes-validate is not installed")
    return Path(next(iter(places)))


@cache
def _names(version: str) -> dict[tuple[str, str, str], str]:
    return {
        (identity["group"], identity["version"], identity["kind"]): name
        for name, definition in definitions(version).items()
        for identity in definition.get(IDENTITY, ())
    }


def name_of(version: str, group: str, api_version: str, kind: str) -> str | None:
    """Returns the name of a kind's definition, or None."""
    return _names(version).get((group, api_version, kind))


def target(schema: Definition) -> str | None:
    """Returns the name of the definition that a schema refers to, or None."""
    reference = schema.get("$ref")
    if reference is None:
        for part in schema.get("allOf") or schema.get("anyOf") or schema.get("oneOf") or ():
            if "$ref" in part:
                reference = part["$ref"]
    return reference.removeprefix(REF) if reference else None


def types_of(schema: Definition) -> tuple[str, ...]:
    """Returns the JSON types of a schema, null left out."""
    found = schema.get("type", ())
    return tuple(name for name in ([found] if isinstance(found, str) else found) if name != "null")
