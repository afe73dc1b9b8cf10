"""What a client accepts, and what the bodies that it sends are: JSON, YAML or protobuf.

Answers are JSON always: a client that would rather have protobuf lists JSON as well.
Source: kubernetes.io, reference/using-api/api-concepts, "Resource encoding" and "Receiving resources as Tables".
"""

from __future__ import annotations

from typing import Any

import orjson
import yaml

from kubelab.cluster.api.errors import BadRequest, UnsupportedMediaType
from kubelab.cluster.rest import protobuf

JSON = "application/json"
PROTOBUF = "application/vnd.kubernetes.protobuf"
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
            return yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if media in ("", JSON) or media.endswith("+json"):
            return orjson.loads(body)
    except (ValueError, yaml.YAMLError) as error:
        raise BadRequest(f"error decoding the body: {error}") from None
    raise UnsupportedMediaType(
        f"the body of the request was in an unknown format - accepted media types include: "
        f"{JSON}, application/yaml, {PROTOBUF}"
    )
