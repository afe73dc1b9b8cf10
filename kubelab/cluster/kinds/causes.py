"""The causes that an object is invalid for, as the server words them.

Source: k8s.io/apimachinery/pkg/util/validation/field/errors.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from kubelab.cluster.kinds.kind import Cause


def required(path: str, detail: str = "") -> Cause:
    """Returns the cause for a field that must be there."""
    return Cause("FieldValueRequired", f"Required value: {detail}" if detail else "Required value", path)


def invalid(path: str, value: object, detail: str) -> Cause:
    """Returns the cause for a field with a wrong value."""
    return Cause("FieldValueInvalid", f"Invalid value: {quoted(value)}: {detail}", path)


def unsupported(path: str, value: object, supported: Iterable[str]) -> Cause:
    """Returns the cause for a field with a value that is none of a few."""
    listed = ", ".join(f'"{found}"' for found in supported)
    return Cause("FieldValueNotSupported", f"Unsupported value: {quoted(value)}: supported values: {listed}", path)


def duplicate(path: str, value: object) -> Cause:
    """Returns the cause for a second item of the same name."""
    return Cause("FieldValueDuplicate", f"Duplicate value: {quoted(value)}", path)


def forbidden(path: str, detail: str) -> Cause:
    """Returns the cause for a field that may not be there, or may not change."""
    return Cause("FieldValueForbidden", f"Forbidden: {detail}", path)


def quoted(value: object) -> str:
    """Writes a value as causes show it: what is more than one value as JSON, as since v1.34."""
    if isinstance(value, dict | list | tuple | bool):
        return json.dumps(value, separators=(",", ":"), sort_keys=True)
    return f'"{value}"' if isinstance(value, str) else str(value)
