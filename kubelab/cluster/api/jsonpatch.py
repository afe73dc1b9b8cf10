"""JSON patch (RFC 6902), sharing what it does not touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelab.cluster.api.errors import ApiError, BadRequest
from kubelab.cluster.gojson import json_type

MISSING = "missing value"


class PatchFailed(ApiError):
    """An operation cannot be done on this object; the server does not say which, nor why.

    Args:
        why: in the words of the library, which kubectl tells when it patches by itself.
    """

    code = 422
    reason = "Invalid"

    def __init__(self, why: str = "") -> None:
        super().__init__("the server rejected our request due to an error in our request")
        self.why = why


def apply(target: Any, operations: Any) -> Any:
    """Applies the operations in order.

    Raises:
        BadRequest: if they are no list of operations.
        PatchFailed: if one of them cannot be done; nothing is changed then.
    """
    if operations is None:
        return target
    if not isinstance(operations, list):
        raise BadRequest(f"json: cannot unmarshal {json_type(operations)} into Go value of type jsonpatch.Patch")
    for operation in operations:
        if operation is not None and not isinstance(operation, dict):
            raise BadRequest(f"json: cannot unmarshal {json_type(operation)} into Go value of type jsonpatch.Operation")
    for operation in operations:
        target = _apply_one(target, operation or {})
    return target


def _apply_one(target: Any, operation: Any) -> Any:
    name = operation.get("op")
    if not isinstance(name, str) or name not in _OPERATIONS:
        raise PatchFailed(f"Unexpected kind: {name if isinstance(name, str) else 'unknown'}")
    source = _pointer(operation, "from", name) if name in ("move", "copy") else ""
    path = _pointer(operation, "path", name)
    try:
        return _OPERATIONS[name](target, _parts(path), operation.get("value"), _parts(source))
    except PatchFailed as failed:
        raise PatchFailed(failed.why or _reason(target, name, path, source)) from None


def _pointer(operation: Any, field: str, name: str) -> str:
    found = operation.get(field)
    if isinstance(found, str):
        return found
    missing = f"operation{', missing from' if field == 'from' else ' missing path'} field: "
    said = "" if name in ("add", "remove", "copy") and field == "path" else missing
    raise PatchFailed(f"{name} operation failed to decode {field}: {said}{MISSING}")


def _reason(target: Any, name: str, path: str, source: str) -> str:
    """Returns why an operation could not be done, as github.com/evanphx/json-patch words it."""
    if name == "test":
        return f"testing value {path} failed: test failed"
    if source and not _is_there(target, _parts(source)):
        return f"{name} operation does not apply: doc is missing from path: {source}: {MISSING}"
    parts = _parts(path)
    if not parts or not _is_there(target, parts[:-1]):
        what = "destination path" if source else "path"
        shown = f'"{path}"' if name in ("add", "remove") else path
        return f"{name} operation does not apply: doc is missing {what}: {shown}: {MISSING}"
    if name == "replace":
        return f"replace operation does not apply: doc is missing key: {path}: {MISSING}"
    if name == "remove":
        return f"error in remove for path: '{path}': Unable to remove nonexistent key: {parts[-1]}: {MISSING}"
    return f"error in {name} for path: '{path}': {MISSING}"


def _is_there(target: Any, path: list[str]) -> bool:
    try:
        _get(target, path)
    except PatchFailed:
        return False
    return True


def _add(target: Any, path: list[str], value: Any, _source: list[str]) -> Any:
    return _put(target, path, value) if path else _fail()


def _replace(target: Any, path: list[str], value: Any, _source: list[str]) -> Any:
    return _put(target, path, value, replace=True) if path else _fail()


def _test(target: Any, path: list[str], value: Any, _source: list[str]) -> Any:
    try:
        found = _get(target, path)
    except PatchFailed:
        found = None  # what is not there is null, as the library has it
    return target if found == value and isinstance(found, bool) == isinstance(value, bool) else _fail()


def _copy(target: Any, path: list[str], _value: Any, source: list[str]) -> Any:
    return _put(target, path, _get(target, source)) if path else _fail()


def _move(target: Any, path: list[str], _value: Any, source: list[str]) -> Any:
    return _put(_remove(target, source), path, _get(target, source)) if path else _fail()


def _fail() -> Any:
    raise PatchFailed


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _get(target: Any, path: list[str]) -> Any:
    for part in path:
        try:
            target = target[int(part)] if isinstance(target, list) else target[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise PatchFailed from None
    return target


def _put(target: Any, path: list[str], value: Any, *, replace: bool = False) -> Any:
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(target, list):
        return _put_item(target, part, rest, value, replace)
    if not isinstance(target, dict) or (part not in target and (rest or replace)):
        raise PatchFailed
    return {**target, part: _put(target[part], rest, value, replace=replace) if rest else value}


def _put_item(target: list[Any], part: str, rest: list[str], value: Any, replace: bool) -> list[Any]:
    if part == "-" and not rest:
        return [*target, value]
    if not part.isdigit() or int(part) > len(target) or (int(part) == len(target) and (rest or replace)):
        raise PatchFailed
    place = int(part)
    if rest:
        return [*target[:place], _put(target[place], rest, value, replace=replace), *target[place + 1 :]]
    return [*target[:place], value, *target[place + (1 if replace else 0) :]]


def _remove(target: Any, path: list[str]) -> Any:
    if not path:
        raise PatchFailed
    part, rest = path[0], path[1:]
    if isinstance(target, list):
        if not part.isdigit() or int(part) >= len(target):
            raise PatchFailed
        place = int(part)
        inner = [_remove(target[place], rest)] if rest else []
        return [*target[:place], *inner, *target[place + 1 :]]
    if not isinstance(target, dict) or part not in target:
        raise PatchFailed
    if rest:
        return {**target, part: _remove(target[part], rest)}
    return {name: value for name, value in target.items() if name != part}


_OPERATIONS: dict[Any, Callable[[Any, list[str], Any, list[str]], Any]] = {
    "add": _add, "replace": _replace, "test": _test, "copy": _copy, "move": _move,
    "remove": lambda target, path, _value, _source: _remove(target, path),
}  # fmt: skip
