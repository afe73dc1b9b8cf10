"""Where paths lead: the mounts, symbolic links and permissions of one user's view of files.

Source: path_resolution(7), mount_namespaces(7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.layers import EMPTY, FileStore, Layer, Tree, size_of
from kubelab.cluster.objects import Object

LINKS = 40  # symbolic links that a path may lead through (Linux)
READ, WRITE, SEARCH = 4, 2, 1


class Quota(NamedTuple):
    """What a tree may hold above its layer."""

    size: int = 64 * 1024 * 1024  # bytes in all
    files: int = 20_000
    file_size: int = 16 * 1024 * 1024  # bytes of one file
    soft: int = 0  # bytes in all beyond which `exceeded` is called
    exceeded: Callable[[], None] | None = None
    in_memory: bool = False  # of a tmpfs: zeros take room as well


class Mount(NamedTuple):
    """A file system at a path of another."""

    files: MountNamespace
    read_only: bool = False
    sub_path: str = ""  # the directory or file of it that is shown


BUILT = 1_760_486_400.0  # 2025-10-15: what images and machines came with, unless it says otherwise


@dataclass(frozen=True, slots=True)
class Stat:
    """What `stat` tells of a file. `type` is as in layers.Layer; `mtime` seconds since the epoch."""

    type: str
    mode: int
    owner: str
    group: str
    size: int
    mtime: float
    target: str = ""
    device: str = ""

    @property
    def is_dir(self) -> bool:
        """Whether it is a directory."""
        return self.type == "dir"


class Spot(NamedTuple):
    """Where a path leads: the tree and the path in it."""

    path: str  # canonical, as seen from the root
    tree: Tree
    inner: str
    read_only: bool
    entry: Object | None


class MountNamespace:
    """A root tree with other file systems mounted into it, as one user sees it.

    Args:
        name: under which the store keeps what is changed: `/machine/files/<name>/<path>`.
        store: the cluster's store, or a MemoryStore.
        now: tells the time in seconds since the epoch.
        base: the read-only content below.
        mounts: other file systems by the path at which they lie.
        read_only: nothing in the root tree may be changed (readOnlyRootFilesystem).
        quota: limits of the root tree.
        user: whose permissions count; None for no checks at all.
        groups: that user's groups.

    Attributes:
        device: what df and mount show as its source, "" for the machine's disk.
        kind: the type of the file system then: "tmpfs", "nfs4".
        capacity: bytes that the volume was made for, 0 where it is as large as what it lies on.
        lacking: the capabilities that root does without (capabilities(7)).
    """

    device = ""
    kind = ""
    capacity = 0
    lacking: frozenset[str] = frozenset()

    def __init__(
        self,
        name: str,
        store: FileStore,
        now: Callable[[], float],
        *,
        base: Layer | Mapping[str, str | bytes | Object] | None = None,
        mounts: Mapping[str, Mount | MountNamespace] | None = None,
        read_only: bool = False,
        quota: Quota | None = None,
        user: str | None = None,
        groups: Iterable[str] = (),
    ) -> None:
        layer = EMPTY if base is None else base if isinstance(base, Layer) else Layer(base)
        self.name = name
        self.tree = Tree(name, store, layer)
        self.read_only = read_only
        self.quota = quota or Quota()
        self.user = user
        self.groups = tuple(groups)
        self.mounts: dict[str, Mount] = {}
        self._now = now
        for path, mount in (mounts or {}).items():
            self.mount(path, mount)

    def mount(self, path: str, mount: Mount | MountNamespace) -> None:
        """Shows another file system at `path`, an absolute path without trailing slash."""
        self.mounts[path] = mount if isinstance(mount, Mount) else Mount(mount)

    def as_user(self, user: str | None, groups: Iterable[str] = ()) -> Self:
        """Returns the same files with the permissions of another user; None or "root" may do everything."""
        view = self.__class__.__new__(self.__class__)
        view.__dict__.update(self.__dict__)
        view.user = user
        view.groups = tuple(groups)
        return view

    def flush(self) -> None:
        """Sees to it that all that was written is in the store."""
        for tree in (self.tree, *(mount.files.tree for mount in self.mounts.values())):
            if tree.changes.tails:
                tree.flush()

    # finding

    def _at(self, path: str) -> Spot:
        """Looks up a canonical path."""
        best = ""
        for point in self.mounts:
            if len(point) > len(best) and (path == point or path.startswith(point + "/")):
                best = point
        if not best:
            return Spot(path, self.tree, path, self.read_only, self.tree.get(path))
        mount = self.mounts[best]
        inner = (mount.sub_path.rstrip("/") + path[len(best) :]) or "/"
        if not inner.startswith("/"):
            inner = "/" + inner
        tree = mount.files.tree
        return Spot(path, tree, inner, mount.read_only or mount.files.read_only, tree.get(inner))

    def _walk(self, path: str, *, follow: bool = True) -> Spot:
        """Follows a path through directories and links; the last part need not exist."""
        todo = [part for part in path.split("/") if part and part != "."]
        if path.endswith(("/", "/.")) and todo:
            todo.append(".")  # what is before the slash has to be a directory
        todo.reverse()
        spot, links = self._at("/"), 0
        while todo:
            name = todo.pop()
            if spot.entry is None:
                raise FileError("ENOENT", path)
            if spot.entry["type"] != "dir":
                raise FileError("ENOTDIR", path)
            if not self._may(spot.entry, SEARCH):
                raise FileError("EACCES", path)
            if name == ".":
                continue
            if name == "..":
                spot = self._at(spot.path.rpartition("/")[0] or "/")
                continue
            if len(name.encode("utf-8", "surrogateescape")) > 255:
                raise FileError("ENAMETOOLONG", path)
            here, spot = spot, self._at(f"{spot.path if spot.path != '/' else ''}/{name}")
            if spot.entry is not None and spot.entry["type"] == "link" and (todo or follow):
                links += 1
                if links > LINKS:
                    raise FileError("ELOOP", path)
                target: str = spot.entry["target"]
                todo.extend(reversed([part for part in target.split("/") if part and part != "."]))
                spot = self._at("/") if target.startswith("/") else here
        return spot

    def _find(self, path: str, *, follow: bool = True) -> tuple[Spot, Object]:
        spot = self._walk(path, follow=follow)
        if spot.entry is None:
            if self._is_mount_parent(spot.path):
                return spot, {"type": "dir"}
            raise FileError("ENOENT", path)
        return spot, spot.entry

    def _is_mount_parent(self, path: str) -> bool:
        return path in self.mounts

    def _may(self, entry: Object, right: int) -> bool:
        user = self.user
        if user is None or user in ("root", "0"):
            if "DAC_OVERRIDE" not in self.lacking:
                return True
            user = "root"
        mode: int = entry.get("mode", 0o755 if entry["type"] == "dir" else 0o644)
        if entry.get("owner", "root") == user:
            return bool(mode >> 6 & right)
        if entry.get("group", "root") in self.groups:
            return bool(mode >> 3 & right)
        return bool(mode & right)

    def realpath(self, path: str) -> str:
        """Returns the path without links, `.` and `..`; the last part need not exist.

        Raises:
            FileError: if a directory on the way does not exist.
        """
        return self._walk(path).path

    def exists(self, path: str, *, follow: bool = True) -> bool:
        """Tells whether there is something at `path`."""
        try:
            self._find(path, follow=follow)
        except FileError:
            return False
        return True

    def is_dir(self, path: str) -> bool:
        """Tells whether `path` leads to a directory."""
        try:
            return bool(self._find(path)[1]["type"] == "dir")
        except FileError:
            return False

    def is_file(self, path: str) -> bool:
        """Tells whether `path` leads to a regular file."""
        try:
            return bool(self._find(path)[1]["type"] == "file")
        except FileError:
            return False

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        """Returns what is known of the file at `path`."""
        spot, entry = self._find(path, follow=follow)
        kind = entry["type"]
        return Stat(
            type=kind,
            mode=entry.get("mode", {"dir": 0o755, "link": 0o777}.get(kind, 0o644)),
            owner=entry.get("owner", "root"),
            group=entry.get("group") or entry.get("owner", "root"),
            size=size_of(entry),
            mtime=entry.get("mtime", BUILT),
            target=entry.get("target", ""),
            device=spot.tree.name,
        )

    def may(self, path: str, right: str) -> bool:
        """Tells whether the user may "read", "write" or "execute" what is at `path` (access(2))."""
        try:
            spot, entry = self._find(path)
        except FileError:
            return False
        if right == "write" and spot.read_only:
            return False
        if right == "execute" and entry["type"] == "file" and not entry.get("mode", 0o644) & 0o111:
            return False
        return self._may(entry, {"read": READ, "write": WRITE, "execute": SEARCH}[right])

    def _owns(self, entry: Object) -> bool:
        if self.user in (None, "root", "0"):
            return "FOWNER" not in self.lacking or entry.get("owner", "root") == "root"
        return bool(entry.get("owner", "root") == self.user)
