"""File systems of the simulated machines: the learner's home, nodes, containers, volumes.

A FileSystem is a root tree with other file systems mounted into it, seen by one user. What paths lead to is
found in path_resolution.py; trees, and how they are kept, are in layers.py. The errors' words are those of Linux
(strerror), so that tools only add their prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.layers import (
    CONTENT,
    DIRECTORY_SIZE,
    FileStore,
    Layer,
    MemoryStore,
    Usage,
    bytes_of,
    content,
    size_of,
    text_of,
)
from kubelab.cluster.objects import Object
from kubelab.cluster.path_resolution import READ, WRITE, Mount, MountNamespace, Quota, Spot, Stat

__all__ = ["FileError", "FileStore", "FileSystem", "Layer", "MemoryStore", "Mount", "Quota", "Stat", "Usage"]

SETGID = 0o2000
ENDLESS = 2**60


class FileSystem(MountNamespace):
    """A tree with mounts, as one user sees it: what can be done with its files."""

    # reading

    def _open(self, path: str) -> Object:
        entry = self._find(path)[1]
        if entry["type"] == "dir":
            raise FileError("EISDIR", path)
        if not self._may(entry, READ):
            raise FileError("EACCES", path)
        if entry["type"] == "socket":
            raise FileError("ENXIO", path)
        if entry.get("zeros", 0) > self.quota.file_size:  # counted, not kept
            raise FileError("EFBIG", path)
        return {"text": ""} if entry["type"] == "char" else entry

    def read(self, path: str) -> str:
        """Returns a file's text; bytes that are no UTF-8 come as surrogates (PEP 383)."""
        return text_of(self._open(path))

    def read_bytes(self, path: str) -> bytes:
        """Returns a file's content."""
        return bytes_of(self._open(path))

    def listdir(self, path: str) -> list[str]:
        """Returns the names in a directory, sorted by code points."""
        spot, entry = self._find(path)
        if entry["type"] != "dir":
            raise FileError("ENOTDIR", path)
        if not self._may(entry, READ):
            raise FileError("EACCES", path)
        names = spot.tree.names(spot.inner)
        for point in self.mounts:
            parent, _, name = point.rpartition("/")
            if (parent or "/") == spot.path and name not in names:
                names = sorted([*names, name])
        return names

    def walk(self, path: str) -> Iterator[str]:
        """Yields `path` and all paths below it, parents first; links are not followed."""
        yield path
        try:
            if not self.stat(path, follow=False).is_dir:
                return
            names = self.listdir(path)
        except FileError:
            return
        for name in names:
            yield from self.walk(f"{path.rstrip('/')}/{name}")

    def usage(self) -> Usage:
        """Returns what the root tree holds above its layer."""
        return self.tree.usage()

    # writing

    def _parent(self, spot: Spot, path: str) -> None:
        """Checks that the directory around `spot` may be changed."""
        parent = self._at(spot.path.rpartition("/")[0] or "/")
        if parent.entry is None:
            raise FileError("ENOENT", path)
        if parent.entry["type"] != "dir":
            raise FileError("ENOTDIR", path)
        if spot.read_only:
            raise FileError("EROFS", path)
        if not self._may(parent.entry, WRITE):
            raise FileError("EACCES", path)
        sticky = parent.entry.get("mode", 0o755) & 0o1000
        if sticky and spot.entry is not None and not self._owns(spot.entry):
            raise FileError("EPERM", path)

    def _writable(self, path: str) -> tuple[Spot, Object | None]:
        """Checks that the file at `path` may be written or made."""
        spot = self._walk(path)
        entry = spot.entry
        if entry is None:
            if path.endswith("/"):
                raise FileError("EISDIR", path)
            self._parent(spot, path)
        elif entry["type"] == "dir":
            raise FileError("EISDIR", path)
        elif spot.read_only and entry["type"] == "file":
            raise FileError("EROFS", path)
        elif not self._may(entry, WRITE):
            raise FileError("EACCES", path)
        elif entry["type"] == "socket":
            raise FileError("ENXIO", path)
        return spot, entry

    def _quota_of(self, spot: Spot) -> Quota:
        for mount in self.mounts.values():
            if mount.files.tree is spot.tree:
                return mount.files.quota
        return self.quota

    def _room(self, spot: Spot, path: str, size: int, more: int, files: int) -> None:
        quota, used = self._quota_of(spot), spot.tree.usage()
        if size > quota.file_size:
            raise FileError("EFBIG", path)
        if used.size - used.zeros + more > quota.size or used.files + files > quota.files:
            raise FileError("ENOSPC", path)
        if quota.exceeded is not None and used.size + more > quota.soft:
            quota.exceeded()

    def _new(self, spot: Spot, kind: str, mode: int, **rest: Any) -> Object:
        entry: Object = {"type": kind, **rest, "mode": mode, "mtime": self._now()}
        if self.user not in (None, "root", "0"):
            entry["owner"] = self.user
            entry["group"] = self.groups[0] if self.groups else self.user
        above = spot.tree.get(spot.inner.rpartition("/")[0] or "/") or {}
        if above.get("mode", 0) & SETGID:  # what is made in such a directory is its group's
            entry["group"] = above.get("group", "root")
            entry["mode"] |= SETGID if kind == "dir" else 0
        return entry

    def write(self, path: str, data: str | bytes, mode: int | None = None) -> None:
        """Writes a whole file; it is made where there is none, with `mode` (0o644).

        Raises:
            FileError: with what open(2) or write(2) would say.
        """
        spot, entry = self._writable(path)
        if entry is not None and entry["type"] == "char":
            return
        new = content(data)
        size = size_of({"type": "file", **new})
        before = size_of(entry) - entry.get("zeros", 0) if entry is not None else 0
        self._room(spot, path, size, size - before, 0 if entry is not None else 1)
        if entry is None:
            kept = self._new(spot, "file", 0o644 if mode is None else mode)
        else:
            kept = {key: value for key, value in entry.items() if key not in CONTENT}
            kept["mtime"] = self._now()
            if mode is not None:
                kept["mode"] = mode
        spot.tree.put(spot.inner, {**kept, **new})

    def allocate(self, path: str, size: int) -> None:
        """Makes a file of so many zero bytes, which are not kept but counted; more than fits into memory may be.

        Raises:
            FileError: with what open(2) or fallocate(2) would say.
        """
        spot, entry = self._writable(path)
        if entry is not None and entry["type"] != "file":
            return
        quota, own = self._quota_of(spot), size_of(entry) if entry is not None else 0
        if size > self._most(spot) - spot.tree.usage().size + own:
            raise FileError("ENOSPC", path)
        self._room(spot, path, 0, 0, 0 if entry is not None else 1)
        kept = dict(entry) if entry is not None else self._new(spot, "file", 0o644)
        kept = {key: value for key, value in kept.items() if key not in CONTENT}
        spot.tree.put(spot.inner, {**kept, "mtime": self._now(), "text": "", "zeros": size})
        if quota.exceeded is not None and spot.tree.usage().size > quota.soft:
            quota.exceeded()

    def fill(self, path: str) -> int:
        """Makes a file of zeros as large as its file system has room for; returns its size."""
        spot = self._walk(path)
        size = max(self._most(spot) - spot.tree.usage().size, 0)
        self.allocate(path, size)
        return size

    def _most(self, spot: Spot) -> int:
        """Returns how many bytes fit into a file system of its own; what lies on a machine's disk has no end here."""
        files = next((each.files for each in self.mounts.values() if each.files.tree is spot.tree), self)
        if files.quota.in_memory:
            return files.quota.size
        return files.capacity or ENDLESS

    def append(self, path: str, text: str) -> None:
        """Adds to the end of a file; it is made where there is none."""
        spot, entry = self._writable(path)
        if entry is None:
            self.write(path, text)
        elif entry["type"] != "char":
            self._room(spot, path, size_of(entry) + len(text), len(text), 0)
            if entry.get("mtime") != self._now():
                spot.tree.put(spot.inner, {**entry, "mtime": self._now()})
            spot.tree.append(spot.inner, text)

    def mkdir(self, path: str, mode: int = 0o755, *, parents: bool = False) -> None:
        """Makes a directory; with `parents` also those above it, and none of them is an error if it is there."""
        if parents:
            above = path.rstrip("/").rpartition("/")[0]
            if above and not self.is_dir(above):
                self.mkdir(above, parents=True)
            if self.is_dir(path):
                return
        spot = self._walk(path.rstrip("/") or "/")
        if spot.entry is not None:
            raise FileError("EEXIST", path)
        self._parent(spot, path)
        self._room(spot, path, 0, 0, 1)
        spot.tree.put(spot.inner, self._new(spot, "dir", mode))

    def symlink(self, target: str, path: str) -> None:
        """Makes a symbolic link at `path` to `target`."""
        spot = self._walk(path, follow=False)
        if spot.entry is not None:
            raise FileError("EEXIST", path)
        self._parent(spot, path)
        self._room(spot, path, 0, 0, 1)
        spot.tree.put(spot.inner, self._new(spot, "link", 0o777, target=target))

    def remove(self, path: str) -> None:
        """Removes a file or a link (unlink(2))."""
        spot, entry = self._find(path, follow=False)
        if entry["type"] == "dir":
            raise FileError("EISDIR", path)
        if spot.path in self.mounts:
            raise FileError("EBUSY", path)
        self._parent(spot, path)
        spot.tree.drop(spot.inner)

    def rmdir(self, path: str) -> None:
        """Removes an empty directory."""
        spot, entry = self._find(path, follow=False)
        if entry["type"] != "dir":
            raise FileError("ENOTDIR", path)
        if spot.path == "/" or spot.path in self.mounts:
            raise FileError("EBUSY", path)
        self._parent(spot, path)
        if self.listdir(path):
            raise FileError("ENOTEMPTY", path)
        spot.tree.drop(spot.inner)

    def remove_tree(self, path: str) -> None:
        """Removes what is at `path` and all below it."""
        if not self.stat(path, follow=False).is_dir:
            self.remove(path)
            return
        for name in self.listdir(path):
            self.remove_tree(f"{path.rstrip('/')}/{name}")
        self.rmdir(path)

    def rename(self, old: str, new: str) -> None:
        """Moves a file or directory within one tree, over what may be at `new` (rename(2))."""
        spot, entry = self._find(old, follow=False)
        goal = self._walk(new.rstrip("/") or "/", follow=False)
        if spot.path == goal.path:
            return
        if spot.path in self.mounts:
            raise FileError("EBUSY", old)
        if spot.tree is not goal.tree:
            raise FileError("EXDEV", new)
        if goal.path.startswith(spot.path + "/"):
            raise FileError("EINVAL", new)
        self._parent(spot, old)
        self._parent(goal, new)
        if goal.entry is not None:
            self._replace(goal, entry, new)
        self._move(spot, entry, goal.inner)

    def _replace(self, goal: Spot, entry: Object, new: str) -> None:
        """Makes room for what is moved to `new`."""
        goal_is_dir = goal.entry is not None and goal.entry["type"] == "dir"
        if goal_is_dir and entry["type"] != "dir":
            raise FileError("EISDIR", new)
        if not goal_is_dir and entry["type"] == "dir":
            raise FileError("ENOTDIR", new)
        if goal_is_dir:
            self.rmdir(new)

    def _move(self, spot: Spot, entry: Object, inner: str) -> None:
        tree = spot.tree
        tree.put(inner, {key: value for key, value in entry.items() if key != "opaque"})
        if entry["type"] == "dir":
            for name in tree.names(spot.inner):
                child = f"{spot.inner}/{name}"
                below = tree.get(child)
                if below is not None:
                    self._move(Spot("", tree, child, False, below), below, f"{inner}/{name}")
        tree.drop(spot.inner)

    def _change(self, path: str, fields: Object) -> None:
        spot, entry = self._find(path)
        if spot.read_only:
            raise FileError("EROFS", path)
        spot.tree.put(spot.inner, {**entry, **fields})

    def chmod(self, path: str, mode: int) -> None:
        """Sets the permission bits."""
        if not self._owns(self._find(path)[1]):
            raise FileError("EPERM", path)
        self._change(path, {"mode": mode})

    def chown(self, path: str, owner: str | None = None, group: str | None = None) -> None:
        """Sets owner and group; None leaves one as it is."""
        if self.user not in (None, "root", "0") or "CHOWN" in self.lacking:
            entry = self._find(path)[1]
            if owner not in (None, entry.get("owner", "root")) or not self._owns(entry):
                raise FileError("EPERM", path)
        wanted = {"owner": owner, "group": group}
        fields: Object = {key: value for key, value in wanted.items() if value is not None}
        self._change(path, fields)

    def touch(self, path: str, mtime: float | None = None) -> None:
        """Sets the time of the last change (None: now); makes an empty file where there is none."""
        spot = self._walk(path)
        if spot.entry is None:
            self.write(path, "")
        elif not self._owns(spot.entry) and not self._may(spot.entry, WRITE):
            raise FileError("EACCES", path)
        if spot.entry is not None or mtime is not None:
            self._change(path, {"mtime": self._now() if mtime is None else mtime})

    def size(self, path: str) -> int:
        """Returns the bytes that a file takes, for `du` and `df`."""
        entry = self._find(path, follow=False)[1]
        return DIRECTORY_SIZE if entry["type"] == "dir" else size_of(entry)
