"""kubectl's plugins: programs on the PATH whose names begin with kubectl- (kubectl/pkg/cmd/plugin.go)."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.kubectl.errors import PlainError
from kubelab.terminal.kubectl.golang import quote

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.command import Command
    from kubelab.terminal.tool import Context

PREFIX = "kubectl-"
WITH_PLUGINS = "create"  # the only command whose subcommands may be plugins


def plugin(ctx: Context, words: Sequence[str], known: int = 0) -> list[str] | None:
    """Returns the command line of the plugin that a line of kubectl's calls, None where there is none.

    Args:
        known: how many of the first words are a command's own.

    Raises:
        PlainError: flags stand before the name of what is no command.
    """
    names: list[str] = []
    for word in words:
        if word.startswith("-"):
            break
        names.append(word.replace("-", "_"))
    if not names and words and not known:
        raise PlainError(f"Error: flags cannot be placed before plugin name: {words[0]}")
    while len(names) > known:
        path = _on_path(ctx, PREFIX + "-".join(names))
        if path:
            return [path, *words[len(names) :]]
        names.pop()
    return None


def of_subcommand(ctx: Context, command: Command, words: Sequence[str], rest: Sequence[str]) -> list[str] | None:
    """Returns the command line of a plugin that is called as a subcommand of a command, None where there is none."""
    if command.path != WITH_PLUGINS or not rest or rest[0].startswith("-") or words[:1] != [WITH_PLUGINS]:
        return None
    return plugin(ctx, words, 1)


def directories(ctx: Context) -> list[str]:
    """Returns the directories of the PATH, each once."""
    return [each for each in dict.fromkeys(ctx.env.get("PATH", "").split(":")) if each]


def _on_path(ctx: Context, name: str) -> str:
    for directory in directories(ctx):
        path = posixpath.join(directory, name)
        if ctx.files.is_file(path) and ctx.files.may(path, "execute"):
            return path
    return ""


def found(ctx: Context) -> list[str]:
    """Returns the paths of all files that look like plugins, and tells of directories that cannot be read."""
    paths: list[str] = []
    for directory in directories(ctx):
        try:
            names = ctx.files.listdir(directory)
        except FileError as error:
            reason = f"open {directory}: {error.reason.lower()}"
            ctx.error(f"Unable to read directory {quote(directory)} from your PATH: {reason}. Skipping...\n")
            continue
        found = [posixpath.join(directory, name) for name in sorted(names) if name.startswith(PREFIX)]
        paths += [path for path in found if not ctx.files.is_dir(path)]
    return paths
