"""What goes wrong in kubectl, and how it is told: one line on standard error and an exit code.

The rules of kubectl's cmd/util/helpers.go (CheckErr, StandardErrorMessage, UsageErrorf).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubelab.cluster.api.errors import ApiError
from kubelab.terminal.kubectl.golang import quote


class CommandError(Exception):
    """A command cannot go on. `code` is the exit code; the text is told with `error: ` before it."""

    def __init__(self, message: str = "", code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class UsageError(CommandError):
    """A command was called in a wrong way; the text names the help that says how."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{message}\nSee '{path} -h' for help and examples")


class Exit(CommandError):
    """The command ends with an exit code and says nothing more."""

    def __init__(self, code: int = 1) -> None:
        super().__init__("", code)


class PlainError(CommandError):
    """A message that is told as it is, without `error: ` before it."""


class Failures(Exception):
    """Several errors of one command, each told on its own line."""

    def __init__(self, errors: Sequence[Exception]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = list(errors)


def raise_all(errors: Sequence[Exception]) -> None:
    """Raises nothing, the one error, or all of them."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Failures(errors)


def render(error: Exception) -> tuple[str, int]:
    """Returns what kubectl writes to standard error for `error`, and its exit code."""
    if isinstance(error, Failures) and len(error.errors) == 1:
        error = error.errors[0]
    if isinstance(error, Exit):
        return "", error.code
    if isinstance(error, PlainError):
        return _line(error.message), error.code
    if isinstance(error, ApiError):
        return _line(_invalid(error) if error.reason == "Invalid" else api_message(error)), 1
    if isinstance(error, Failures):
        return "".join(_line(message_of(each)) for each in error.errors), 1
    code = error.code if isinstance(error, CommandError) else 1
    text = str(error)
    return _line(text if text.startswith("error: ") else f"error: {text}"), code


def message_of(error: Exception) -> str:
    """Returns an error's text as it stands in a list of several."""
    return api_message(error) if isinstance(error, ApiError) else str(error)


def kept(error: Exception) -> list[Any]:
    """Returns an error as JSON, for the state of a command that goes on after it."""
    if isinstance(error, ApiError):
        return [type(error).__name__, error.message, error.details]
    return ["", str(error), None]


def told(error: list[Any]) -> Exception:
    """Returns the error that was kept."""
    name, message, details = error
    for found in ApiError.__subclasses__():
        if found.__name__ == name:
            return found(message, details)
    return CommandError(message)


def api_message(error: ApiError) -> str:
    """Returns what the API's Status says, as kubectl tells it."""
    if error.reason == "Unauthorized":
        return f"error: You must be logged in to the server ({error.message})"
    if error.reason:
        return f"Error from server ({error.reason}): {error.message}"
    return f"Error from server: {error.message}"


def with_source(verb: str, source: str, error: Exception) -> Exception:
    """Returns `error` with what was being done to which file before its message."""
    if not source:
        return error
    if isinstance(error, ApiError):
        return type(error)(f"error when {verb} {quote(source)}: {error.message}", error.details)
    return CommandError(f"error when {verb} {quote(source)}: {error}")


def _invalid(error: ApiError) -> str:
    details = error.details or {}
    kind, name = details.get("kind", ""), details.get("name", "")
    subject = f"The {kind} {quote(name)} is invalid" if kind or name else "The request is invalid"
    causes = details.get("causes") or []
    if not details:
        return f"{subject}: {error.message}" if error.message else subject
    lines = list(dict.fromkeys(f"{cause.get('field', '')}: {cause.get('message', '')}" for cause in causes))
    if not lines:
        return subject if kind or name else f"{subject}: {error.message}"
    if len(lines) == 1:
        return f"{subject}: {lines[0]}"
    return f"{subject}: \n" + "\n".join(f"* {line}" for line in lines)


def _line(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"
