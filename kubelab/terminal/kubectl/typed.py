"""Printing of the commands that hold objects as Go's structs, whose fields keep the order of their declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.terminal.kubectl.creating import struct_writer
from kubelab.terminal.kubectl.printers.output import Print, printer

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call


def typed_printer(call: Call, operation: str = "", *, dry_run: str = "") -> Print:
    """Returns what prints an object as `-o` says, by way of its struct.

    Args:
        operation: what was done, for the line that is printed without -o.
        dry_run: "client" or "server" when nothing was really done.
    """
    show = printer(call, operation, dry_run=dry_run, typed=True)
    return lambda obj: show(struct_writer(call, obj)(obj))
