"""Where manifests come from: files, directories, standard input, the few that are published on the internet."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from kubelab.cluster.addons import published
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.kinds import minor
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.decoder import Mismatch, decoder
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.manifests import documents
from kubelab.terminal.kubectl.printers.json import compact_json
from kubelab.terminal.shell.escapes import readable

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

EXTENSIONS = (".json", ".yaml", ".yml")
STDIN = "STDIN"
_YAML_AFTER_JSON_SINCE = 33
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_STOP = "if you choose to ignore these errors, turn validation off with --validate=false"


@dataclass(frozen=True)
class Source:
    """One text with manifests and the name under which errors speak of it."""

    name: str
    text: str

    def documents(self, validating: bool, version: str) -> Iterator[Object]:
        """Yields the objects in it.

        Args:
            validating: refuse what does not say its apiVersion and kind in the words of --validate.
            version: the minor version whose metadata they must have.

        Raises:
            CommandError: for what is no object, with the file's name.
        """
        try:
            for document in documents(self.text, only_json=minor(version) < _YAML_AFTER_JSON_SINCE):
                if validating:
                    self._validate(document)
                yield self._object(document, version)
        except _Unreadable as error:
            raise CommandError(str(error)) from None
        except CommandError as error:
            raise CommandError(f"error parsing {self.name}: {error}") from None

    def _validate(self, document: object) -> None:
        text = identity_problem(document)
        if text:
            raise _Unreadable(f"error validating {quote(self.name)}: error validating data: {text}; {_STOP}")

    def _object(self, document: object, version: str) -> Object:
        problem = ""
        if not isinstance(document, dict):
            kind = {str: "string", list: "array", bool: "bool"}.get(type(document), "number")
            problem = f"json: cannot unmarshal {kind} into Go value of type unstructured.detector"
        elif not document.get("kind"):
            problem = f"Object 'Kind' is missing in '{compact_json(document)}'"
        elif not document.get("apiVersion"):
            problem = f"Object 'apiVersion' is missing in '{compact_json(document)}'"
        elif document.get("metadata") is not None:
            try:
                decoder(version, _META)(document["metadata"], "metadata", "", [])
            except Mismatch as mismatch:
                problem = str(mismatch)
        if problem or not isinstance(document, dict):
            raise _Unreadable(f"unable to decode {quote(self.name)}: {problem}")
        return document


def identity_problem(document: object) -> str:
    """Returns what is wrong with how a document says what it is, "" if nothing."""
    if not isinstance(document, dict):
        return "invalid object to validate"
    problems = []
    for name in ("apiVersion", "kind"):
        value = document.get(name)
        if value is None:
            problems.append(f"{name} not set")
        elif not isinstance(value, str):
            problems.append(f"{name} isn't string type")
    return problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]" if problems else ""


class _Unreadable(CommandError):
    """A document that is no object; its message names the file already."""


def decoded(text: str) -> str:
    """Returns a file's text as kubectl reads it: UTF-16 where its first bytes say so, what is no UTF-8 replaced.

    Source: cli-runtime/pkg/resource/visitor.go (FileVisitor).
    """
    if text.startswith(("\udcff\udcfe", "\udcfe\udcff")):
        return text.encode("utf-8", "surrogateescape").decode("utf-16", "replace")
    return readable(text)


def file_sources(
    call: Call, filenames: Sequence[str], kustomize: str, recursive: bool, errors: list[Exception]
) -> list[Source]:
    """Returns the sources that -f and -k name; what is wrong is added to `errors`."""
    if filenames and kustomize:
        errors.append(CommandError("only one of -f or -k can be specified"))
        return []
    if kustomize and recursive:
        errors.append(CommandError("the -k flag can't be used with -f or -R"))
        return []
    sources: list[Source] = []
    for name in filenames:
        try:
            sources += _named(call, name, recursive)
        except CommandError as error:
            errors.append(error)
    if kustomize and not errors:
        from kubelab.terminal.kubectl.kustomization import build  # it needs this module's Source

        sources.append(Source(kustomize, build(call, kustomize)))
    return sources


def _named(call: Call, name: str, recursive: bool) -> list[Source]:
    if name == "-":
        return [Source(STDIN, decoded(call.stdin))]
    if name in call.state.get("@streams", {}):
        return [Source(name, decoded(call.state["@streams"][name]))]
    if name.startswith(("http://", "https://")):
        text = published(name)
        if text is not None:
            return [Source(name, text)]
        host = name.split("/")[2]
        raise CommandError(f"unable to read URL {quote(name)}: {host} is outside of this simulated cluster")
    found: list[Source] = []
    for path in _matches(call, name):
        try:
            found += _path(call, path, recursive)
        except FileError as error:
            reason = f"open {error.path}: {error.reason.lower()}"
            raise CommandError(reason if error.code == "EACCES" else f"error reading {quote(path)}: {reason}") from None
    if not found:
        raise CommandError(f"error reading [{name}]: recognized file extensions are [.json .yaml .yml]")
    return found


def _matches(call: Call, name: str) -> list[str]:
    if call.ctx.files.exists(call.ctx.path(name)):
        return [name]
    found = _glob(call, name)
    if not found:
        raise CommandError(f"the path {quote(name)} does not exist")
    return found


def _glob(call: Call, pattern: str) -> list[str]:
    """Expands a pattern that the shell left to kubectl, in its last part."""
    directory, last = posixpath.split(pattern)
    if not any(character in last for character in "*?["):
        return []
    try:
        names = call.ctx.files.listdir(call.ctx.path(directory or "."))
    except FileError:
        return []
    return [posixpath.join(directory, name) for name in sorted(names) if fnmatchcase(name, last)]


def _path(call: Call, path: str, recursive: bool) -> list[Source]:
    files = call.ctx.files
    absolute = call.ctx.path(path)
    if not files.is_dir(absolute):
        return [Source(path, decoded(call.ctx.read_file(path)))]
    found: list[Source] = []
    for name in sorted(files.listdir(absolute)):
        inner = posixpath.join(path, name)
        if files.is_dir(call.ctx.path(inner)):
            if recursive:
                found += _path(call, inner, recursive)
        elif name.endswith(EXTENSIONS):
            found.append(Source(inner, decoded(call.ctx.read_file(inner))))
    return found
