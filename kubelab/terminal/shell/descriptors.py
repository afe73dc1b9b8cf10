"""A process's file descriptors: numbers that lead to the kernel's streams, and redirections of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.shell.faults import RedirectFault
from kubelab.terminal.shell.scope import Scope
from kubelab.terminal.shell.streams import FileStream, FullStream, NullStream, Pipe, ReadEnd, Stream, ZeroStream

if TYPE_CHECKING:
    from kubelab.terminal.shell.kernel import Kernel

Saved = list[list[Any]]  # [descriptor, stream's number before or None]
_NULL = NullStream()


class Descriptors(Scope):
    """The open files of a process, by descriptor; the streams belong to the kernel."""

    kernel: Kernel

    def __init__(self) -> None:
        super().__init__()
        self.fds: dict[int, int] = {}
        self.owed = 0  # instructions that something large counts for

    def stream(self, fd: int) -> Stream:
        """Returns what a descriptor leads to; a closed one is like /dev/null."""
        number = self.fds.get(fd)
        return _NULL if number is None else self.kernel.streams[number]

    def put_fd(self, fd: int, number: int | None) -> None:
        """Lets a descriptor lead to a stream (None: closes it)."""
        old = self.fds.pop(fd, None)
        if number is not None:
            self.fds[fd] = number
            self.kernel.streams[number].references += 1
        if old is not None:
            self.kernel.release(old)

    def close_all(self) -> None:
        """Closes every descriptor."""
        for fd in list(self.fds):
            self.put_fd(fd, None)

    # redirections

    def redirect(self, redirects: list[list[Any]]) -> Saved:
        """Carries out redirections in order.

        Returns:
            How to undo them.

        Raises:
            RedirectFault: those before the one that failed are undone.
        """
        saved: Saved = []
        try:
            for fd, operator, target in redirects:
                self._redirect(fd, operator, target, saved)
        except FileError as error:
            self.unredirect(saved)
            create = redirects and error.code != "EISDIR" and operator.startswith((">", "&"))
            raise RedirectFault(self.flavour.cannot_open(target, error.reason, create=bool(create))) from None
        except RedirectFault:
            self.unredirect(saved)
            raise
        return saved

    def unredirect(self, saved: Saved) -> None:
        """Undoes redirections."""
        for fd, before in reversed(saved):
            self.put_fd(fd, before)
            if before is not None:
                self.kernel.release(before)  # what kept it open meanwhile

    def _replace(self, fd: int, number: int | None, saved: Saved) -> None:
        before = self.fds.get(fd)
        if before is not None:
            self.kernel.streams[before].references += 1  # it is put back later
        saved.append([fd, before])
        self.put_fd(fd, number)

    def _redirect(self, fd: int, operator: str, target: str, saved: Saved) -> None:
        if operator in ("<<", "<<-", "<<<"):
            text = target + "\n" if operator == "<<<" else target
            self._replace(0 if fd < 0 else fd, self.kernel.add_stream(ReadEnd(Pipe(text))), saved)
        elif operator in ("<&", ">&") and (target == "-" or target.rstrip("-").isdigit()):
            self._duplicate(fd if fd >= 0 else int(operator == ">&"), target, saved)
        elif operator in ("&>", "&>>") or (operator == ">&" and fd < 0):
            number = self._open(target, "&>>" if operator == "&>>" else ">")
            self._replace(1, number, saved)
            self._replace(2, number, saved)
        else:
            number = self._open(target, operator)
            self._replace(int(operator.startswith(">")) if fd < 0 else fd, number, saved)

    def _duplicate(self, fd: int, target: str, saved: Saved) -> None:
        if target == "-":
            self._replace(fd, None, saved)
            return
        source = int(target.rstrip("-"))
        if source not in self.fds:
            raise RedirectFault(f"{source}: Bad file descriptor")
        self._replace(fd, self.fds[source], saved)

    def _open(self, target: str, operator: str) -> int:
        """Opens a file; returns its stream's number."""
        path = self.absolute(target)
        device = self._device(path, operator)
        if device is not None:
            return device
        files = self.files
        if operator == "<":
            files.read(path)
        elif operator == ">" and "C" in self.options and files.is_file(path):
            raise RedirectFault(f"{target}: cannot overwrite existing file")
        elif operator in (">", ">|"):
            files.write(path, "")
        elif operator in (">>", "&>>"):
            files.append(path, "")
        elif not files.exists(path):
            files.write(path, "")
        stream = FileStream(files, files.realpath(path))
        self.owed += stream.weight
        return self.kernel.add_stream(stream)

    def _device(self, path: str, operator: str) -> int | None:
        """Returns the stream of a special file, or None for other files."""
        if not path.startswith("/dev/"):
            return None
        name = path[5:]
        numbers = {"stdin": 0, "stdout": 1, "stderr": 2}
        if name.startswith("fd/") and name[3:].isdigit():
            numbers[name] = int(name[3:])
        if name in numbers:
            if numbers[name] not in self.fds:
                raise RedirectFault(f"{path}: No such file or directory")
            return self.fds[numbers[name]]
        if name == "tty":
            return self.kernel.terminal_stream(output=operator.startswith(">"))
        if name.startswith("shm/") or name in ("null", "zero", "urandom", "random", "full"):
            return self._plain_device(name)
        return None

    def _plain_device(self, name: str) -> int | None:
        if name.startswith("shm/"):
            return None
        if name == "null":
            return self.kernel.add_stream(NullStream())
        if name == "full":
            return self.kernel.add_stream(FullStream(self.kernel, False))
        return self.kernel.add_stream(ZeroStream(self.kernel, name != "zero"))
