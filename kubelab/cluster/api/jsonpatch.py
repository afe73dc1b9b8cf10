"""JSON patch (RFC 6902), sharing what it does not touch."""

from __future__ import annotations

from typing import Any

from kubelab.cluster.api.errors import ApiError, BadRequest
from kubelab.cluster.gojson import json_type


class PatchFailed(ApiError):
    """An operation cannot be done on this object; the server does not say which, nor why."""

    code = 422
    reason = "Invalid"

    def __init__(self) -> None:
        super().__init__("the server rejected our request due to an error in our request")


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
        if not isinstance(operation, dict):
            raise BadRequest(f"json: cannot unmarshal {json_type(operation)} into Go value of type jsonpatch.Operation")
        target = _apply_one(target, operation)
    return target


def _apply_one(target: Any, operation: Any) -> Any:
    name, path = operation.get("op"), _parts(operation.get("path", ""))
    if name in ("add", "replace"):
        return _put(target, path, operation.get("value"), replace=name == "replace")
    if name == "remove":
        return _remove(target, path)
    if name == "test":
        if _get(target, path) != operation.get("value"):
            raise PatchFailed
        return target
    if name == "copy":
        return _put(target, path, _get(target, _parts(operation["from"])))
    if name == "move":
        source = _parts(operation["from"])
        return _put(_remove(target, source), path, _get(target, source))
    raise BadRequest(f"Unexpected kind: {name}")


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
