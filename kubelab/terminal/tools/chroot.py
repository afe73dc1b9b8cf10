"""chroot: a command with another root directory; simulated where that is a node's own, mounted into a container.

`kubectl debug node/...` mounts it at /host. Source: coreutils, chroot(1).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from kubelab.cluster.node.container import Container
from kubelab.terminal.nodes import NodeMachine
from kubelab.terminal.shell.logins import enter
from kubelab.terminal.shell.neighbours import way_out
from kubelab.terminal.tool import Children, Context, Exit, Steps, tool

if TYPE_CHECKING:
    from kubelab.cluster.node.process import Machine
    from kubelab.terminal.shell.kernel import Kernel

FAILED = 125


@tool("chroot")
def chroot(ctx: Context) -> Steps:
    """chroot NEWROOT [COMMAND [ARG]...]"""
    args = ctx.args
    if not args:
        raise Exit(FAILED, "chroot: missing operand\nTry 'chroot --help' for more information.\n")
    if "@child" not in ctx.state:
        node = _node_at(ctx, args[0])
        ctx.state["@child"] = enter(ctx.shell, node, args[1:] or ["sh", "-i"], "/")
    pid = ctx.state["@child"]
    yield Children((pid,))
    return ctx.shell.kernel.reap(pid)


def _node_at(ctx: Context, directory: str) -> str:
    """Returns the node whose root directory is mounted at a directory."""
    path, files, machine = posixpath.normpath(ctx.path(directory)), ctx.files, ctx.machine
    why = "" if files.is_dir(path) else "Not a directory" if files.exists(path) else "No such file or directory"
    if not why and ctx.user != "root":
        why = "Operation not permitted"
    if why:
        raise Exit(FAILED, f"chroot: cannot change root directory to '{directory}': {why}\n")
    if isinstance(machine, Container) and path in _roots(machine):
        return machine.node.name
    raise Exit(FAILED, "chroot: only to a node's root directory in a container is this simulated in KubeLab\n")


def _roots(container: Container) -> list[str]:
    """Returns where the node's root directory is mounted in a container."""
    volumes = container.pod["spec"].get("volumes") or ()
    names = [each["name"] for each in volumes if (each.get("hostPath") or {}).get("path") == "/"]
    mounts = container.plan.spec.get("volumeMounts") or ()
    return [each["mountPath"] for each in mounts if each["name"] in names and not each.get("subPath")]


@way_out
def to_node(machine: Machine, name: str, kernel: Kernel) -> Machine | None:
    """Returns the node that a container runs on."""
    return NodeMachine(machine.cluster, name, kernel) if machine.place.get("node") == name else None
