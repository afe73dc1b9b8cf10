"""What crictl tells of one container, Pod or image, its log, and commands in it. Source: cri-tools, cmd/crictl."""

from __future__ import annotations

import json

from kubelab.cluster.clock import micro
from kubelab.cluster.node import cri, nodeprocesses
from kubelab.cluster.node import logs as container_logs
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.record import is_running
from kubelab.cluster.objects import Object
from kubelab.terminal.shell.interpreter import INTERPRETER
from kubelab.terminal.tool import Context, Exit, Steps
from kubelab.terminal.tools.crictl_arguments import Arguments
from kubelab.terminal.tools.crictl_lists import image_id, labels, metadata_of
from kubelab.terminal.tools.nsenter import name_of

PATH = "/var/log/pods"


def inspect(ctx: Context, node: str, args: Arguments) -> int:
    """Shows containers."""
    for sandbox, view in args.containers():
        ctx.print(json.dumps(_status(ctx, sandbox, view), indent=2))
    return 0


def _status(ctx: Context, sandbox: cri.Sandbox, view: Container) -> Object:
    running = is_running(view.state, ctx.now)
    ended = view.state.get("ended")
    moments = {"createdAt": _moment(view.started), "startedAt": _moment(view.started)}
    log = f"{PATH}/{sandbox.namespace}_{sandbox.name}_{sandbox.record['uid']}/{view.name}/{view.attempt}.log"
    status: Object = {
        "id": view.id,
        "metadata": {"attempt": view.attempt, "name": view.name},
        "state": "CONTAINER_RUNNING" if running else "CONTAINER_EXITED",
        **moments,
        "finishedAt": _moment(ended[0]) if ended else "0001-01-01T00:00:00Z",
        "exitCode": ended[1] if ended else 0,
        "image": {"image": view.plan.image},
        "imageRef": view.plan.resolved.image_id if view.plan.resolved else "",
        "reason": ("Completed" if not ended[1] else ended[2] or "Error") if ended else "",
        "message": ended[3] if ended else "",
        "labels": labels(sandbox, view),
        "logPath": log,
    }
    info: Object = {"sandboxID": sandbox.id, "pid": nodeprocesses.first_pid(view) + 1 if running else 0}
    info["config"] = {
        "image": {"image": image_id(view)},
        "args": view.argv,
        "log_path": f"{view.name}/{view.attempt}.log",
    }
    info["runtimeType"] = "io.containerd.runc.v2"
    return {"info": info, "status": status}


def _moment(seconds: float) -> str:
    return f"{micro(seconds)[:-1]}000Z"


def inspect_pod(ctx: Context, node: str, args: Arguments) -> int:
    """Shows sandboxes."""
    if not args.operands:
        raise Exit(1, f'time="{args.stamp}" level=fatal msg="ID cannot be empty"\n')
    for given in args.operands:
        sandbox = next((each for each in cri.sandboxes(ctx.machine.cluster, node) if each.id.startswith(given)), None)
        if sandbox is None:
            raise args.not_found("sandbox", given)
        network = {"ip": str(sandbox.record.get("ip", "")), "additionalIps": []}
        status = {
            "id": sandbox.id,
            "metadata": metadata_of(sandbox),
            "state": "SANDBOX_READY" if sandbox.ready else "SANDBOX_NOTREADY",
            "createdAt": _moment(sandbox.created),
            "network": network,
            "labels": labels(sandbox),
        }
        info: Object = {"runtimeType": "io.containerd.runc.v2"}
        if not sandbox.pod["spec"].get("hostNetwork"):
            space = {"type": "network", "path": f"/var/run/netns/{name_of(ctx, sandbox)}"}
            info["runtimeSpec"] = {"linux": {"namespaces": [{"type": "pid"}, {"type": "ipc"}, space]}}
        ctx.print(json.dumps({"info": info, "status": status}, indent=2))
    return 0


def inspect_image(ctx: Context, node: str, args: Arguments) -> int:
    """Shows images."""
    for given in args.operands:
        for key, names in cri.images(ctx.machine.cluster, node).all().items():
            if given in names[2:] or key.rpartition("sha256:")[2].startswith(given):
                status = {
                    "id": f"sha256:{key.rpartition(':')[2]}",
                    "repoTags": names[2:],
                    "repoDigests": [key],
                    "size": names[1],
                }
                ctx.print(json.dumps({"status": status}, indent=2))
                break
        else:
            raise Exit(1, f'time="{args.stamp}" level=fatal msg="no such image \\"{given}\\" present"\n')
    return 0


def info(ctx: Context, node: str, args: Arguments) -> int:
    """Shows whether the runtime and its network are ready."""
    why = ctx.machine.cluster.network.not_ready(node)
    network: Object = {"type": "NetworkReady", "status": why is None, "reason": "", "message": ""}
    if why is not None:
        network |= {"reason": "NetworkPluginNotReady", "message": f"Network plugin returns error: {why}"}
    ready = {"type": "RuntimeReady", "status": True, "reason": "", "message": ""}
    config = {"containerdEndpoint": "/run/containerd/containerd.sock", "rootDir": "/var/lib/containerd"}
    ctx.print(json.dumps({"status": {"conditions": [ready, network]}, "config": config}, indent=2))
    return 0


def logs(ctx: Context, node: str, args: Arguments) -> int:
    """Writes a container's log."""
    for _, view in args.containers():
        entries = container_logs.read(view, ctx.now)
        tail = args.text("tail")
        if tail.isdigit():
            entries = entries[-int(tail) :] if int(tail) else []
        for entry in entries:
            stamp = f"{_moment(entry.time)} " if args.on("timestamps") or args.on("timeout") else ""
            text = f"{stamp}{entry.text}\n"
            if entry.stream == "stderr":
                ctx.error(text)
            else:
                ctx.write(text)
    return 0


def execute(ctx: Context, args: list[str]) -> Steps:
    """Runs a command in a container; one that asks for input gets none here (kubectl exec -it does)."""
    words = list(args)
    while words and words[0].startswith("-"):
        words.pop(0)
    if len(words) < 2:
        ctx.error(f'time="{Arguments(ctx, []).stamp}" level=fatal msg="command is missing"\n')
        return 1
    yield from ()
    (_, view), *_ = Arguments(ctx, words[:1]).containers()
    argv = view.command_line(words[1:])
    if argv is None:
        why = view.why_not(words[1])
        ctx.error(
            f'time="{Arguments(ctx, []).stamp}" level=fatal msg="execing command in container: failed to exec: {why}"\n'
        )
        return 1
    progress = INTERPRETER.start(view, argv, stdin="", pid=2)
    ctx.write(progress.stdout)
    ctx.error(progress.stderr)
    if progress.code is None:
        raise Exit(1, "crictl: a command that waits is simulated by kubectl exec only\n")
    return progress.code
