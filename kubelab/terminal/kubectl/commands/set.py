"""kubectl set: only has others below it (kubectl/pkg/cmd/set/set.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.command import BASIC_BEGINNER, Command

COMMAND = Command(
    path="set",
    usage="set SUBCOMMAND",
    short="Change one thing of objects",
    group=BASIC_BEGINNER,
    rank=40,
    help_stream=2,
    long="""
Change one thing of objects.

Each of these commands changes a part that is often changed, without an editor or a patch.
""",
)
