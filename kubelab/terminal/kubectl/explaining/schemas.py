"""Schemas as explain reads them: those of the cluster's version, and those that CRDs bring.

A property that refers to a definition and has words of its own stands as `allOf` with one reference, as in
OpenAPI v3; the JSON schemas of the package have both side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.schema.definitions import REF, name_of, types_of
from kubelab.cluster.schema.enums import told_definitions

Schema = dict[str, Any]


class Schemas:
    """The definitions of one cluster's version."""

    def __init__(self, version: str) -> None:
        self._definitions = told_definitions(version)
        self._version = version

    def of_kind(self, kind: Kind) -> Schema | None:
        """Returns the schema of a kind, None where the server has none."""
        if kind.custom is not None:
            return kind.custom.definition
        name = name_of(self._version, kind.group, kind.version, kind.name)
        return self._definitions[name] if name is not None else None

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
