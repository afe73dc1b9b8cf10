"""kubectl plugin (kubectl/pkg/cmd/plugin/plugin.go): programs on the PATH whose names begin with kubectl-."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from kubelab.terminal.kubectl import plugins
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import OTHER, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag

_HEAD = "The following compatible plugins are available:\n\n"


def run(call: Call) -> None:
    """Lists the plugins, with what is wrong with each."""
    warnings = 0
    seen: dict[str, str] = {}
    for path in plugins.found(call.ctx):
        if not seen:
            call.out(_HEAD)
        name = posixpath.basename(path)
        call.say(name if call.flags.on("name-only") else path)
        warning = _warning(call, path, seen)
        seen.setdefault(name, path)
        if warning:
            warnings += 1
            call.err(f"  - {warning}\n")
    if not seen:
        raise CommandError("unable to find any kubectl plugins in your PATH")
    if warnings:
        raise CommandError(
            "one plugin warning was found" if warnings == 1 else f"{warnings} plugin warnings were found"
        )


def _warning(call: Call, path: str, seen: Mapping[str, str]) -> str:
    name = posixpath.basename(path)
    command = name.split("-")[1]
    if command in call.commands:
        return f'warning: {name} overwrites existing command: "kubectl {command}"'
    if not call.ctx.files.may(path, "execute"):
        return f"warning: {path} identified as a kubectl plugin, but it is not executable"
    if name in seen:
        return f"warning: {path} is overshadowed by a similarly named plugin: {seen[name]}"
    return ""


COMMAND = Command(
    path="plugin",
    usage="plugin [flags]",
    short="Tell of plugins",
    group=OTHER,
    rank=30,
    help_stream=2,
    long="""
Tell of plugins.

A plugin is a program of its own that adds a command to kubectl: where there is kubectl-foo on the PATH, 'kubectl foo' calls it.
""",  # noqa: E501
    examples="""
# All plugins
kubectl plugin list

# Only their names, without the directories
kubectl plugin list --name-only
""",
)
LIST = Command(
    path="plugin list",
    usage="plugin list [flags]",
    short="List the plugins on the PATH",
    run=run,
    long="""
List the plugins on the PATH. With --name-only, without their directories.

Plugins are files that - can be executed - are in a directory of the PATH - have a name that begins with "kubectl-"
""",
    examples="""
# All plugins
kubectl plugin list

# Only their names, without the directories
kubectl plugin list --name-only
""",
    flags=(Flag("name-only", "bool", False, "If true, show the names only, not where they are"),),
)
