"""Rows of the revision log as bytes, and back.

What the objects of one batch share (a template's containers, labels, owner references) is written once and
shared again when read, so that a loaded cluster is as small in memory as the one that was kept. Bodies lie
beside their index: whoever wants a part of the rows parses only those.

    byte 0: FORMAT · then one zstandard frame of: 4 bytes length of the index · index (JSON) · parts · bodies
"""

import json
from collections.abc import Container, Iterator, Sequence
from typing import Any

import orjson
import zstandard

from kubelab.cluster.objects import Object

Row = tuple[str, int, Object | None]  # key, revision, object; None: it is gone
Path = tuple[str | int, ...]

FORMAT = 1
LEVEL = 3  # of zstandard: 1 µs a Pod; higher levels win little
DEPTH = 3  # how deep shared parts are looked for: metadata.managedFields[0].fieldsV1
GONE = 0  # the length of a body that is not there


class Sharing:
    """Finds the parts that several objects of a batch share, by identity: stored objects are never changed."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._seen: set[int] = set()

    def without_shared(self, node: Any, path: Path, found: list[Path], depth: int = DEPTH) -> Any:
        """Return `node` with each part that was met before replaced by its number; `found` gets those paths."""
        copy = None
        for name, value in node.items() if type(node) is dict else enumerate(node):
            kind = type(value)
            if (kind is not dict and kind is not list) or not value:
                continue
            number = self._number(value)
            if number is not None:
                found.append((*path, name))
                inner: Any = number
            elif depth:
                inner = self.without_shared(value, (*path, name), found, depth - 1)
                if inner is value:
                    continue
            else:
                continue
            if copy is None:
                copy = node.copy()
            copy[name] = inner
        return node if copy is None else copy

    def _number(self, value: Any) -> int | None:
        identity = id(value)
        number = self._numbers.get(identity)
        if number is None:
            if identity not in self._seen:
                self._seen.add(identity)
                return None
            number = self._numbers[identity] = len(self.parts)
            self.parts.append(value)
        return number


def dumps(value: Any) -> bytes:
    """Return a value as JSON; bytes that are no text, which travel as surrogates (PEP 383), are kept too.

    Raises:
        TypeError: if it is not JSON.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass")


def loads(data: bytes | memoryview) -> Any:
    """Return the value that `dumps` has written."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(bytes(data).decode("utf-8", "surrogatepass"))


def pack(rows: Sequence[Row]) -> bytes:
    """Return the bytes of a batch of rows.

    Args:
        rows: must stay alive until this returns (parts are told apart by their identity).

    Raises:
        TypeError: if an object is not JSON.
    """
    sharing, shapes = Sharing(), dict[tuple[Path, ...], int]()
    bodies = bytearray()  # one after the other: what orjson returns holds several times the memory that it needs
    lengths, numbers = list[int](), list[int]()
    for _, _, obj in rows:
        found: list[Path] = []
        body = b"" if obj is None else dumps(sharing.without_shared(obj, (), found))
        bodies += body
        lengths.append(len(body))
        numbers.append(shapes.setdefault(tuple(found), len(shapes)))
    parts = [dumps(part) for part in sharing.parts]
    index = dumps(
        {
            "keys": [row[0] for row in rows],
            "revisions": [row[1] for row in rows],
            "lengths": lengths,
            "shapes": numbers,
            "paths": list(shapes),
            "parts": [len(part) for part in parts],
        }
    )
    whole = b"".join([len(index).to_bytes(4, "little"), index, *parts, bodies])
    return bytes([FORMAT]) + zstandard.ZstdCompressor(level=LEVEL).compress(whole)


class Interned:
    """Parts that were read before, so that equal ones of several batches become one object."""

    def __init__(self) -> None:
        self._parts: dict[bytes, Any] = {}

    def part(self, body: bytes) -> Any:
        part = self._parts.get(body)
        if part is None:
            part = self._parts[body] = loads(body)
        return part


def unpack(data: bytes, skip: Container[str] = (), interned: Interned | None = None) -> Iterator[Row]:
    """Yield the rows of a batch in their order.

    Args:
        skip: keys that are not wanted; their objects are not parsed.
        interned: shared between the batches of one cluster.

    Raises:
        ValueError: if `data` was written by a newer KubeLab.
    """
    if data[0] != FORMAT:
        raise ValueError(f"revision log of format {data[0]}; this KubeLab reads {FORMAT}")
    whole = memoryview(zstandard.ZstdDecompressor().decompress(memoryview(data)[1:]))
    end = 4 + int.from_bytes(whole[:4], "little")
    index = loads(whole[4:end])
    interned, parts = interned or Interned(), []
    for length in index["parts"]:
        parts.append(interned.part(bytes(whole[end : end + length])))
        end += length
    paths = index["paths"]
    columns = zip(index["keys"], index["revisions"], index["lengths"], index["shapes"], strict=True)
    for key, revision, length, shape in columns:
        start, end = end, end + length
        if key in skip:
            continue
        yield key, revision, _with_shared(whole[start:end], paths[shape], parts) if length != GONE else None


def _with_shared(body: memoryview, paths: list[list[str | int]], parts: list[Any]) -> Object:
    obj: Object = loads(body)
    for path in paths:
        node: Any = obj
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = parts[node[path[-1]]]
    return obj
