"""What the commands that change objects share: dry runs, field validation, the last-applied annotation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import GoError, parse_bool, quote
from kubelab.terminal.kubectl.logging import klog_warning
from kubelab.terminal.kubectl.printers.json import compact_json

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def dry_run(call: Call) -> str:
    """Returns "client", "server", or "" when it is no dry run.

    Raises:
        CommandError: --dry-run has another value.
    """
    value = call.flags.text("dry-run")
    if value in ("client", "server"):
        return value
    if value == "none":
        return ""
    if value == "unchanged":
        klog_warning(call, "helpers.go:703", "--dry-run is deprecated and can be replaced with --dry-run=client.")
        return "client"
    try:
        on = parse_bool(value)
    except GoError:
        raise CommandError(f'Invalid dry-run value ({value}). Must be "none", "server", or "client".') from None
    place, instead = ("helpers.go:717", "client") if on else ("helpers.go:720", "none")
    klog_warning(
        call, place, f"--dry-run={value} is deprecated (boolean value) and can be replaced with --dry-run={instead}."
    )
    return "client" if on else ""


def validation(call: Call) -> str:
    """Returns the fieldValidation that --validate asks for.

    Raises:
        CommandError: it has no such value.
    """
    value = call.flags.text("validate")
    known = {"strict": "Strict", "warn": "Warn", "ignore": "Ignore"}.get(value)
    if known is not None:
        return known
    try:
        return "Strict" if parse_bool(value) else "Ignore"
    except GoError:
        raise CommandError(
            f"invalid - validate option {quote(value)}; must be one of: strict (or true), warn, ignore (or false)"
        ) from None


def write_options(call: Call, *, dry: str = "", validate: str = "") -> dict[str, str]:
    """Returns the query parameters of a write."""
    options = {}
    if call.flags.has("field-manager") and call.flags.text("field-manager"):
        options["fieldManager"] = call.flags.text("field-manager")
    if validate:
        options["fieldValidation"] = validate
    if dry == "server":
        options["dryRun"] = "All"
    return options


def configuration(obj: Object) -> str:
    """Returns an object as the last-applied annotation keeps it: JSON on a line, without the annotation itself."""
    metadata = obj.get("metadata") or {}
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != LAST_APPLIED}
    return compact_json({**obj, "metadata": {**metadata, "annotations": annotations}}) + "\n"


def with_annotation(obj: Object, name: str, value: str) -> Object:
    """Returns an object with one annotation put."""
    metadata = obj.get("metadata") or {}
    return {**obj, "metadata": {**metadata, "annotations": {**(metadata.get("annotations") or {}), name: value}}}


def with_last_applied(obj: Object) -> Object:
    """Returns an object that says how it was applied."""
    return with_annotation(obj, LAST_APPLIED, configuration(obj))


def last_applied(obj: Object) -> str | None:
    """Returns the configuration that was last applied, None if there is none."""
    annotations: dict[str, str] = obj["metadata"].get("annotations") or {}
    return annotations.get(LAST_APPLIED)


def saved(call: Call, obj: Object) -> Object:
    """Returns an object as create and replace send it: with its configuration kept, if that is wanted or was so."""
    if call.flags.on("save-config") or last_applied({"metadata": obj.get("metadata") or {}}) is not None:
        return with_last_applied(obj)
    return obj


def without_nulls(value: Any) -> Any:
    """Returns JSON data without the fields of maps that are null."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def subresource(call: Call) -> str:
    """Returns --subresource; kubectl v1.31 knows two of them only.

    Raises:
        CommandError: it is another one.
    """
    name = call.flags.text("subresource")
    if call.minor < 32 and name not in ("", "status", "scale"):
        raise CommandError(f"invalid subresource value: {quote(name)}. Must be one of [status scale]")
    return name


def no_arguments(call: Call) -> None:
    """Refuses arguments.

    Raises:
        UsageError: there are some.
    """
    if call.args:
        raise call.usage(f"Unexpected args: [{' '.join(call.args)}]")
