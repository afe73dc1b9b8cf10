"""kubectl alpha: there are no such commands."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command


def run(call: Call) -> None:
    """Says that there is none."""
    call.err("No alpha commands are available in this version of kubectl\n")


COMMAND = Command(path="alpha", usage="alpha", short="Commands that may yet change", run=run, hidden=True)
