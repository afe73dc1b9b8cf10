"""kubectl plugin (kubectl/pkg/cmd/plugin/plugin.go): programs on the PATH whose names begin with kubectl-."""

from __future__ import annotations

import posixpath

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import OTHER, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag

_HEAD = "The following compatible plugins are available:\n\n"


def run(call: Call) -> None:
    """Lists the plugins."""
    files = call.ctx.files
    found: list[str] = []
    for directory in dict.fromkeys(call.ctx.env.get("PATH", "").split(":")):
        try:
            names = files.listdir(directory) if directory else []
        except FileError:
            continue
        paths = [posixpath.join(directory, name) for name in sorted(names) if name.startswith("kubectl-")]
        found += [path for path in paths if files.is_file(path) and files.may(path, "execute")]
    if not found:
        raise CommandError("unable to find any kubectl plugins in your PATH")
    call.out(_HEAD)
    for path in found:
        call.say(posixpath.basename(path) if call.flags.on("name-only") else path)


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
