"""What a client accepts, and what the bodies that it sends are: JSON, YAML or protobuf.

Answers are JSON, or YAML where the transport can write it: a client that would rather have protobuf lists JSON as well.
Source: kubernetes.io, reference/using-api/api-concepts, "Resource encoding" and "Receiving resources as Tables".
"""

from __future__ import annotations

from typing import Any

import orjson
import yaml

from kubelab.cluster.api import patches
from kubelab.cluster.api.bodies import summary
from kubelab.cluster.api.errors import BadRequest, UnsupportedMediaType
from kubelab.cluster.api.request import Undecoded
from kubelab.cluster.gojson import json_type, read_json, syntax_error
from kubelab.cluster.jsonsyntax import repeated_fields
from kubelab.cluster.rest import protobuf

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
PARSE_ERROR = "couldn't get version/kind; json parse error"
IDENTITY = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
LONGEST_LOOK = 256 * 1024  # bytes of a body that is looked through for fields that it has twice
MOST_VALUES = 500_000  # in a document, each counted as often as aliases repeat it
SHOWN_AS = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")


def accepted(header: str) -> str:
    """Returns "Table" or "PartialObjectMetadata" if the client wants that, "" for the object itself."""
    _, parameters = _choice(header)
    wanted = dict(part.strip().partition("=")[::2] for part in parameters.split(";")).get("as", "")
    return wanted.removesuffix("List") if wanted in SHOWN_AS else ""


def prefers_yaml(header: str) -> bool:
    """Tells whether a client would rather have YAML than JSON."""
    return _choice(header)[0] == YAML


def _choice(header: str) -> tuple[str, str]:
    """Returns the first media type among those that a client accepts that we know, and its parameters."""
    for choice in header.split(","):
        media, _, parameters = choice.strip().partition(";")
        if media in (JSON, YAML, "application/*", "*/*"):
            return media, parameters
    return "", ""


def body_of(content_type: str, body: bytes) -> Any:
    """Decodes a body; none at all is an empty object.

    Raises:
        UnsupportedMediaType: it is neither JSON nor YAML, nor protobuf of a kind that is known.
        BadRequest: it cannot be read.
    """
    if not body:
        return {}
    media = content_type.partition(";")[0].strip()
    if media == PROTOBUF:
        return protobuf.decoded(body)
    try:
        if media.endswith("yaml"):
            return _yaml(body)
        if media in patches.FORMS:
            return _patch(body)
        if media in ("", JSON) or media.endswith("+json"):
            return _json(body)
    except RecursionError:
        raise BadRequest("error decoding the body: exceeded max depth") from None
    except ValueError as error:
        raise BadRequest(f"error decoding the body: {error}") from None
    raise UnsupportedMediaType(
        f"the body of the request was in an unknown format - accepted media types include: "
        f"{JSON}, application/yaml, {PROTOBUF}"
    )


def doubled_in(content_type: str, body: bytes) -> list[str]:
    """Returns the paths of fields that a JSON object has twice, as strict decoding finds them."""
    media = content_type.partition(";")[0].strip()
    if media not in ("", JSON) or len(body) > LONGEST_LOOK or body[:1] != b"{":
        return []
    try:
        return repeated_fields(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return []


def _json(body: bytes) -> Any:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", "replace")
        wrong = syntax_error(text)
        if wrong:
            return Undecoded(f"{PARSE_ERROR}: {wrong}", summary(body))
        found = read_json(text)
    return _object(found, body)


def _yaml(body: bytes) -> Any:
    try:
        found = yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        return Undecoded(f"yaml: {_place(error)}{error.problem}", summary(body))
    except yaml.YAMLError as error:
        return Undecoded(f"yaml: {error}", summary(body))
    _count(found, {})
    return _object(found, body)


def _place(error: yaml.MarkedYAMLError) -> str:
    """Returns the line of an error as go-yaml counts it."""
    mark = error.context_mark if error.context_mark is not None and error.context_mark.line else error.problem_mark
    line = mark.line + isinstance(error, yaml.scanner.ScannerError) if mark is not None and mark.line else 0
    return f"line {line}: " if line else ""


def _object(found: Any, body: bytes) -> Any:
    """Returns what is to be an object; one of nothing is empty, anything else cannot be read."""
    if found is None:
        return {}
    if not isinstance(found, dict):
        why = f"json: cannot unmarshal {json_type(found)} into Go value of type {IDENTITY}"
        return Undecoded(f"{PARSE_ERROR}: {why}", summary(body))
    for name in ("apiVersion", "kind"):
        if not isinstance(found.get(name, ""), str | None):
            why = f"json: cannot unmarshal {json_type(found[name])} into Go struct field .{name} of type string"
            return Undecoded(f"{PARSE_ERROR}: {why}", summary(body))
    return found


def _patch(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return patches.decoded(body.decode("utf-8", "replace"))


def _count(value: Any, counted: dict[int, int]) -> int:
    """Counts the values of a document as they are once its aliases are written out; an alias of what is around it
    never ends, which shows as a RecursionError.

    Raises:
        ValueError: there are too many, as go-yaml says it.
    """
    if not isinstance(value, (dict, list)):
        return 1
    known = counted.get(id(value))
    if known is None:
        inner = value.values() if isinstance(value, dict) else value
        known = counted[id(value)] = 1 + sum(_count(item, counted) for item in inner)
        if known > MOST_VALUES:
            raise ValueError("yaml: document contains excessive aliasing")
    return known
