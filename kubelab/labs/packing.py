"""Rows of the revision log as bytes, and back.

What the objects of one batch share (a template's containers, labels, owner references) is written once and
shared again when read, so that a loaded cluster is as small in memory as the one that was kept. Folded rows of one
sort are a table (columns.py); the bodies of the others lie beside their index: whoever wants a part of the rows makes
only those.

    byte 0: FORMAT · then one zstandard frame of: 4 bytes length of the index · index (JSON) · parts · tables · bodies
"""

import json
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import orjson
import zstandard

from kubelab.cluster.agenda import KeptEntry
from kubelab.cluster.api.foldedevents import FoldedEvent
from kubelab.cluster.folded import Folded, Kept
from kubelab.cluster.objects import Object
from kubelab.labs.columns import Reading, written

Row = tuple[str, int, Kept | None]  # key, revision, object; None: it is gone
Path = tuple[str | int, ...]

FORMAT = 3
READ = (1, 2, 3)  # 1 had no tables, 2 had tables of objects and nothing folded
SORTS: dict[str, type[Folded]] = {kind.sort: kind for kind in (FoldedEvent, KeptEntry)}
LEVEL = 2  # of zstandard: higher ones win little, the lowest loses a third of what large batches win
MANY = range(100, 4_000)  # rows of a burst's commit, which there are many of: it has to be written quickly
DEEP, SHALLOW = 3, 1  # how deep shared parts are looked for: status.containerStatuses[0].user; in MANY spec.containers
TEMPLATE = ("containers", "initContainers", "volumes", "tolerations")  # of a Pod's spec, what its template decides
GONE = 0  # the length of a body that is not there


class Sharing:
    """Finds the parts that several objects of a batch share, by identity: stored objects are never changed."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._seen: set[int] = set()

    def without_shared(self, node: Any, path: Path, found: list[Path], depth: int) -> Any:
        """Return `node` with each part that was met before replaced by its number; `found` gets those paths."""
        copy = None
        numbers, seen = self._numbers, self._seen
        for name, value in node.items() if type(node) is dict else enumerate(node):
            kind = type(value)
            if (kind is not dict and kind is not list) or not value:
                continue
            identity = id(value)
            if identity in seen:
                number = numbers.get(identity)
                inner: Any = self._share(value) if number is None else number
                found.append((*path, name))
            else:
                seen.add(identity)
                if not depth:
                    continue
                inner = self.without_shared(value, (*path, name), found, depth - 1)
                if inner is value:
                    continue
            if copy is None:
                copy = node.copy()
            copy[name] = inner
        return node if copy is None else copy

    def _share(self, value: Any) -> int:
        """Take up a part that is met for the second time."""
        number = self._numbers[id(value)] = len(self.parts)
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
    batch = _in_bodies(rows)
    batch.add_folded(rows)
    parts = [dumps(part) for part in batch.parts]
    index = dumps(
        {
            "keys": [row[0] for row in rows],
            "revisions": [row[1] for row in rows],
            "lengths": batch.lengths,
            "shapes": batch.shapes,
            "paths": batch.paths,
            "parts": [len(part) for part in parts],
            "tables": [len(table) for table in batch.tables],
            "folded": batch.folded,
            "places": batch.places,
        }
    )
    whole = b"".join([len(index).to_bytes(4, "little"), index, *parts, *batch.tables, batch.bodies])
    return bytes([FORMAT]) + zstandard.ZstdCompressor(level=LEVEL).compress(whole)


@dataclass
class Batch:
    """What is written of a batch beside the keys.

    Attributes:
        shapes: of each row, which of the `paths` are those of its shared parts.
        bodies: one after the other: what orjson returns holds several times the memory that it needs.
        folded: of each table, the sort of its rows.
        places: of each row, the number of its table, 0 for one with a body; empty where there are no tables.
    """

    parts: list[Any]
    shapes: list[int]
    paths: list[list[Path]]
    lengths: list[int] = field(default_factory=list)
    bodies: bytearray = field(default_factory=bytearray)
    tables: list[bytes] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def add_folded(self, rows: Sequence[Row]) -> None:
        """Write a table of each sort of folded rows: their keys stand in the index, what they share is a part."""
        sorts: dict[str, list[tuple[int, Folded]]] = {}
        for place, (_, _, obj) in enumerate(rows):
            if isinstance(obj, Folded):
                sorts.setdefault(obj.sort, []).append((place, obj))
        if sorts and not self.places:
            self.places = [0] * len(rows)
        numbers: dict[int, int] = {}
        for sort, found in sorts.items():
            table = [row for _, row in found]
            for shared in {id(row[1]): row[1] for row in table}.values():
                numbers[id(shared)] = len(self.parts)
                self.parts.append([*shared])
            self.tables.append(dumps([[numbers[id(row[1])] for row in table], written(row[2:] for row in table)]))
            self.folded.append(sort)
            for place, _ in found:
                self.places[place] = len(self.tables)


def _in_bodies(rows: Sequence[Row]) -> Batch:
    """Write each row by itself that is not folded."""
    sharing, depth = Sharing(), SHALLOW if len(rows) in MANY else DEEP
    known: dict[tuple[Path, ...], int] = {(): 0}
    batch = Batch(sharing.parts, [0] * len(rows), [], [0] * len(rows))
    for place, (_, _, obj) in enumerate(rows):
        if isinstance(obj, dict):
            found: list[Path] = []
            body = dumps(sharing.without_shared(obj, (), found, depth))
            batch.bodies += body
            batch.lengths[place] = len(body)
            batch.shapes[place] = known.setdefault(tuple(found), len(known))
    batch.paths = [list(paths) for paths in known]
    return batch


class Interned:
    """Parts and strings that were read before, so that equal ones of several batches become one object."""

    def __init__(self) -> None:
        self.strings: dict[str, str] = {}
        self._parts: dict[bytes, Any] = {}
        self._known: set[int] = set()  # the parts' identities
        self._shared: dict[int, tuple[Any, ...]] = {}  # what folded rows share, by the parts' identities

    def part(self, body: bytes) -> Any:
        part = self._parts.get(body)
        if part is None:
            part = self._parts[body] = loads(body)
            self._known.add(id(part))
        return part

    def shared(self, part: Any) -> tuple[Any, ...]:
        """Return a part as folded rows have it."""
        found = self._shared.get(id(part))
        if found is None:
            found = self._shared[id(part)] = tuple(part)
        return found

    def share(self, spec: Object) -> None:
        """Let a Pod's spec share its parts with others of its template.

        A batch writes a part out where it first meets it: read back, that one Pod of each template would have its own.
        """
        for name in TEMPLATE:
            value = spec.get(name)
            if value and id(value) not in self._known:
                spec[name] = self.part(dumps(value))


def unpack(data: bytes, skip: Container[str] = (), interned: Interned | None = None) -> Iterator[Row]:
    """Yield the rows of a batch in their order.

    Args:
        skip: keys that are not wanted; their objects are not made.
        interned: shared between the batches of one cluster.

    Raises:
        ValueError: if `data` was written by a newer KubeLab.
    """
    if data[0] not in READ:
        raise ValueError(f"revision log of format {data[0]}; this KubeLab reads {FORMAT}")
    whole = memoryview(zstandard.ZstdDecompressor().decompress(memoryview(data)[1:]))
    end = 4 + int.from_bytes(whole[:4], "little")
    index = loads(whole[4:end])
    interned, parts = interned or Interned(), []
    for length in index["parts"]:
        parts.append(interned.part(bytes(whole[end : end + length])))
        end += length
    keys, places = index["keys"], index.get("places") or repeat(0)
    wanted = [key not in skip for key in keys] if skip else None
    lengths = index.get("tables", ())
    sorts = dict(enumerate(index.get("folded", ()), 1 + len(lengths) - len(index.get("folded", ()))))
    tables: list[Iterator[Kept]] = []
    for number, length in enumerate(lengths, 1):
        first, columns = loads(whole[end : end + length])
        end += length
        chosen = wanted and [want for want, place in zip(wanted, places, strict=True) if place == number]
        reading = Reading(parts, interned.strings, None if chosen is None or all(chosen) else chosen)
        if number in sorts:
            names = [key for key, place in zip(keys, places, strict=True) if place == number]
            shared = [interned.shared(parts[part]) for part in first]
            tables.append(map(SORTS[sorts[number]], reading.rows([names, shared, *columns])))
        else:
            tables.append(iter(reading.objects(first, iter(columns))))
    paths = index["paths"]
    columns = zip(index["keys"], index["revisions"], index["lengths"], index["shapes"], places)  # noqa: B905
    for key, revision, length, shape, place in columns:
        start, end = end, end + length
        if key in skip:
            continue
        if place:
            yield key, revision, next(tables[place - 1])
        else:
            yield key, revision, _with_shared(whole[start:end], paths[shape], parts) if length != GONE else None


def _with_shared(body: memoryview, paths: list[list[str | int]], parts: list[Any]) -> Object:
    obj: Object = loads(body)
    for path in paths:
        node: Any = obj
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = parts[node[path[-1]]]
    return obj
