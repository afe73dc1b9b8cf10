"""What the text tools read: files named on the command line, standard input, pipes under /dev/fd, a few devices.

Streams are taken as they come, so that `kubectl get pods -w | grep web` shows each line at once; regular files are
taken whole. Where a tool is, is kept in `ctx.state`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.shell.streams import ZeroStream, packed, unpacked
from kubelab.terminal.tool import Context, Sleep, Wait, Writable

Complaint = Callable[[str, FileError], str]
_DESCRIPTOR = re.compile(r"/dev/fd/(\d+)|/proc/self/fd/(\d+)")
_DEVICES = {"/dev/zero": False, "/dev/urandom": True, "/dev/random": True}


class Chunk(NamedTuple):
    """A piece of a file: whole lines, but for the end of a file that ends without a newline.

    Args:
        name: the file's name as it was given.
        text: the piece.
        first, last: whether it is the file's first or last piece; the last one may be empty.
    """

    name: str
    text: str
    first: bool
    last: bool


def descriptor(path: str, *, dash: bool = True) -> int | None:
    """Returns the file descriptor that a path stands for, or None."""
    if (path == "-" and dash) or path == "/dev/stdin":
        return 0
    match = _DESCRIPTOR.fullmatch(path)
    return int(match.group(1) or match.group(2)) if match else None


def plain(path: str, error: FileError) -> str:
    """Says what is wrong with a file as most tools do."""
    return f"{path}: {error.reason}"


def quoted_open(path: str, error: FileError) -> str:
    """Says what is wrong with a file as head and tail do."""
    if error.code == "EISDIR":
        return f"error reading '{path}': {error.reason}"
    return f"cannot open '{path}' for reading: {error.reason}"


class Inputs:
    """The pieces of some files, one after the other.

    Args:
        ctx: the command.
        paths: the files; standard input where there is none.
        complaint: how the tool says that it cannot read one; "" for silence.
        lines: pieces end at line ends.
        dash: "-" is standard input.

    Attributes:
        failed: a file could not be read.
    """

    def __init__(
        self,
        ctx: Context,
        paths: Sequence[str],
        *,
        complaint: Complaint = plain,
        lines: bool = True,
        dash: bool = True,
    ) -> None:
        self.ctx = ctx
        self.paths = list(paths) or ["-"]
        self.complaint = complaint
        self.lines = lines
        self.dash = dash or not paths
        self._held: dict[str, Any] = ctx.state.setdefault("@inputs", {"at": 0, "rest": "", "begun": False})

    @property
    def failed(self) -> bool:
        """Whether a file could not be read."""
        return bool(self._held.get("failed"))

    def next(self) -> Generator[Wait, Any, Chunk | None]:
        """Returns the next piece; None behind the last file."""
        if self.ctx.stdout.full:
            yield Writable(1)
        held = self._held
        while held["at"] < len(self.paths):
            path = self.paths[held["at"]]
            fd = descriptor(path, dash=self.dash)
            if fd is not None:
                return (yield from self._of_stream(path, fd))
            if path in _DEVICES:
                yield Sleep(self.ctx.now)  # endless: others shall have their turn
                return self._of_device(path)
            held["at"] += 1
            try:
                return Chunk(path, self.ctx.read_file(path), True, True)
            except FileError as error:
                held["failed"] = True
                if complaint := self.complaint(path, error):
                    self.ctx.error(f"{self.ctx.name}: {complaint}\n")
        return None

    def _of_device(self, path: str) -> Chunk:
        held = self._held
        held["position"] = held.get("position", 0) + 1
        stream = ZeroStream(self.ctx.shell.kernel, _DEVICES[path], held["position"])
        first, held["begun"] = not held["begun"], True
        return Chunk(path, stream.read(65_536) or "", first, False)

    def _of_stream(self, path: str, fd: int) -> Generator[Wait, Any, Chunk]:
        held = self._held
        while True:
            text = yield from self.ctx.read(fd)
            rest = unpacked(held["rest"])
            first, held["begun"] = not held["begun"], True
            if not text:
                held.update(at=held["at"] + 1, rest="", begun=False)
                return Chunk(path, rest, first, True)
            end = text.rfind("\n") + 1 if self.lines else len(text)
            held["rest"] = packed(text[end:] if end else rest + text)
            if end:
                return Chunk(path, rest + text[:end], first, False)
            held["begun"] = not first


def gather(ctx: Context, paths: Sequence[str], complaint: Complaint = plain) -> Generator[Wait, Any, list[str | None]]:
    """Reads files to their ends; None for one that could not be read, which was then complained about."""
    held: dict[str, Any] = ctx.state.setdefault("@gathered", {})
    for path in paths:
        fd = descriptor(path)
        if fd is not None and str(fd) not in held:
            text = yield from ctx.read_all(fd)
            held[str(fd)] = packed(text)
    texts: list[str | None] = []
    for path in paths:
        fd = descriptor(path)
        if fd is not None:
            texts.append(unpacked(held[str(fd)]))
            held[str(fd)] = ""
            continue
        try:
            texts.append(ctx.read_file(path))
        except FileError as error:
            if told := complaint(path, error):
                ctx.error(f"{ctx.name}: {told}\n")
            texts.append(None)
    return texts


def lines_of(text: str) -> list[str]:
    """Returns a text's lines without their newlines."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines
