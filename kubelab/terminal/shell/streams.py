"""What file descriptors lead to: pipes, files, devices, the terminal. All of it can be saved as JSON.

Text travels as str; bytes that are no UTF-8 are surrogates in it (PEP 383). A read returns None when it would have
to wait, and "" (or an empty list) at the end.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node.machinefiles import TREE as NODE
from kubelab.terminal.tool import BrokenPipe

if TYPE_CHECKING:
    from kubelab.cluster.files import FileSystem
    from kubelab.terminal.shell.kernel import Kernel
    from kubelab.terminal.shell.tty import Tty

BYTES_A_STEP = 1024  # bytes of a file that is added to which count as one instruction
PIPE_SIZE = 65_536  # letters that a pipe holds before its writer has to wait (Linux: bytes)


class OutOfMemory(Exception):
    """A process wants to keep more than it may."""


def packed(text: str) -> Any:
    """Returns text as JSON that any encoder takes: bytes that are no text in base64."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"base64": base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()}
    return text


def unpacked(kept: Any) -> str:
    """The inverse of packed."""
    return kept if isinstance(kept, str) else base64.b64decode(kept["base64"]).decode("utf-8", "surrogateescape")


class Buffer:
    """Letters between a writer and a reader.

    Args:
        text: what is in it at first.
        limit: letters that it may hold at most, for those who gather without reading.
    """

    def __init__(self, text: str = "", limit: int = 16 * 1024 * 1024) -> None:
        self.limit = limit
        self.size = len(text)
        self._text = text
        self._at = 0
        self._parts: list[str] = []

    def write(self, text: str) -> None:
        """Puts text to the end."""
        self.size += len(text)
        if self.size > self.limit:
            raise OutOfMemory
        self._parts.append(text)

    def _join(self) -> None:
        if self._parts:
            self._text = self._text[self._at :] + "".join(self._parts)
            self._parts.clear()
            self._at = 0

    def _take(self, end: int) -> str:
        taken = self._text[self._at : end]
        self._at = end
        self.size -= len(taken)
        return taken

    def line(self) -> str | None:
        """Takes a line with its newline; None when there is no whole one."""
        end = self._text.find("\n", self._at)
        if end < 0:
            self._join()
            end = self._text.find("\n", self._at)
            if end < 0:
                return None
        return self._take(end + 1)

    def lines(self) -> list[str]:
        """Takes all whole lines."""
        self._join()
        end = self._text.rfind("\n")
        if end < self._at:
            return []
        return self._take(end + 1).split("\n")[:-1]

    def some(self, count: int | None = None) -> str:
        """Takes all that is there, or at most `count` letters."""
        self._join()
        return self._take(len(self._text) if count is None else self._at + count)

    def peek(self) -> str:
        """Returns what is there without taking it."""
        self._join()
        return self._text[self._at :]

    def unread(self, text: str) -> None:
        """Puts back what was taken."""
        self._join()
        self._text = text + self._text[self._at :]
        self._at = 0
        self.size += len(text)


class Stream:
    """An open file description. Descriptors of several processes may lead to it; the last to close it ends it."""

    kind = "null"
    is_tty = False
    readable = True  # a read would not have to wait
    ended = True  # nothing will come after what is there
    full = False  # a writer had better wait
    weight = 0  # instructions that a write counts for, besides its letters

    def __init__(self) -> None:
        self.references = 0

    def read(self, count: int | None = None) -> str | None:
        """Reads at most `count` letters, or what is there."""
        return ""

    def read_line(self) -> str | None:
        """Reads a line with its newline."""
        return ""

    def read_lines(self) -> list[str] | None:
        """Reads the whole lines that are there (without their newlines but for a last one that has none: as it is)."""
        return []

    def read_all(self) -> str | None:
        """Reads to the end; None as long as more may come."""
        return ""

    def unread(self, text: str) -> None:
        """Puts back what was read last."""

    def write(self, text: str) -> None:
        """Writes.

        Raises:
            BrokenPipe: when nobody will ever read it.
            FileError: when the file cannot take it.
        """

    def close(self) -> None:
        """Ends it; the kernel calls this when the last descriptor is closed."""

    def saved(self) -> dict[str, Any]:
        """Returns it as JSON."""
        return {"kind": self.kind}


class Pipe:
    """What lies between the two ends of a pipe."""

    def __init__(self, text: str = "") -> None:
        self.buffer = Buffer(text)
        self.writers = 0  # open write ends; a here-document has none from the start
        self.readers = 0
        self.gathered = False  # its reader waits for the end, so the writer need not wait for the reader

    @property
    def full(self) -> bool:
        """Whether the writer should wait."""
        return self.buffer.size >= PIPE_SIZE and not self.gathered and self.readers > 0


class ReadEnd(Stream):
    """The end of a pipe that is read."""

    kind = "read"

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self.pipe = pipe
        pipe.readers += 1

    @property
    def readable(self) -> bool:  # type: ignore[override]
        """Whether a read need not wait."""
        return self.pipe.buffer.size > 0 or not self.pipe.writers

    @property
    def ended(self) -> bool:  # type: ignore[override]
        """Whether all that will come is there."""
        return not self.pipe.writers

    def read(self, count: int | None = None) -> str | None:
        """Reads at most `count` letters, or what is there."""
        text = self.pipe.buffer.some(count)
        return text if text or not self.pipe.writers or count == 0 else None

    def read_line(self) -> str | None:
        """Reads a line with its newline."""
        line = self.pipe.buffer.line()
        if line is None and not self.pipe.writers:
            return self.pipe.buffer.some()
        return line

    def read_lines(self) -> list[str] | None:
        """Reads the lines that are there."""
        lines = self.pipe.buffer.lines()
        if not self.pipe.writers:
            rest = self.pipe.buffer.some()
            if rest:
                lines.append(rest)
            return lines
        return lines or None

    def read_all(self) -> str | None:
        """Reads to the end."""
        if self.pipe.writers:
            self.pipe.gathered = True
            return None
        return self.pipe.buffer.some()

    def unread(self, text: str) -> None:
        """Puts back what was read last."""
        self.pipe.buffer.unread(text)

    def close(self) -> None:
        """Closes this end."""
        self.pipe.readers -= 1


class WriteEnd(Stream):
    """The end of a pipe that is written."""

    kind = "write"

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self.pipe = pipe
        pipe.writers += 1

    @property
    def full(self) -> bool:  # type: ignore[override]
        """Whether the reader has some catching up to do."""
        return self.pipe.full

    def write(self, text: str) -> None:
        """Writes for the reader."""
        if not self.pipe.readers:
            raise BrokenPipe
        self.pipe.buffer.write(text)

    def close(self) -> None:
        """Closes this end."""
        self.pipe.writers -= 1


class FileStream(Stream):
    """An open regular file.

    Args:
        files: where it lies, as the process that opened it sees it.
        path: its absolute path.
        position: where the next read begins.
    """

    kind = "file"

    def __init__(self, files: FileSystem, path: str, position: int = 0) -> None:
        super().__init__()
        self.files = files
        self.path = path
        self.position = position
        self._length = files.size(path) if files.is_file(path) else 0

    @property
    def weight(self) -> int:  # type: ignore[override]
        """What a write counts for: a long file is written anew."""
        return self._length // BYTES_A_STEP

    def _text(self) -> str:
        try:
            return self.files.read(self.path)
        except FileError:  # it was removed meanwhile
            return ""

    def read(self, count: int | None = None) -> str | None:
        """Reads at most `count` letters, or the rest."""
        text = self._text()
        end = len(text) if count is None else self.position + count
        taken = text[self.position : end]
        self.position += len(taken)
        return taken

    def read_line(self) -> str | None:
        """Reads a line with its newline."""
        text = self._text()
        end = text.find("\n", self.position)
        taken = text[self.position :] if end < 0 else text[self.position : end + 1]
        self.position += len(taken)
        return taken

    def read_lines(self) -> list[str] | None:
        """Reads the lines that are left."""
        rest = self.read() or ""
        lines = rest.split("\n")
        if not lines[-1]:
            lines.pop()
        return lines

    def read_all(self) -> str | None:
        """Reads the rest."""
        return self.read()

    def unread(self, text: str) -> None:
        """Puts back what was read last."""
        self.position -= len(text)

    def write(self, text: str) -> None:
        """Adds to the end of the file."""
        self._length += len(text)
        self.files.append(self.path, text)

    def saved(self) -> dict[str, Any]:
        """Returns it as JSON."""
        kept: dict[str, Any] = {"kind": self.kind, "path": self.path, "position": self.position}
        if self.files.name.startswith(NODE):
            kept["host"] = self.files.name.removeprefix(NODE)
        return kept


class NullStream(Stream):
    """/dev/null."""


class ZeroStream(Stream):
    """/dev/zero and /dev/urandom: bytes without end.

    Args:
        kernel: whose machine's seed the bytes of /dev/urandom come from.
        random: whether it is /dev/urandom.
    """

    kind = "zero"

    def __init__(self, kernel: Kernel, random: bool, position: int = 0) -> None:
        super().__init__()
        self.kernel = kernel
        self.random = random
        self.position = position

    def read(self, count: int | None = None) -> str | None:
        """Reads `count` bytes (4096 where none is said)."""
        count = min(4096 if count is None else count, 1024 * 1024)
        if not self.random:
            return "\0" * count
        self.position += 1
        digits = self.kernel.random_bytes(count, self.position)
        return digits.decode("utf-8", "surrogateescape")

    def read_line(self) -> str | None:
        """Reads a piece; there are few lines in chance."""
        return self.read()

    def read_lines(self) -> list[str] | None:
        """Reads a piece."""
        return [self.read() or ""]

    def read_all(self) -> str | None:
        """Never comes to an end, as on a real machine; what holds it all runs out of memory."""
        raise OutOfMemory

    def saved(self) -> dict[str, Any]:
        """Returns it as JSON."""
        return {"kind": self.kind, "random": self.random, "position": self.position}


class FullStream(ZeroStream):
    """/dev/full: no room ever."""

    kind = "full"

    def write(self, text: str) -> None:
        """Fails."""
        raise FileError("ENOSPC", "write error")


class Output(Stream):
    """Where the process as a whole writes: what the caller of the kernel gets.

    Args:
        kernel: gathers it.
        error: it is standard error.
    """

    kind = "output"

    def __init__(self, kernel: Kernel, error: bool) -> None:
        super().__init__()
        self.kernel = kernel
        self.error = error
        self.is_tty = kernel.tty is not None

    def write(self, text: str) -> None:
        """Hands the text on."""
        self.kernel.put_output(text, error=self.error)

    def saved(self) -> dict[str, Any]:
        """Returns it as JSON."""
        return {"kind": self.kind, "error": self.error}


class TerminalInput(ReadEnd):
    """Standard input that is a terminal: lines that were typed; Ctrl-D ends one read, not the terminal."""

    kind = "terminal"
    is_tty = True

    def __init__(self, tty: Tty) -> None:
        super().__init__(tty.input)
        self.tty = tty
        self.pipe.writers = 1  # whoever sits before it

    @property
    def readable(self) -> bool:  # type: ignore[override]
        """Whether a read need not wait."""
        return self.pipe.buffer.size > 0 or self.tty.ends > 0

    @property
    def ended(self) -> bool:  # type: ignore[override]
        """Whether a reader who waits for the end need wait no longer."""
        return self.tty.ends > 0

    def _end(self) -> bool:
        if self.tty.ends and not self.pipe.buffer.size:
            self.tty.ends -= 1
            return True
        return False

    def read(self, count: int | None = None) -> str | None:
        """Reads what was typed."""
        return "" if self._end() else super().read(count)

    def read_line(self) -> str | None:
        """Reads a line."""
        if self._end():
            return ""
        line = super().read_line()
        if line is None and self.tty.ends and self.pipe.buffer.size:
            self.tty.ends -= 1
            return self.pipe.buffer.some()
        return line

    def read_lines(self) -> list[str] | None:
        """Reads the lines that were typed."""
        return [] if self._end() else super().read_lines()

    def read_all(self) -> str | None:
        """Reads up to Ctrl-D."""
        if not self.tty.ends:
            return None
        self.tty.ends -= 1
        return self.pipe.buffer.some()

    def write(self, text: str) -> None:
        """Shows text: a terminal is read and written."""
        self.tty.write(text)
