"""explain as it was before OpenAPI v3: `--output=plaintext-openapiv2` (kubectl/pkg/explain)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.schema.definitions import REF
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.explaining.schemas import Schema, Schemas

_WIDTH, _FIELD, _TEXT, _BELOW = 80, 3, 5, 2
_BULLET = re.compile(r"(\d+\.?|-|\*)\s")
_REFERENCE, _ARRAY, _MAP, _KIND, _PRIMITIVE, _ANY = "reference", "array", "map", "kind", "primitive", "any"


class Classic:
    """Explains a kind or a field of it.

    Args:
        recursive: show the fields of fields, without words.
    """

    def __init__(self, schemas: Schemas, *, recursive: bool) -> None:
        self._schemas = schemas
        self._recursive = recursive

    def text(self, kind: Kind, schema: Schema, path: Sequence[str]) -> str:
        """Returns the explanation.

        Raises:
            CommandError: there is no such field.
        """
        found = self._field(schema, path)
        type_name, described = self._type(found), []
        while (form := self._form(found)) in (_REFERENCE, _ARRAY, _MAP):
            described.append(_description(found))
            found = self._inner(found)
        lines = [f"KIND:     {kind.name}", f"VERSION:  {kind.api_version}", ""]
        if path and form in (_KIND, _PRIMITIVE):
            lines += [f"{'RESOURCE: ' if form == _KIND else 'FIELD:    '}{path[-1]} <{type_name}>", ""]
        lines += ["DESCRIPTION:", *_described([*described, _description(found)])]
        if form == _KIND:
            lines += ["", "FIELDS:", *(self._deep(found, _FIELD, ()) if self._recursive else self._fields(found))]
        return "\n".join(lines) + "\n"

    def _field(self, schema: Schema, path: Sequence[str]) -> Schema:
        for name in path:
            while self._form(schema) in (_REFERENCE, _ARRAY, _MAP):
                schema = self._inner(schema)
            fields = schema.get("properties") or {}
            if name not in fields:
                raise CommandError(f'field "{name}" does not exist')
            schema = fields[name]
        return schema

    def _form(self, schema: Schema) -> str:
        type_name = self._schemas.type_of(schema)
        if "$ref" in schema or schema.get("allOf"):
            return _REFERENCE
        if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string") or schema.get("oneOf"):
            return _PRIMITIVE  # quantities, too: texts in OpenAPI v2
        if type_name == "array":
            return _ARRAY
        if schema.get("properties"):
            return _KIND
        return _MAP if type_name == "object" else _PRIMITIVE if type_name else _ANY

    def _inner(self, schema: Schema) -> Schema:
        """Returns what a reference leads to, or what a list or map holds."""
        reference = schema.get("$ref") or next((each.get("$ref") for each in schema.get("allOf") or ()), None)
        if reference:
            return self._schemas.find(str(reference).removeprefix(REF))
        inner = schema.get("items") or schema.get("additionalProperties")
        return inner if isinstance(inner, dict) else {}

    def _type(self, schema: Schema) -> str:
        form = self._form(schema)
        if form == _REFERENCE:
            return self._type(self._inner(schema))
        if form in (_ARRAY, _MAP):
            return ("[]" if form == _ARRAY else "map[string]") + self._type(self._inner(schema))
        if form == _PRIMITIVE:
            return self._schemas.type_of(schema) or "string"
        return "Object" if form == _KIND else ""

    def _fields(self, schema: Schema) -> Iterator[str]:
        required, margin = schema.get("required") or (), " " * _FIELD
        for name, field in sorted(schema["properties"].items()):
            must = " -required-" if name in required else ""
            yield f"{margin}{name}\t<{self._type(field)}>{must}"
            yield from _wrapped(_description(field), _FIELD + _BELOW)
            yield ""

    def _deep(self, schema: Schema, indent: int, seen: tuple[int, ...]) -> Iterator[str]:
        for name, field in sorted((schema.get("properties") or {}).items()):
            yield f"{' ' * indent}{name}\t<{self._type(field)}>"
            inner, met = field, seen
            while (form := self._form(inner)) in (_REFERENCE, _ARRAY, _MAP):
                inner = self._inner(inner)
                if form == _REFERENCE:
                    met = (*met, id(inner)) if id(inner) not in met else ()
                    if not met:
                        break
            if form == _KIND and (met or not seen):
                yield from self._deep(inner, indent + _FIELD, met)


def _description(schema: Schema) -> str:
    return str(schema.get("description") or "")


def _described(texts: Sequence[str]) -> Iterator[str]:
    """Yields the lines of all descriptions; those of lists, maps and references come before that of what is in them."""
    if not any(texts):
        yield f"{' ' * _TEXT}<empty>"
    for at, text in enumerate(texts):
        if text:
            if at:
                yield ""
            yield from _wrapped(text, _TEXT)


def _wrapped(text: str, indent: int) -> Iterator[str]:
    for line in _lines(text, _WIDTH - indent):
        yield f"{' ' * indent}{line}" if line else ""


def _lines(text: str, width: int) -> list[str]:
    """Returns a text in lines: what looks like code, a list or a new section begins on a line of its own."""
    lines: list[str] = []
    words: list[str] = []
    last = ""

    def flush() -> None:
        nonlocal last
        if words:
            lines.append(" ".join(words))
            words.clear()
            last = ""

    for given in text.split("\n"):
        if given.startswith("    "):
            flush()
            lines.append(given)
            continue
        if lines and not given.strip():
            flush()
            lines.append("")
            continue
        if last.endswith(":") or not given.strip() or _BULLET.match(given.strip()):
            flush()
        for word in given.split():
            if words and len(" ".join((*words, word)).encode()) > width:
                flush()
            words.append(word)
            last = word
    flush()
    return lines
