"""The trees that file systems are made of: a read-only layer (an image) below changes that the store keeps.

An entry is JSON and never changed once stored. What is written to the end of a file is gathered in memory
and reaches the store when somebody reads the file or `flush` is called, so that a loop of `echo` is not
a revision each.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol
from weakref import WeakKeyDictionary

from kubelab.cluster.objects import Object

PREFIX = "/machine/files/"
CONTENT = ("text", "base64", "zeros")  # the fields of an entry that hold what is in a file
DIRECTORY_SIZE = 4096  # what ext4 shows for a small directory


class FileStore(Protocol):
    """Where entries are kept; the cluster's store is one."""

    def get(self, key: str) -> Object | None:
        """Returns the entry at `key`, or None."""

    def put(self, key: str, obj: Object) -> Object:
        """Stores an entry."""

    def delete(self, key: str) -> Object | None:
        """Removes an entry."""

    def items(self, prefix: str) -> Iterator[tuple[str, Object]]:
        """Yields keys and entries below `prefix` in order."""


class MemoryStore:
    """A file store in memory, for what need not be kept: tests, scratch disks."""

    def __init__(self) -> None:
        self.rows: dict[str, Object] = {}

    def get(self, key: str) -> Object | None:
        """Returns the entry at `key`, or None."""
        return self.rows.get(key)

    def put(self, key: str, obj: Object) -> Object:
        """Stores an entry."""
        self.rows[key] = obj
        return obj

    def delete(self, key: str) -> Object | None:
        """Removes an entry."""
        return self.rows.pop(key, None)

    def items(self, prefix: str) -> Iterator[tuple[str, Object]]:
        """Yields keys and entries below `prefix` in order."""
        for key in sorted(self.rows):
            if key.startswith(prefix):
                yield key, self.rows[key]


def content(data: str | bytes) -> Object:
    """Returns the part of an entry that holds `data`: text as it is, all else in base64."""
    if isinstance(data, bytes):
        try:
            return {"text": data.decode()}
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(data).decode()}
    try:
        data.encode()
    except UnicodeEncodeError:  # bytes that are no text travel through the shell as surrogates
        return {"base64": base64.b64encode(data.encode("utf-8", "surrogateescape")).decode()}
    return {"text": data}


def text_of(entry: Object) -> str:
    """Returns a file's content as text; bytes that are no UTF-8 become surrogates (PEP 383)."""
    text: str | None = entry.get("text")
    if text is not None:
        return text + "\0" * entry["zeros"] if "zeros" in entry else text
    return base64.b64decode(entry["base64"]).decode("utf-8", "surrogateescape")


def bytes_of(entry: Object) -> bytes:
    """Returns a file's content."""
    return text_of(entry).encode() if "text" in entry else base64.b64decode(entry["base64"])


def size_of(entry: Object) -> int:
    """Returns a size in bytes as `ls -l` shows it."""
    kind = entry["type"]
    if kind == "dir":
        return DIRECTORY_SIZE
    if kind == "link":
        return len(entry["target"].encode())
    if kind != "file":
        return 0
    text: str | None = entry.get("text")
    if text is not None:
        return (len(text) if text.isascii() else len(text.encode())) + int(entry.get("zeros", 0))
    digits: str = entry["base64"]
    return len(digits) // 4 * 3 - digits.count("=", -2)


def entry_of(source: str | bytes | Object) -> Object:
    """Returns the entry that a layer's author wrote in short: a string is a file of that content."""
    if isinstance(source, str | bytes):
        return {"type": "file", **content(source), "mode": 0o644}
    return source


class Layer:
    """A read-only tree, shared by all file systems above it.

    Args:
        files: absolute path to content (str, bytes) or entry: {"type": "file" | "dir" | "link" | "char" | "block" |
            "socket", "text" | "base64" | "target", "mode", "owner", "group", "mtime"}; a path that ends in "/" is a
            directory. Parents need not be named.
    """

    def __init__(self, files: Mapping[str, str | bytes | Object]) -> None:
        self.entries: dict[str, Object] = {"/": {"type": "dir"}}
        self.children: dict[str, dict[str, None]] = {"/": {}}
        for path, source in files.items():
            if path == "/":
                self.entries["/"] = entry_of(source)
            elif path.endswith("/"):
                self._add(path.rstrip("/"), source if isinstance(source, dict) else {"type": "dir"})
            else:
                self._add(path, entry_of(source))

    def _add(self, path: str, entry: Object) -> None:
        self.entries[path] = entry
        if entry["type"] == "dir":
            self.children.setdefault(path, {})
        while path != "/":
            parent, _, name = path.rpartition("/")
            parent = parent or "/"
            known = parent in self.children
            self.children.setdefault(parent, {})[name] = None
            if known:
                return
            self.entries.setdefault(parent, {"type": "dir"})
            path = parent


EMPTY = Layer({})


class Usage(NamedTuple):
    """How much a tree holds above its layer.

    Args:
        size: bytes of all files.
        zeros: how many of them are only counted, not kept: what `dd if=/dev/zero` wrote.
    """

    size: int
    files: int
    zeros: int = 0


class Changes:
    """What one tree's changes are, by directory; follows the store, so that all who open the tree agree."""

    def __init__(self) -> None:
        self.children: dict[str, dict[str, None]] = {}
        self.hidden: dict[str, None] = {}  # paths that the layer below no longer shows
        self.tails: dict[str, list[str]] = {}
        self.size = 0
        self.files = 0
        self.zeros = 0

    def follow(self, path: str, old: Object | None, new: Object | None) -> None:
        """Takes one write into account."""
        if path != "/":
            parent, _, name = path.rpartition("/")
            names = self.children.setdefault(parent or "/", {})
            if new is None:
                names.pop(name, None)
            else:
                names[name] = None
        if new is not None and (new["type"] == "gone" or new.get("opaque")):
            self.hidden[path] = None
        else:
            self.hidden.pop(path, None)
        for entry, sign in ((old, -1), (new, 1)):
            if entry is not None and entry["type"] != "gone":
                self.size += sign * (size_of(entry) if entry["type"] == "file" else 0)
                self.zeros += sign * int(entry.get("zeros", 0))
                self.files += sign


class _Table:
    """The changes of all trees in one store."""

    def __init__(self, store: FileStore) -> None:
        self.trees: dict[str, Changes] = {}
        for key, entry in store.items(PREFIX):
            self.follow(key, None, entry)

    def follow(self, key: str, old: Object | None, new: Object | None) -> None:
        name, _, path = key[len(PREFIX) :].partition("/")
        self.tree(name).follow("/" + path, old, new)

    def tree(self, name: str) -> Changes:
        changes = self.trees.get(name)
        if changes is None:
            changes = self.trees[name] = Changes()
        return changes


_tables: WeakKeyDictionary[FileStore, _Table] = WeakKeyDictionary()


def _table(store: FileStore) -> _Table:
    table = _tables.get(store)
    if table is None:
        table = _tables[store] = _Table(store)
    return table


class Tree:
    """One tree of entries: a layer and the changes above it.

    Args:
        name: under which the store keeps the changes; without "/".
        store: keeps them.
        base: what lies below.
    """

    def __init__(self, name: str, store: FileStore, base: Layer = EMPTY) -> None:
        self.name = name
        self.base = base
        self._store = store
        self._table = _table(store)
        self._prefix = PREFIX + name

    @property
    def changes(self) -> Changes:
        """What was changed above the layer."""
        return self._table.tree(self.name)

    def get(self, path: str) -> Object | None:
        """Returns the entry at `path`, or None."""
        changes = self.changes
        if changes.tails and path in changes.tails:
            self.flush()
        entry = self._store.get(self._prefix + path)
        if entry is not None:
            return None if entry["type"] == "gone" else entry
        below = self.base.entries.get(path)
        if below is not None and changes.hidden and self._hides(path):
            return None
        return below

    def _hides(self, path: str) -> bool:
        hidden = self.changes.hidden
        while path not in ("", "/"):
            if path in hidden:
                return True
            path = path.rpartition("/")[0]
        return False

    def names(self, path: str) -> list[str]:
        """Returns the names in a directory, sorted by code points."""
        changes = self.changes
        names = dict.fromkeys(self.base.children.get(path, ()))
        if changes.hidden and names and self._hides(path):
            names = {}
        above = changes.children.get(path)
        if above:
            names.update(above)
        if changes.hidden:
            stem = "" if path == "/" else path
            return sorted(name for name in names if self.get(f"{stem}/{name}") is not None)
        return sorted(names)

    def put(self, path: str, entry: Object) -> None:
        """Stores an entry; its parent is known to be a directory."""
        changes = self.changes
        changes.tails.pop(path, None)
        key = self._prefix + path
        old = self._store.get(key)
        covers = old is None or old["type"] == "gone" or bool(old.get("opaque"))
        if entry["type"] == "dir" and covers and self._hides(path):
            entry = {**entry, "opaque": True}
        self._store.put(key, entry)
        self._table.follow(key, old, entry)

    def drop(self, path: str) -> None:
        """Removes an entry that has nothing below it."""
        self.changes.tails.pop(path, None)
        key = self._prefix + path
        old = self._store.get(key)
        if path in self.base.entries:
            gone: Object = {"type": "gone"}
            self._store.put(key, gone)
            self._table.follow(key, old, gone)
        else:
            self._store.delete(key)
            self._table.follow(key, old, None)

    def append(self, path: str, text: str) -> None:
        """Adds to the end of a file that is there."""
        self.changes.tails.setdefault(path, []).append(text)

    def flush(self) -> None:
        """Stores what was added to the ends of files."""
        changes = self.changes
        while changes.tails:
            path, parts = changes.tails.popitem()
            entry = self.get(path)
            if entry is None:
                continue
            kept = {key: value for key, value in entry.items() if key not in CONTENT}
            self.put(path, {**kept, **content(text_of(entry) + "".join(parts))})

    def usage(self) -> Usage:
        """Returns what the changes hold."""
        changes = self.changes
        waiting = sum(len(part) for parts in changes.tails.values() for part in parts)
        return Usage(changes.size + waiting, changes.files, changes.zeros)

    def paths(self) -> Iterable[str]:
        """Yields the paths of all changes, for those who pack or count them."""
        for key, _entry in self._store.items(self._prefix + "/"):
            yield key[len(self._prefix) :]


def folders_of(store: FileStore, name: str) -> Iterable[str]:
    """Returns the directories of a tree in which something was changed; nothing where it never was."""
    changes = _table(store).trees.get(name)
    return () if changes is None else [folder for folder, names in changes.children.items() if names]


def copy(store: FileStore, source: str, target: str) -> None:
    """Writes all changes of a tree into another one, which has none."""
    tree = Tree(target, store)
    Tree(source, store).flush()
    for path in list(Tree(source, store).paths()):
        entry = store.get(f"{PREFIX}{source}{path}")
        if entry is not None:
            tree.put(path, entry)


def erase(store: FileStore, name: str) -> None:
    """Removes all changes of a tree."""
    trees = _table(store).trees
    changes = trees.pop(name, None)
    if changes is None:
        return
    for folder, names in changes.children.items():
        for child in names:
            store.delete(f"{PREFIX}{name}{folder if folder != '/' else ''}/{child}")
    store.delete(f"{PREFIX}{name}/")
