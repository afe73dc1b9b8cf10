"""tar archives of simulated files, as bytes that real tar would read and write (ustar with GNU's long names)."""

from __future__ import annotations

import fnmatch
import gzip
import io
import posixpath
import tarfile
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError

if TYPE_CHECKING:
    from kubelab.cluster.files import FileSystem
    from kubelab.cluster.path_resolution import Stat

_GZIP = b"\x1f\x8b"
_ORDINARY = 1000  # the number of users other than root

Problem = Callable[[FileError], None]
Seen = Callable[[tarfile.TarInfo], None]


class NoArchive(Exception):
    """The bytes are no tar archive."""


class Packer:
    """Makes an archive.

    Args:
        files: where the files are.
        problem: is told of files that cannot be read.
        seen: is told of each member.
        excludes: patterns of names that stay out.
    """

    def __init__(
        self,
        files: FileSystem,
        problem: Problem,
        seen: Seen = lambda _member: None,
        excludes: Sequence[str] = (),
    ) -> None:
        self._files = files
        self._problem = problem
        self._seen = seen
        self._excludes = excludes
        self._out = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._out, mode="w", format=tarfile.GNU_FORMAT)

    def add(self, path: str, name: str) -> None:
        """Adds a file, or a directory with all that is in it, under a name."""
        if excluded(name, self._excludes):
            return
        try:
            stat = self._files.stat(path, follow=False)
            self._add_one(path, name, stat)
            if not stat.is_dir:
                return
            names = self._files.listdir(path)
        except FileError as error:
            self._problem(error)
            return
        for each in names:
            self.add(posixpath.join(path, each), f"{name.rstrip('/')}/{each}" if name else each)

    def _add_one(self, path: str, name: str, stat: Stat) -> None:
        content = b""
        if stat.type == "file":
            content = self._files.read_bytes(path)
        member = _member(name, stat, len(content))
        self._seen(member)
        self._tar.addfile(member, io.BytesIO(content))

    def bytes(self, *, zipped: bool = False, mtime: float = 0) -> bytes:
        """Returns the finished archive."""
        self._tar.close()
        data = self._out.getvalue()
        return gzip.compress(data, mtime=int(mtime)) if zipped else data


def excluded(name: str, patterns: Sequence[str]) -> bool:
    """Tells whether a pattern is that of the name, of its end after a slash, or of a directory it is in."""
    parts = name.strip("/").split("/")
    ends = ["/".join(parts[start:end]) for end in range(1, len(parts) + 1) for start in range(end)]
    return any(fnmatch.fnmatchcase(each, pattern.rstrip("/")) for pattern in patterns for each in [name, *ends])


def _member(name: str, stat: Stat, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(f"{name.rstrip('/')}/" if stat.is_dir else name)
    kinds = {"dir": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "char": tarfile.CHRTYPE}
    member.type = kinds.get(stat.type, tarfile.REGTYPE)
    member.mode, member.mtime, member.size = stat.mode & 0o7777, int(stat.mtime), size
    member.uname, member.gname = stat.owner, stat.group
    member.uid, member.gid = _number(stat.owner), _number(stat.group)
    member.linkname = stat.target
    return member


def _number(name: str) -> int:
    return int(name) if name.isdigit() else 0 if name == "root" else _ORDINARY


def members(data: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Yields the members of an archive with their content.

    Raises:
        NoArchive: it is none, or broken.
    """
    if data.startswith(_GZIP):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError) as error:
            raise NoArchive(str(error)) from None
    if not data.strip(b"\0"):
        if not data:
            raise NoArchive("empty")
        return
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for member in tar:
                opened = tar.extractfile(member) if member.isfile() else None
                yield member, opened.read() if opened is not None else b""
    except tarfile.TarError as error:
        raise NoArchive(str(error)) from None


def extract(files: FileSystem, path: str, member: tarfile.TarInfo, content: bytes, *, touched: bool = False) -> None:
    """Makes the file that a member stands for.

    Args:
        path: where.
        touched: its time is now, instead of what the archive says.

    Raises:
        FileError: it cannot be made.
    """
    if member.isdir():
        if not files.is_dir(path):
            files.mkdir(path, parents=True)
        files.chmod(path, member.mode)
        return
    parent = posixpath.dirname(path)
    if parent and not files.is_dir(parent):
        files.mkdir(parent, parents=True)
    if files.exists(path, follow=False):
        files.remove(path)
    if member.issym():
        files.symlink(member.linkname, path)
        return
    files.write(path, content, member.mode)
    if not touched:
        files.touch(path, float(member.mtime))


def as_text(data: bytes) -> str:
    """Returns bytes as streams carry them."""
    return data.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    """Returns the bytes that a stream carried."""
    return text.encode("utf-8", "surrogateescape")
