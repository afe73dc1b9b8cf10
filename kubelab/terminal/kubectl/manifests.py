"""Manifests: text with YAML or JSON documents becomes JSON data, read as kubectl reads it.

The rules are those of apimachinery's YAMLOrJSONDecoder over go-yaml v2: YAML 1.1's booleans, documents split at
lines of `---`, and go-yaml's error texts.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml._yaml import CParser

from kubelab.cluster.gojson import go_json_error, valid_json
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import go_float, go_syntax
from kubelab.terminal.kubectl.printers.scalars import resolve

_SEPARATOR = re.compile(r"^---(.*)$", re.MULTILINE)
_MOST_NODES = 200_000  # a document that unfolds to more is refused before it costs
_DEEPEST = 1_000
_STRING = "tag:yaml.org,2002:str"
_JSON_PLACE = re.compile(r"^\s*\{")


class YamlError(Exception):
    """A text is no YAML; told in go-yaml's words, with `yaml: ` before them."""


class DuplicateKey(YamlError):
    """A key stands twice in a map."""


class Duplicates(CommandError):
    """A document has such a map."""


def documents(text: str, *, only_json: bool = False, old_words: bool = True) -> Iterator[Any]:
    """Yields the documents of a text as JSON data, empty ones left out.

    Args:
        only_json: what begins as JSON must be JSON to its end, as kubectl before v1.33 has it.
        old_words: `yes`, `no`, `on`, `off` and the like are booleans, as in YAML 1.1; to kustomize they are not.

    Raises:
        CommandError: a document cannot be read.
    """
    if _JSON_PLACE.match(text):
        yield from _json_documents(text, only_json, old_words)
    else:
        yield from _yaml_documents(text, old_words)


def _yaml_documents(text: str, old_words: bool) -> Iterator[Any]:
    for part in _split(text):
        try:
            document = load_yaml(part, old_words=old_words)
        except DuplicateKey as error:
            raise Duplicates(f"map[string]interface {{}}(nil): {error}") from None
        except YamlError as error:
            raise CommandError(f"error converting YAML to JSON: {error}") from None
        if document is not None:
            yield document


def _split(text: str) -> Iterator[str]:
    start = 0
    for match in _SEPARATOR.finditer(text):
        rest = match[1].strip()
        if rest and rest[0] != "#":
            raise CommandError(f"invalid Yaml document separator: {rest}")
        if match.start() > start:
            yield text[start : match.start()]
        start = match.end() + 1
    if start < len(text):
        yield text[start:]


def _json_documents(text: str, only_json: bool, old_words: bool) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    at, length = 0, len(text)
    while True:
        first = at == 0
        while at < length and text[at] in " \t\r\n":
            at += 1
        if at >= length:
            return
        try:
            document, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            # A flow mapping begins as JSON does, and after JSON documents a separator may lead to YAML ones.
            if not only_json and (first or text.startswith("---", at)):
                yield from _instead_of_json(text[at:], error, first, old_words)
                return
            raise CommandError(_json_error(error, offset=only_json)) from None
        yield _plain(valid_json(document) if "\\u" in text else document)


def _instead_of_json(text: str, error: json.JSONDecodeError, first: bool, old_words: bool) -> Iterator[Any]:
    try:
        found = list(_yaml_documents(text, old_words))
    except Duplicates:
        raise
    except CommandError:
        raise CommandError(_json_error(error, offset=first)) from None
    yield from found


def _json_error(error: json.JSONDecodeError, *, offset: bool) -> str:
    if error.doc.startswith("-", error.pos):  # a number, as it seems
        return f"json: offset {error.pos + 2}: invalid character '-' in numeric literal"
    text = go_json_error(error)
    if text.startswith("unexpected end"):
        return "unexpected EOF"
    return f"json: offset {error.pos + 1}: {text}" if offset else text


def _plain(value: Any) -> Any:
    """Whole floats become integers: JSON has no other kind of number, and the API server stores them so."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


def load_yaml(text: str, *, old_words: bool = True) -> Any:
    """Returns the first document of `text` as JSON data.

    Raises:
        YamlError: it is no YAML, or no JSON can be made of it.
    """
    try:
        return _Reader(CParser(text.encode("utf-8", "surrogateescape")), old_words).document()
    except yaml.MarkedYAMLError as error:
        raise YamlError(f"yaml: {_place(error)}{error.problem or 'unknown problem parsing YAML content'}") from None
    except yaml.reader.ReaderError as error:
        raise YamlError(f"yaml: {error.reason}") from None


def _place(error: yaml.MarkedYAMLError) -> str:
    line = 0
    if error.problem_mark is not None and error.problem_mark.line:
        line = error.problem_mark.line + isinstance(error, yaml.scanner.ScannerError)
    elif error.context_mark is not None:
        line = error.context_mark.line
    return f"line {line}: " if line else ""


class _Reader:
    """Builds JSON data from the parser's events."""

    def __init__(self, parser: CParser, old_words: bool) -> None:
        self._old_words = old_words
        self._next = parser.get_event
        self._anchors: dict[str, Any] = {}
        self._nodes = 0

    def document(self) -> Any:
        self._next()  # the stream's start
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        value = self._value(self._next(), 0)
        self._next()  # the document's end
        return value

    def _value(self, event: Any, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > _MOST_NODES or depth > _DEEPEST:
            raise YamlError("yaml: exceeded max depth of 10000" if depth > _DEEPEST else "yaml: document is too large")
        kind = type(event)
        if kind is yaml.ScalarEvent:
            value: Any = self._scalar(event)
        elif kind is yaml.MappingStartEvent:
            value = self._mapping(depth)
        elif kind is yaml.SequenceStartEvent:
            value = self._sequence(depth)
        else:
            return self._alias(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _mapping(self, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        lines: dict[str, int] = {}
        merged: list[Any] = []
        while type(event := self._next()) is not yaml.MappingEndEvent:
            merges = type(event) is yaml.ScalarEvent and event.value == "<<" and event.implicit[0]
            key = "<<" if merges else _key(self._value(event, depth + 1))
            if not self._old_words:
                self._once(key, event, lines)
            value = self._value(self._next(), depth + 1)
            if merges:
                merged += value if isinstance(value, list) else [value]
            else:
                mapping[key] = value
        for other in merged:
            if not isinstance(other, dict):
                raise YamlError("yaml: map merge requires map or sequence of maps as the value")
            mapping = {**other, **mapping}
        return mapping

    def _once(self, key: str, event: Any, lines: dict[str, int]) -> None:
        """Refuses a key that stands twice in a map, as YAML 1.2's readers do."""
        line = event.start_mark.line + 1
        if key in lines:
            raise DuplicateKey(
                f'yaml: unmarshal errors:\n  line {line}: mapping key "{key}" already defined at line {lines[key]}'
            )
        lines[key] = line

    def _sequence(self, depth: int) -> list[Any]:
        items = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            items.append(self._value(event, depth + 1))
        return items

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise YamlError(f"yaml: unknown anchor '{event.anchor}' referenced")
        value = self._anchors[event.anchor]
        self._nodes += _size(value, _MOST_NODES)
        if self._nodes > _MOST_NODES:
            raise YamlError("yaml: document contains excessive aliasing")
        return value

    def _scalar(self, event: Any) -> Any:
        if not event.implicit[0] or event.tag == _STRING:
            return event.value
        value = resolve(event.value)
        if type(value) is bool and not self._old_words and event.value.lower() not in ("true", "false"):
            return event.value
        if type(value) is float:
            if math.isnan(value) or math.isinf(value):
                raise YamlError(
                    f"json: unsupported value: {'NaN' if math.isnan(value) else ('+' if value > 0 else '-') + 'Inf'}"
                )
            return int(value) if value.is_integer() and abs(value) < 1e21 else value
        return value


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return go_float(value)
    raise YamlError(f"yaml: invalid map key: {go_syntax(value)}")


def _size(value: Any, limit: int) -> int:
    """Counts the nodes of a value, up to a limit."""
    count, rest = 0, [value]
    while rest and count <= limit:
        item = rest.pop()
        count += 1
        if isinstance(item, dict):
            rest += item.values()
        elif isinstance(item, list):
            rest += item
    return count
