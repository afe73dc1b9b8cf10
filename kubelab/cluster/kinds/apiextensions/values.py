"""Causes about values of custom resources, as the server shows such values.

Until 1.33 what is no plain value stands in Go's syntax, from 1.34 on as JSON.
Source: k8s.io/apimachinery/pkg/util/validation/field/errors.go.
"""

from __future__ import annotations

import json
from typing import Any

from kubelab.cluster.kinds.kind import Cause

ROOT = "<nil>"  # how the root of an object is named


def child(path: str, name: str) -> str:
    """Returns the path of a field."""
    return f"{path}.{name}" if path else name


def item(path: str, place: int) -> str:
    """Returns the path of a list's item."""
    return f"{path}[{place}]"


def key(path: str, name: str) -> str:
    """Returns the path of a map's value."""
    return f"{path}[{name}]"


def invalid(path: str, value: Any, detail: str, reason: str = "FieldValueInvalid") -> Cause:
    """Returns the cause for a wrong value."""
    return _with_value(reason, "Invalid value", path, value, detail)


def type_invalid(path: str, value: Any, detail: str) -> Cause:
    """Returns the cause for a value of another type than the schema's."""
    return invalid(path, value, detail, "FieldValueTypeInvalid")


def duplicate(path: str, value: Any) -> Cause:
    """Returns the cause for a second item that must be the only one."""
    return _with_value("FieldValueDuplicate", "Duplicate value", path, value, "")


def unsupported(path: str, value: Any, supported: list[str]) -> Cause:
    """Returns the cause for a value that is none of a few."""
    listed = ", ".join(json.dumps(one, ensure_ascii=False) for one in supported)
    return _with_value("FieldValueNotSupported", "Unsupported value", path, value, f"supported values: {listed}")


def required(path: str, detail: str = "") -> Cause:
    """Returns the cause for a field that must be there."""
    return Cause("FieldValueRequired", f"Required value: {detail}" if detail else "Required value", path or ROOT)


def forbidden(path: str, detail: str) -> Cause:
    """Returns the cause for a field that may not be there."""
    return Cause("FieldValueForbidden", f"Forbidden: {detail}", path or ROOT)


def too_many(path: str, actual: int, most: int) -> Cause:
    """Returns the cause for more items than there may be."""
    return Cause("FieldValueTooMany", f"Too many: {actual}: must have at most {most} items", path or ROOT)


def too_long(path: str, most: int) -> Cause:
    """Returns the cause for a text that is longer than it may be."""
    return Cause("FieldValueTooLong", f"Too long: may not be more than {most} bytes", path or ROOT)


def _with_value(reason: str, words: str, path: str, value: Any, detail: str) -> Cause:
    rest = f": {detail}" if detail else ""
    shown, go = _shown(value), _go(value)
    before = f"{words}: {go}{rest}" if go != shown else ""
    return Cause(reason, f"{words}: {shown}{rest}", path or ROOT, before)


def _shown(value: Any) -> str:
    if value is None:
        return '"null"'
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def _go(value: Any) -> str:
    if isinstance(value, dict):
        fields = ", ".join(f"{json.dumps(name)}:{_go_inner(value[name])}" for name in sorted(value))
        return f"map[string]interface {{}}{{{fields}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(map(_go_inner, value))}}}"
    return _shown(value)


def _go_inner(value: Any) -> str:
    return "interface {}(nil)" if value is None else _go(value)
