"""`-o custom-columns=HEADER:path,...` (kubectl/pkg/cmd/get/customcolumn.go)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import go_text
from kubelab.terminal.kubectl.printers.jsonpath import JSONPath
from kubelab.terminal.kubectl.printers.jsonpath_parser import JSONPathError
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter

_RELAXED = re.compile(r"\{\.?([^{}]+)\}|\.?([^{}]+)")
_FORMAT = "Expected format is one line of space separated headers, one line of space separated column specs."


class Column(NamedTuple):
    """A header and what stands below it."""

    header: str
    path: str


def relaxed(path: str) -> str:
    """Returns a path written in any of the four ways (a.b, .a.b, {a.b}, {.a.b}) as a JSONPath template.

    Raises:
        CommandError: it is none.
    """
    if not path:
        return path
    match = _RELAXED.fullmatch(path)
    if match is None:
        raise CommandError(
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"
        )
    return f"{{.{match[1] or match[2]}}}"


def columns_of(spec: str) -> list[Column]:
    """Reads `HEADER:path,...`.

    Raises:
        CommandError: it is not of that form.
    """
    if not spec:
        raise CommandError("custom-columns format specified but no custom columns given")
    columns = []
    for part in spec.split(","):
        header, colon, path = part.partition(":")
        if not colon:
            raise CommandError(f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
        columns.append(Column(header, relaxed(path)))
    return columns


def columns_of_template(text: str) -> list[Column]:
    """Reads a template of two lines, the headers and the paths.

    Raises:
        CommandError: a line is missing or they do not match.
    """
    lines = text.splitlines()
    if not lines:
        raise CommandError(f"invalid template, missing header line. {_FORMAT}")
    if len(lines) < 2:
        raise CommandError(f"invalid template, missing spec line. {_FORMAT}")
    headers, paths = lines[0].split(), lines[1].split()
    if len(headers) != len(paths):
        raise CommandError(f"number of headers ({len(headers)}) and field specifications ({len(paths)}) don't match")
    return [Column(header, relaxed(path)) for header, path in zip(headers, paths, strict=True)]


class CustomColumnsPrinter:
    """Prints objects in the columns that were asked for."""

    def __init__(self, columns: Sequence[Column], no_headers: bool) -> None:
        self._columns = columns
        self._headers_due = not no_headers
        try:
            self._paths = [JSONPath(column.path, allow_missing=True) for column in columns]
        except JSONPathError as error:
            raise CommandError(str(error)) from None

    def print(self, obj: Object, out: TabWriter) -> None:
        """Writes one object, or the items of a list."""
        if self._headers_due:
            out.row([column.header for column in self._columns])
            self._headers_due = False
        for item in obj["items"] if "items" in obj else [obj]:
            out.row([self._cell(path, item) for path in self._paths])

    @staticmethod
    def _cell(path: JSONPath, obj: Object) -> str:
        try:
            found = path.find(obj)
        except JSONPathError as error:
            raise CommandError(str(error)) from None
        texts = [] if found and found[0] else ["<none>"]
        texts += [_text(value) for values in found for value in values]
        return ",".join(texts)


def _text(value: Any) -> str:
    return go_text(value).replace("\x1b", "^[")
