"""The text of explain: KIND, VERSION, FIELD, DESCRIPTION and FIELDS (explain/v2/templates/plaintext.tmpl)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubelab.cluster.kinds.kind import Kind
from kubelab.terminal.kubectl.explaining.schemas import Schema, Schemas
from kubelab.terminal.kubectl.explaining.wrapping import indented, wrapped
from kubelab.terminal.kubectl.golang import go_text

_WIDTH = 76
_FEW = 4  # values of an enumeration in a list of fields


class Explanation:
    """Explains one kind.

    Args:
        recursive: names all fields below, without their descriptions.
    """

    def __init__(self, schemas: Schemas, *, recursive: bool) -> None:
        self._schemas = schemas
        self._recursive = recursive

    @staticmethod
    def head(kind: Kind) -> str:
        """Returns the lines that say which kind is explained."""
        group = f"GROUP:      {kind.group}\n" if kind.group else ""
        return f"{group}KIND:       {kind.name}\nVERSION:    {kind.version}\n\n"

    def text(self, schema: Schema, path: Sequence[str]) -> str:
        """Returns what is told below the head, "" where there is no such field."""
        found = self._output(schema, list(path), frozenset())
        return f"{found}\n" if found else ""

    def _output(self, schema: Schema, path: list[str], seen: frozenset[str]) -> str:
        """Follows the path, and describes where it ends."""
        reference = self._schemas.reference(schema)
        resolved = self._schemas.resolved(schema)
        if not path:
            return self._described(resolved)
        if reference and reference in seen:
            return ""
        seen = seen | {reference}
        inner = (resolved.get("properties") or {}).get(path[0])
        if inner is not None:
            head = self._field_head(path[0], inner) if len(path) == 1 else ""
            return head + self._output(inner, path[1:], frozenset())
        for below in self._schemas.inside(resolved):
            return self._output(below, path, seen)
        for part in self._schemas.all_of(resolved):
            found = self._output(part, path, seen)
            if found:
                return found
        return ""

    def _described(self, schema: Schema) -> str:
        description = self._description(schema) or "<empty>"
        text = f"DESCRIPTION:\n{indented(wrapped(description, _WIDTH), 4)}\n{self._external(schema, 0)}"
        fields = self._fields(schema, 1, frozenset())
        return f"{text}FIELDS:\n{fields}" if fields else text

    def _field_head(self, name: str, schema: Schema) -> str:
        values = self._schemas.enum_of(name, schema)
        enum = "ENUM:" + "".join(f"\n    {_value(value)}" for value in values) if values else ""
        return f"FIELD: {name} <{self._type(schema)}>\n{enum}\n\n"

    def _description(self, schema: Schema) -> str:
        """Returns the description of a schema and of all that it is made of, each on a line of its own."""
        resolved = self._schemas.resolved(schema)
        text = f"{resolved['description']}\n" if resolved.get("description") else ""
        for part in (*self._schemas.all_of(resolved), *self._schemas.inside(resolved)):
            text += self._description(part)
        return text

    def _fields(self, schema: Schema, level: int, seen: frozenset[str]) -> str:
        reference = self._schemas.reference(schema)
        if reference and reference in seen:
            return ""
        seen = seen | {reference}
        resolved = self._schemas.resolved(schema)
        text = ""
        for name, inner in sorted((resolved.get("properties") or {}).items()):
            text += self._field(resolved, name, inner, level)
            if self._recursive:
                text += self._fields(inner, level + 1, seen)
        for part in (*self._schemas.all_of(resolved), *self._schemas.inside(resolved)):
            text += self._fields(part, level, seen)
        return text

    def _field(self, schema: Schema, name: str, inner: Schema, level: int) -> str:
        amount = level * 2
        required = " -required-" if name in (schema.get("required") or ()) else ""
        text = f"{' ' * amount}{name}\t<{self._type(inner)}>{required}{self._few(name, inner, amount)}\n"
        if self._recursive:
            return text
        description = wrapped(inner.get("description") or "<no description>", 78 - amount)
        return f"{text}{indented(description, amount + 2)}\n{self._external(inner, amount + 2)}\n"

    def _few(self, name: str, schema: Schema, amount: int) -> str:
        values = self._schemas.enum_of(name, schema)
        if not values:
            return ""
        shown = ", ".join(_value(value) for value in values[:_FEW])
        return f"\n{' ' * amount}enum: {shown}{', ....' if len(values) > _FEW else ''}"

    @staticmethod
    def _external(schema: Schema, amount: int) -> str:
        docs = schema.get("externalDocs")
        if not docs:
            return ""
        text = f"\n{indented('EXTERNAL DOCS:', amount)}\n"
        if docs.get("description"):
            text += indented(wrapped(docs["description"], _WIDTH - amount), amount + 4) + "\n"
        return text + (indented(f"URL: {docs['url']}", amount + 4) + "\n" if docs.get("url") else "")

    def _type(self, schema: Schema) -> str:
        """Returns what a field holds: string, Object, []Container, map[string]string."""
        if schema.get("items"):
            return f"[]{self._type(schema['items'])}"
        values = schema.get("additionalProperties")
        if isinstance(values, dict) and values:
            return f"map[string]{self._type(values)}"
        parts = self._schemas.all_of(schema)
        if len(parts) == 1 and not schema.get("properties"):
            return self._type(parts[0])
        reference = self._schemas.reference(schema)
        if reference:
            kind = self._schemas.type_of(self._schemas.find(reference))
            return reference.rpartition(".")[2] if kind in ("", "object") else kind
        kind = self._schemas.type_of(schema)
        return "Object" if kind in ("", "object") else kind


def _value(value: Any) -> str:
    return '""' if value == "" else go_text(value)
