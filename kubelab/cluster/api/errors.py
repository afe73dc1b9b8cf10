"""The API's errors, each with the code, reason and wording that the server answers with.

Source: k8s.io/apimachinery/pkg/api/errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from kubelab.cluster.kinds.kind import Cause, Kind
from kubelab.cluster.objects import Object

NOT_SERVED = "the server could not find the requested resource"


class ApiError(Exception):
    """A request that the server refused.

    Args:
        message: what went wrong, in the server's words.
        details: `status.details`: name, group, kind, causes, retryAfterSeconds.
    """

    code: ClassVar[int] = 500
    reason: ClassVar[str] = "InternalError"

    def __init__(self, message: str, details: Object | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: Object = details or {}

    def status(self) -> Object:
        """Returns the Status object of the answer."""
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details:
            status["details"] = self.details
        return {**status, "code": self.code}


class InternalError(ApiError):
    """The server failed at something that is no fault of the request."""


class BadRequest(ApiError):
    """The request makes no sense."""

    code = 400
    reason = "BadRequest"


class Unauthorized(ApiError):
    """Nobody known makes the request."""

    code = 401
    reason = "Unauthorized"


class Forbidden(ApiError):
    """The user may not do that."""

    code = 403
    reason = "Forbidden"


class NotFound(ApiError):
    """There is no such object."""

    code = 404
    reason = "NotFound"


class MethodNotAllowed(ApiError):
    """The resource has no such verb."""

    code = 405
    reason = "MethodNotAllowed"


class AlreadyExists(ApiError):
    """There is an object of that name."""

    code = 409
    reason = "AlreadyExists"


class Conflict(ApiError):
    """The object changed since, or another manager owns the fields."""

    code = 409
    reason = "Conflict"


class Gone(ApiError):
    """What a watch or a continued list asks for is no longer kept.

    Args:
        token: with which the list may go on all the same, with what is there now.
    """

    code = 410
    reason = "Expired"

    def __init__(self, message: str, token: str = "") -> None:
        super().__init__(message)
        self.token = token

    def status(self) -> Object:
        """Returns the Status object of the answer."""
        return {**super().status(), "metadata": {"continue": self.token}} if self.token else super().status()


class RequestEntityTooLarge(ApiError):
    """The body is larger than the server takes."""

    code = 413
    reason = "RequestEntityTooLarge"


class UnsupportedMediaType(ApiError):
    """The body is of a type that the server does not read."""

    code = 415
    reason = "UnsupportedMediaType"


class Invalid(ApiError):
    """The object breaks rules of its kind."""

    code = 422
    reason = "Invalid"


class TooManyRequests(ApiError):
    """Not now: try again later."""

    code = 429
    reason = "TooManyRequests"


class ServiceUnavailable(ApiError):
    """The API server does not run."""

    code = 503
    reason = "ServiceUnavailable"


def not_found(kind: Kind, name: str) -> NotFound:
    """Returns the error for an object that is not there."""
    return NotFound(f'{kind.resource} "{name}" not found', _details(kind.group, kind.plural, name))


def already_exists(kind: Kind, name: str) -> AlreadyExists:
    """Returns the error for a name that is taken."""
    return AlreadyExists(f'{kind.resource} "{name}" already exists', _details(kind.group, kind.plural, name))


def conflict(kind: Kind, name: str, why: str) -> Conflict:
    """Returns the error for a write that came too late."""
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return Conflict(message, _details(kind.group, kind.plural, name))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def forbidden(kind: Kind, name: str, why: str, causes: Sequence[Any] = ()) -> Forbidden:
    """Returns the error for something that is not allowed."""
    found = forbidden_resource(kind.group, kind.plural, name, why)
    if causes:
        found.details["causes"] = list(causes)
    return found


def forbidden_resource(group: str, plural: str, name: str, why: str) -> Forbidden:
    """Returns the error for a resource that may be none that is served."""
    resource = f"{plural}.{group}" if group else plural
    subject = f'{resource} "{name}" is forbidden' if name else f"{resource} is forbidden"
    return Forbidden(f"{subject}: {why}", _details(group, plural, name))


def invalid(kind: Kind, name: str, causes: Sequence[Cause]) -> Invalid:
    """Returns the error for an object that breaks rules; one cause is worded plainly, several in brackets."""
    messages = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
    text = messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]"
    subject = f"{kind.name}.{kind.group}" if kind.group else kind.name
    details = _details(kind.group, kind.name, name)
    details["causes"] = [{"reason": c.reason, "message": c.message, "field": c.field} for c in causes]
    return Invalid(f'{subject} "{name}" is invalid: {text}', details)


def _details(group: str, kind: str, name: str) -> Object:
    details: Object = {}
    if name:
        details["name"] = name
    if group:
        details["group"] = group
    details["kind"] = kind
    return details
