"""What a client accepts, and what the bodies that it sends are: JSON, YAML or protobuf.

Answers are JSON always: a client that would rather have protobuf lists JSON as well.
Source: kubernetes.io, reference/using-api/api-concepts, "Resource encoding" and "Receiving resources as Tables".
"""

from __future__ import annotations

from typing import Any

import orjson
import yaml

from kubelab.cluster.api import patches
from kubelab.cluster.api.errors import BadRequest, UnsupportedMediaType
from kubelab.cluster.rest import protobuf

JSON = "application/json"
PROTOBUF = "application/vnd.kubernetes.protobuf"
MOST_VALUES = 500_000  # in a document, each counted as often as aliases repeat it
SHOWN_AS = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")


def accepted(header: str) -> str:
    """Returns "Table" or "PartialObjectMetadata" if the client wants that, "" for the object itself."""
    for choice in header.split(","):
        media, _, parameters = choice.strip().partition(";")
        if media in (JSON, "application/*", "*/*"):
            wanted = dict(part.partition("=")[::2] for part in parameters.split(";")).get("as", "")
            return wanted.removesuffix("List") if wanted in SHOWN_AS else ""
    return ""


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
            found = yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            _count(found, {})
            return found
        if media in patches.FORMS:
            return _patch(body)
        if media in ("", JSON) or media.endswith("+json"):
            return orjson.loads(body)
    except RecursionError:
        raise BadRequest("error decoding the body: exceeded max depth") from None
    except (ValueError, yaml.YAMLError) as error:
        raise BadRequest(f"error decoding the body: {error}") from None
    raise UnsupportedMediaType(
        f"the body of the request was in an unknown format - accepted media types include: "
        f"{JSON}, application/yaml, {PROTOBUF}"
    )


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
