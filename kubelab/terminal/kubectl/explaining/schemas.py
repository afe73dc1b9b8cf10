"""Schemas as explain reads them: those of the cluster's version, and those that CRDs bring.

A property that refers to a definition and has words of its own stands as `allOf` with one reference, as in
OpenAPI v3; the JSON schemas of the package have both side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.schema.definitions import REF, name_of, types_of
from kubelab.cluster.schema.enums import told_definitions
from kubelab.terminal.kubectl.connection import Connection

Schema = dict[str, Any]
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_OBJECT = "io.k8s.api.core.v1.ConfigMap"  # any kind: its apiVersion, kind and metadata are described as everywhere


class Schemas:
    """The definitions of one cluster's version."""

    def __init__(self, version: str) -> None:
        self._definitions = told_definitions(version)
        self._version = version

    def of_kind(self, api: Connection, kind: Kind) -> Schema | None:
        """Returns the schema of a kind, None where the server has none."""
        name = name_of(self._version, kind.group, kind.version, kind.name)
        return self._definitions[name] if name is not None else self._defined(api, kind)

    def _defined(self, api: Connection, kind: Kind) -> Schema | None:
        crds = api.kinds.by_gvk("apiextensions.k8s.io/v1", "CustomResourceDefinition")
        try:
            crd = api.get(crds, "", f"{kind.plural}.{kind.group}") if crds is not None else {"spec": {}}
        except ApiError:
            return None
        for version in crd["spec"].get("versions") or ():
            if version["name"] == kind.version:
                schema: Schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
                common = self._definitions[_OBJECT]["properties"]
                every = {field: common[field] for field in ("apiVersion", "kind", "metadata")}
                return {**schema, "properties": {**(schema.get("properties") or {}), **every}}
        return None

    def reference(self, schema: Schema) -> str:
        """Returns the definition that a schema refers to and adds nothing to, "" for none."""
        return str(schema["$ref"]).removeprefix(REF) if set(schema) == {"$ref"} else ""

    def resolved(self, schema: Schema) -> Schema:
        """Returns the definition that a schema is a mere reference to, else the schema."""
        name = self.reference(schema)
        return self._definitions.get(name, schema) if name else schema

    def find(self, name: str) -> Schema:
        """Returns a definition by its name, an empty one where there is none."""
        return self._definitions.get(name, {})

    @staticmethod
    def all_of(schema: Schema) -> list[Schema]:
        """Returns the alternatives of a schema."""
        if isinstance(schema.get("$ref"), str) and len(schema) > 1:
            return [{"$ref": schema["$ref"]}]
        return list(schema.get("allOf") or ())

    def inside(self, schema: Schema) -> Iterator[Schema]:
        """Yields what a list's items or a map's values are."""
        if schema.get("items"):
            yield schema["items"]
        if isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]:
            yield schema["additionalProperties"]

    @staticmethod
    def type_of(schema: Schema) -> str:
        """Returns the JSON type of a schema, "" where it says none."""
        return next(iter(types_of(schema)), "")

    @staticmethod
    def enum_of(name: str, schema: Schema) -> list[Any]:
        """Returns the values that a field may have; those of apiVersion and kind are the package's addition."""
        return [] if name in ("apiVersion", "kind") else list(schema.get("enum") or ())
