"""nsenter, and what `ip netns` does: a node's commands in a Pod's network namespace, with the node's own files.

The runtime names the namespaces cni-<uuid>, below /var/run/netns. Source: util-linux, nsenter(1); iproute2,
ip-netns(8); containerd, internal/cri/server/sandbox_run.go (netns.NewNetNS).
"""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.node import cri, nodeprocesses
from kubelab.cluster.node.cri import Sandbox
from kubelab.terminal.machines import in_pod_of
from kubelab.terminal.nodes import node_of
from kubelab.terminal.shell.logins import enter
from kubelab.terminal.tool import Children, Context, Exit, Steps, tool

FOLDERS = ("/var/run/netns/", "/run/netns/")
OTHERS = ("a", "all", "m", "mount", "u", "uts", "i", "ipc", "p", "pid", "U", "user", "C", "cgroup", "T", "time")
LOST = "nsenter: cannot open /proc/{}/ns/net: No such file or directory\n"


def namespaces(ctx: Context) -> dict[str, Sandbox]:
    """Returns the network namespaces of a node's Pods by their names."""
    cluster, found = ctx.machine.cluster, {}
    for sandbox in cri.sandboxes(cluster, node_of(ctx)):
        if sandbox.ready and not sandbox.pod["spec"].get("hostNetwork"):
            found[name_of(ctx, sandbox)] = sandbox
    return found


def name_of(ctx: Context, sandbox: Sandbox) -> str:
    """Returns the name of a Pod's network namespace."""
    text = ctx.machine.cluster.random.hex(32, "netns", sandbox.id)
    return f"cni-{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def run_in(ctx: Context, sandbox: Sandbox | None, argv: Sequence[str]) -> Steps:
    """Runs a command in a Pod's network namespace, in the node's own where there is no Pod; its status is returned."""
    if "@child" not in ctx.state:
        node = node_of(ctx)
        host = node if sandbox is None else in_pod_of(node, sandbox.namespace, sandbox.name)
        ctx.state["@child"] = enter(ctx.shell, host, argv)
    pid = ctx.state["@child"]
    yield Children((pid,))
    return ctx.shell.kernel.reap(pid)


@tool("nsenter")
def nsenter(ctx: Context) -> Steps:
    """nsenter -t PID -n [command]"""
    target, net, args = "", "", list(ctx.args)
    while args and args[0].startswith("-") and args[0] != "--":
        option, _, value = args.pop(0).partition("=")
        name = option.lstrip("-")
        if name in ("t", "target"):
            target = value or (args.pop(0) if args else "")
        elif name.startswith("t") and name[1:].isdigit():
            target = name[1:]
        elif name in ("n", "net"):
            net = value or "target"
        elif name in OTHERS:
            raise Exit(1, f"nsenter: {option} is not simulated in KubeLab: only -n, the network namespace, is\n")
        else:
            raise Exit(1, f"nsenter: unrecognized option '{option}'\nTry 'nsenter --help' for more information.\n")
    if not node_of(ctx):
        raise Exit(1, "nsenter: only from a node's shell is this simulated in KubeLab\n")
    if ctx.user != "root":
        raise Exit(1, f"nsenter: cannot open /proc/{target}/ns/net: Permission denied\n")
    if not target and not net:
        raise Exit(1, "nsenter: no target PID specified\n")
    return (yield from run_in(ctx, _named(ctx, net) or _of(ctx, target), args or ["bash"]))


def _named(ctx: Context, net: str) -> Sandbox | None:
    if not net.startswith("/"):
        return None
    name = next((net.removeprefix(folder) for folder in FOLDERS if net.startswith(folder)), net)
    if name not in namespaces(ctx):
        raise Exit(1, f"nsenter: cannot open {net}: No such file or directory\n")
    return namespaces(ctx)[name]


def _of(ctx: Context, target: str) -> Sandbox | None:
    """Returns the sandbox whose network a process has, None for the node's own."""
    if not target.isdigit():
        raise Exit(1, f"nsenter: failed to parse pid: '{target}'\n")
    cluster, node, pid = ctx.machine.cluster, node_of(ctx), int(target)
    if all(process.pid != pid for process in nodeprocesses.of(cluster, node)):
        raise Exit(1, LOST.format(pid))
    for sandbox, view in cri.containers(cluster, node):
        first = nodeprocesses.first_pid(view)
        if first <= pid < first + nodeprocesses.STEP and not sandbox.pod["spec"].get("hostNetwork"):
            return sandbox
    return None


def netns(ctx: Context, command: str, rest: Sequence[str]) -> Steps:
    """ip netns list, ip netns exec NAME command"""
    found = namespaces(ctx) if node_of(ctx) else {}
    if command in ("", "list", "show", "ls", "lst"):
        for number, name in enumerate(found):
            ctx.print(f"{name} (id: {number})")
        return 0
    if command != "exec":
        raise Exit(1, f"ip: netns {command} is not simulated in KubeLab\n")
    if not rest:
        raise Exit(255, "No netns name specified\n")
    if rest[0] not in found:
        raise Exit(1, f'Cannot open network namespace "{rest[0]}": No such file or directory\n')
    if ctx.user != "root":
        raise Exit(1, f'setting the network namespace "{rest[0]}" failed: Operation not permitted\n')
    if len(rest) < 2:
        raise Exit(255, "No command specified\n")
    return (yield from run_in(ctx, found[rest[0]], rest[1:]))
