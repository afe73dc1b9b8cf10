"""How a kustomization reads files and finds directories (kustomize's api/internal/loader)."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


@dataclass(frozen=True)
class Loader:
    """Reads what a kustomization in one directory names.

    Args:
        root: the directory, absolute.
        restricted: files have to be in the directory or below.
        visited: the directories of the kustomizations that led here.
    """

    call: Call
    root: str
    restricted: bool = True
    visited: tuple[str, ...] = ()

    def path(self, name: str) -> str:
        """Returns an absolute path."""
        return posixpath.normpath(posixpath.join(self.root, name))

    def read_bytes(self, name: str) -> bytes:
        """Returns a file's bytes.

        Raises:
            CommandError: there is no such file, or it may not be read from here.
        """
        path, files = self.path(name), self.call.ctx.files
        if not files.exists(path):
            raise CommandError(missing(path))
        if files.is_dir(path):
            raise CommandError(f"'{path}' must resolve to a file")
        if self.restricted and not _is_below(path, self.root):
            raise CommandError(f"security; file '{path}' is not in or below '{self.root}'")
        try:
            return files.read_bytes(path)
        except FileError as error:
            raise CommandError(f"open {path}: {error.reason.lower()}") from None

    def read(self, name: str) -> str:
        """Returns a file's text.

        Raises:
            CommandError: as `read_bytes` does.
        """
        return self.read_bytes(name).decode("utf-8", "surrogateescape")

    def below(self, name: str) -> Loader:
        """Returns the loader of another kustomization's directory.

        Raises:
            CommandError: there is no such directory, or it leads here.
        """
        if "://" in name or name.startswith(("github.com/", "git@")):
            raise CommandError(f"{quote(name)} is outside of this simulated cluster")
        path = directory(self.call, self.path(name), self.path(name))
        for root in (self.root, *self.visited):
            if _is_below(root, path):
                raise CommandError(f"cycle detected: candidate root '{path}' contains visited root '{root}'")
        return Loader(self.call, path, self.restricted, (self.root, *self.visited))

    def kustomization(self) -> tuple[str, str]:
        """Returns the name of the kustomization's file, and its text.

        Raises:
            CommandError: there is none, or more than one.
        """
        found = [name for name in FILES if self.call.ctx.files.is_file(f"{self.root}/{name}")]
        if not found:
            raise CommandError(
                "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory "
                f"'{self.root}'"
            )
        if len(found) > 1:
            raise CommandError(f"Found multiple kustomization files under: {self.root}\n")
        return found[0], self.read(found[0])


def missing(path: str, given: str = "") -> str:
    """Returns how a path is told of where there is nothing."""
    return f"evalsymlink failure on '{given or path}' : lstat {path}: no such file or directory"


def directory(call: Call, path: str, given: str) -> str:
    """Returns the path of a directory.

    Raises:
        CommandError: it is none.
    """
    files = call.ctx.files
    if not files.exists(path):
        raise CommandError(f"must build at directory: not a valid directory: {missing(path, given)}")
    if not files.is_dir(path):
        raise CommandError(f"must build at directory: '{given or path}': file is not directory")
    return path


def _is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")
