"""Bodies that cannot be read, as the server refuses them: once it knows who asks for what.

Source: k8s.io/apiserver/pkg/endpoints/handlers (transformDecodeError, summarizeData, DeleteResource).
"""

from __future__ import annotations

from typing import ClassVar

from kubelab.cluster.api import errors
from kubelab.cluster.api.request import Request, Undecoded
from kubelab.cluster.gojson import quote

# What the bodies of subresources are, where they are not the object itself.
KINDS = {"binding": "Binding", "eviction": "Eviction", "scale": "Scale", "token": "TokenRequest"}
SHOWN = 30  # bytes of a body


class Unreadable(errors.ApiError):
    """The server says no more of options that it cannot read than what is wrong."""

    reason: ClassVar[str] = ""


def summary(body: bytes) -> str:
    """Returns how a body begins: as text where it looks like JSON, else in hexadecimal digits."""
    if not body:
        return "<empty>"
    shown, more = body[:SHOWN], " ..." if len(body) > SHOWN else ""
    return (shown.decode("utf-8", "replace") if body[:1] == b"{" else shown.hex()) + more


def whole_number(text: str) -> int:
    """Returns the number of a query parameter.

    Raises:
        BadRequest: it is none, in Go's words.
    """
    try:
        return int(text)
    except ValueError:
        raise errors.BadRequest(f"strconv.ParseInt: parsing {quote(text)}: invalid syntax") from None


def check(request: Request) -> None:
    """Refuses a body that cannot be read; patches look at theirs themselves.

    Raises:
        BadRequest: what should be an object is none.
        Unreadable: DeleteOptions are none.
    """
    body = request.body
    if not isinstance(body, Undecoded) or (
        request.verb == "patch" and request.content_type != "application/apply-patch+yaml"
    ):
        return
    if request.verb in ("delete", "deletecollection"):
        raise Unreadable(body.why)
    kind = KINDS.get(request.subresource, request.kind.name)
    raise errors.BadRequest(f"the object provided is unrecognized (must be of type {kind}): {body.why} ({body.shown})")
