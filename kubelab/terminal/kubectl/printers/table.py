"""Tables, as kubectl get prints what the server answers (cli-runtime's printers/tableprinter.go)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.golang import go_text
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter

_BREAK = re.compile(r"[\f\n\r]")


@dataclass(frozen=True)
class TableOptions:
    """What is shown beside the server's columns."""

    wide: bool = False
    no_headers: bool = False
    with_namespace: bool = False
    with_kind: bool = False
    show_labels: bool = False
    label_columns: Sequence[str] = ()


class TablePrinter:
    """Prints tables of one kind; headers stand once."""

    def __init__(self, options: TableOptions, kind: Kind | None) -> None:
        self._options = options
        self._prefix = f"{_full_name(kind)}/" if options.with_kind and kind is not None else ""
        self._last: list[str] | None = None

    def print(self, table: Object, out: TabWriter, event: str | None = None) -> None:
        """Writes the rows of a Table; `event` goes in a column of its own before them."""
        options = self._options
        definitions = table["columnDefinitions"]
        shown = [index for index, column in enumerate(definitions) if options.wide or not column.get("priority")]
        names = self._headers([definitions[index]["name"] for index in shown], event)
        rows = table.get("rows") or ()
        if not options.no_headers and rows and names != self._last:
            out.row([name.upper() for name in names])
            self._last = names
        name_column = self._name_column(definitions)
        for row in rows:
            out.row(self._cells(row, shown, name_column, event))

    def _headers(self, names: list[str], event: str | None) -> list[str]:
        options = self._options
        before = ["Event"] if event is not None else []
        if options.with_namespace:
            before.append("Namespace")
        after = [label.rpartition("/")[2] for label in options.label_columns]
        if options.show_labels:
            after.append("Labels")
        return [*before, *names, *after]

    def _name_column(self, definitions: Sequence[Object]) -> int:
        if self._prefix:
            for index, column in enumerate(definitions):
                if column.get("format") == "name" and column.get("type") == "string":
                    return index
        return -1

    def _cells(self, row: Object, shown: Sequence[int], name_column: int, event: str | None) -> list[str]:
        options = self._options
        values = row["cells"]
        metadata = (row.get("object") or {}).get("metadata") or {}
        cells = [] if event is None else [event]
        if options.with_namespace:
            cells.append(metadata.get("namespace", ""))
        for index in shown:
            if index < len(values):
                text = cell_text(values[index])
                cells.append(self._prefix + text if index == name_column else text)
        labels = metadata.get("labels") or {}
        cells += [labels.get(label, "") for label in options.label_columns]
        if options.show_labels:
            cells.append(labels_text(labels))
        return cells


def cell_text(value: Any) -> str:
    """Returns a cell as it is printed: its first line, without control characters."""
    if value is None:
        return ""
    text = value if type(value) is str else go_text(value)
    if text.isprintable():
        return text
    match = _BREAK.search(text)
    if match is not None:
        text = text[: match.start()] + "..."
    return text.replace("\x1b", "^[")


def labels_text(labels: Object) -> str:
    """Returns labels as one word (labels.FormatLabels)."""
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels)) or "<none>"


def _full_name(kind: Kind) -> str:
    name = f"{kind.name}.{kind.group}" if kind.group else kind.name
    return name.lower()
