"""An awk program's state as JSON, for a process that waits."""

from __future__ import annotations

from typing import Any

from kubelab.terminal.awk.interpreter import Interpreter
from kubelab.terminal.awk.values import NOTHING, Input
from kubelab.terminal.shell.streams import packed, unpacked


def _kept(value: Any) -> Any:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else ["n", str(value)]
    if value is NOTHING:
        return None
    return ["i" if isinstance(value, Input) else "s", packed(value)]


def _restored(value: Any) -> Any:
    if value is None:
        return NOTHING
    if isinstance(value, list):
        kind, text = value
        return float(text) if kind == "n" else Input(unpacked(text)) if kind == "i" else unpacked(text)
    return float(value)


def keep(awk: Interpreter) -> dict[str, Any]:
    """Returns the state between two records."""
    awk.split_record()
    return {
        "variables": {name: _kept(value) for name, value in awk.variables.items()},
        "arrays": {
            name: [[packed(key), _kept(value)] for key, value in array.items()] for name, array in awk.arrays.items()
        },
        "ranges": dict(awk.ranges),
        "record": packed(awk.record),
        "fields": [_kept(field) for field in awk.split_record()],
        "numbers": [awk.steps, awk.drawn, awk.seed, awk.status],
        "files": dict(awk.read_files),
        "left": packed(awk.records.left()),
    }


def restore(awk: Interpreter, kept: dict[str, Any]) -> None:
    """Brings a state back."""
    awk.variables.update({name: _restored(value) for name, value in kept["variables"].items()})
    awk.arrays = {
        name: {unpacked(key): _restored(value) for key, value in array} for name, array in kept["arrays"].items()
    }
    awk.ranges = dict(kept["ranges"])
    awk.record, awk.fields = unpacked(kept["record"]), [_restored(field) for field in kept["fields"]]
    awk.steps, awk.drawn, awk.seed, awk.status = kept["numbers"]
    awk.read_files = dict(kept["files"])
    awk.records.text, awk.records.at = unpacked(kept["left"]), 0
