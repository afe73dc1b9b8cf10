"""What a kubectl command is: its words, flags, help and what it does. One file a command in `commands/`.

COMMAND = Command(path="create namespace", usage="create namespace NAME", short="...", flags=(...), run=run)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kubelab.terminal.kubectl.flags import Flag, FlagSet
from kubelab.terminal.kubectl.global_flags import GLOBAL_FLAGS
from kubelab.terminal.tool import Steps

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

Run = Callable[["Call"], "int | Steps | None"]

BASIC_BEGINNER = "Basic Commands (Beginner):"
BASIC_INTERMEDIATE = "Basic Commands (Intermediate):"
DEPLOY = "Deploy Commands:"
CLUSTER = "Cluster Management Commands:"
TROUBLESHOOTING = "Troubleshooting and Debugging Commands:"
ADVANCED = "Advanced Commands:"
SETTINGS = "Settings Commands:"
OTHER = "Other Commands:"
GROUPS = (BASIC_BEGINNER, BASIC_INTERMEDIATE, DEPLOY, CLUSTER, TROUBLESHOOTING, ADVANCED, SETTINGS, OTHER)


@dataclass(frozen=True, eq=False)
class Command:
    """One command.

    Args:
        path: its words, "create namespace".
        usage: the line below "Usage:", without "kubectl" and "[options]".
        short: one line for the list that its parent shows.
        run: does it; None for a command that only has others below it.
        long: what its help says first, `short` with a full stop if empty.
        examples: the lines below "Examples:".
        flags: its own flags.
        aliases: other last words for it.
        group: the heading below which kubectl's own help lists it, and `rank` its place there.
        required: flags without which it cannot be called.
        suggest_for: words for which it is suggested.
        help_stream, help_status: for a command that only has others below it: on which descriptor its help is shown
            when none of them is named, and how it ends then; with 0 it does not mind words that are no commands.
    """

    path: str
    usage: str
    short: str
    run: Run | None = None
    long: str = ""
    examples: str = ""
    flags: tuple[Flag, ...] = ()
    aliases: tuple[str, ...] = ()
    group: str = OTHER
    rank: int = 50
    required: tuple[str, ...] = ()
    suggest_for: tuple[str, ...] = ()
    hidden: bool = False
    help_stream: int = 1
    help_status: int = 1

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition(" ")[2]

    @property
    def parent(self) -> str:
        """The path of the command above it, "" for kubectl itself."""
        return self.path.rpartition(" ")[0]

    @property
    def full_path(self) -> str:
        """The path with "kubectl" before it."""
        return f"kubectl {self.path}" if self.path else "kubectl"

    @cached_property
    def flag_set(self) -> FlagSet:
        """All flags that it takes, the global ones too."""
        return FlagSet(self.flags, GLOBAL_FLAGS)
