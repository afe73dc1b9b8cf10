"""crictl's tables: containers, Pods, images. Source: cri-tools, cmd/crictl/{container,sandbox,image,display}.go."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from kubelab.cluster.clock import rfc3339
from kubelab.cluster.node import cri, host, usage
from kubelab.cluster.node.container import Container
from kubelab.cluster.node.packages import CRI_TOOLS
from kubelab.cluster.node.record import is_running
from kubelab.cluster.objects import Object, labels_of
from kubelab.terminal.tool import Context, Exit
from kubelab.terminal.tools.crictl_arguments import Arguments
from kubelab.terminal.tools.etcd_tables import written_size

CLIENT = CRI_TOOLS[36]
SHORT = 13  # digits of an id in a table


def ps(ctx: Context, node: str, args: Arguments) -> int:
    """Lists containers."""
    rows, shown = [], []
    for sandbox, view in _chosen(ctx, node, args):
        running = is_running(view.state, ctx.now)
        rows.append(
            (
                view.id[:SHORT],
                image_id(view)[:SHORT],
                ago(ctx.now - view.started),
                "Running" if running else "Exited",
                view.name,
                str(view.attempt),
                sandbox.id[:SHORT],
                sandbox.name,
                sandbox.namespace,
            )
        )
        shown.append((sandbox, view))
    if args.on("quiet"):
        ctx.write("".join(f"{view.id}\n" for _, view in shown))
    elif args.text("output") in ("json", "yaml"):
        ctx.print(json.dumps({"containers": [described(ctx, *pair) for pair in shown]}, indent=2))
    else:
        heads = ("CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE")
        _table(ctx, heads, rows)
    return 0


def _chosen(ctx: Context, node: str, args: Arguments) -> list[tuple[cri.Sandbox, Container]]:
    every = list(cri.containers(ctx.machine.cluster, node))
    every.sort(key=lambda pair: -pair[1].started)
    state = args.text("state").lower()
    found = []
    for sandbox, view in every:
        running = is_running(view.state, ctx.now)
        if state and state != ("running" if running else "exited"):
            continue
        if not running and not (args.on("all") or state or args.on("latest") or args.text("last")):
            continue
        if args.text("name") and not re.search(args.text("name"), view.name):
            continue
        if args.text("pod") and not sandbox.id.startswith(args.text("pod")):
            continue
        if args.text("id") and not view.id.startswith(args.text("id")):
            continue
        if args.text("label") and not _labelled(sandbox, view, args.text("label")):
            continue
        found.append((sandbox, view))
    most = 1 if args.on("latest") else int(args.text("last") or len(found))
    return found[:most]


def _labelled(sandbox: cri.Sandbox, view: Container, wanted: str) -> bool:
    name, _, value = wanted.partition("=")
    return labels(sandbox, view).get(name) == value


def labels(sandbox: cri.Sandbox, view: Container | None = None) -> dict[str, str]:
    """Returns the labels that the kubelet gives to containers and sandboxes."""
    found = {
        "io.kubernetes.pod.name": sandbox.name,
        "io.kubernetes.pod.namespace": sandbox.namespace,
        "io.kubernetes.pod.uid": str(sandbox.record["uid"]),
    }
    if view is not None:
        return {"io.kubernetes.container.name": view.name, **found}
    return {**labels_of(sandbox.pod), **found}


def described(ctx: Context, sandbox: cri.Sandbox, view: Container) -> Object:
    """Returns a container as `crictl ps -o json` shows it."""
    running = is_running(view.state, ctx.now)
    return {
        "id": view.id,
        "podSandboxId": sandbox.id,
        "metadata": {"name": view.name, "attempt": view.attempt},
        "image": {"image": image_id(view), "userSpecifiedImage": view.plan.image},
        "imageRef": image_id(view),
        "state": "CONTAINER_RUNNING" if running else "CONTAINER_EXITED",
        "createdAt": str(int(view.started * 1e9)),
        "labels": labels(sandbox, view),
    }


def pods(ctx: Context, node: str, args: Arguments) -> int:
    """Lists sandboxes."""
    found = [each for each in cri.sandboxes(ctx.machine.cluster, node) if _wanted(each, args)]
    found.sort(key=lambda each: -each.created)
    if args.on("latest"):
        found = found[:1]
    if args.on("quiet"):
        ctx.write("".join(f"{each.id}\n" for each in found))
        return 0
    if args.text("output") in ("json", "yaml"):
        items = [
            {
                "id": each.id,
                "metadata": metadata_of(each),
                "state": "SANDBOX_READY" if each.ready else "SANDBOX_NOTREADY",
                "createdAt": str(int(each.created * 1e9)),
                "labels": labels(each),
            }
            for each in found
        ]
        ctx.print(json.dumps({"items": items}, indent=2))
        return 0
    rows = [
        (
            each.id[:SHORT],
            ago(ctx.now - each.created),
            "Ready" if each.ready else "NotReady",
            each.name,
            each.namespace,
            str(each.attempt),
            "(default)",
        )
        for each in found
    ]
    _table(ctx, ("POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"), rows)
    return 0


def metadata_of(sandbox: cri.Sandbox) -> Object:
    """Returns the names of a sandbox as JSON has them."""
    uid = str(sandbox.record["uid"])
    return {"attempt": sandbox.attempt, "name": sandbox.name, "namespace": sandbox.namespace, "uid": uid}


def _wanted(sandbox: cri.Sandbox, args: Arguments) -> bool:
    state = args.text("state").lower()
    if state and state != ("ready" if sandbox.ready else "notready"):
        return False
    if args.text("namespace") and args.text("namespace") != sandbox.namespace:
        return False
    name, _, value = args.text("label").partition("=")
    if name and labels(sandbox).get(name) != value:
        return False
    return not args.text("name") or re.search(args.text("name"), sandbox.name) is not None


def images(ctx: Context, node: str, args: Arguments) -> int:
    """Lists images."""
    rows = []
    for names in cri.images(ctx.machine.cluster, node).all().values():
        digest = names[0].rpartition("@")[2].removeprefix("sha256:")
        for reference in names[2:]:
            repository, _, tag = reference.rpartition(":")
            if args.operands and not any(reference.startswith(word) or word in repository for word in args.operands):
                continue
            rows.append((repository, tag, digest[:SHORT], _size(int(names[1]))))
    if args.on("quiet"):
        ctx.write("".join(f"sha256:{row[2]}\n" for row in rows))
    else:
        _table(ctx, ("IMAGE", "TAG", "IMAGE ID", "SIZE"), sorted(rows))
    return 0


def stats(ctx: Context, node: str, args: Arguments) -> int:
    """Tells what running containers use: shares of a processor in percent, memory and disk."""
    running = [view for _, view in cri.containers(ctx.machine.cluster, node) if is_running(view.state, ctx.now)]
    words = args.operands
    chosen = [view for view in running if not words or any(view.id.startswith(word) for word in words)]
    if words and not chosen:
        failed = f'container \\"{words[0]}\\" not found'
        raise Exit(1, f'time="{rfc3339(ctx.now)}" level=fatal msg="get container stats: {failed}"\n')
    rows = []
    for view in sorted(chosen, key=lambda view: view.id):
        used, disk = usage.usage_of(view), view.files.usage()
        share, memory = f"{used.cpu / 10:.2f}", written_size(int(used.memory)).replace(" ", "")
        written = written_size(disk.size).replace(" ", "")
        rows.append((view.id[:SHORT], view.name, share, memory, written, str(disk.files), "0B"))
    _table(ctx, ("CONTAINER", "NAME", "CPU %", "MEM", "DISK", "INODES", "SWAP"), rows)
    return 0


def version(ctx: Context, node: str, args: Arguments) -> int:
    """Tells the runtime's version."""
    record = ctx.machine.cluster.store.get(host.HOSTS + node) or {}
    runtime = record["containerd"]["version"]
    ctx.write(f"Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v{runtime}\nRuntimeApiVersion:  v1\n")
    return 0


def image_id(view: Container) -> str:
    """Returns the digits of a container's image id."""
    return view.plan.resolved.image_id.rpartition("sha256:")[2] if view.plan.resolved else ""


def _size(number: int) -> str:
    """Writes a size as docker/go-units does: 3 or 4 digits."""
    value, unit = float(number), "B"
    for unit in ("B", "kB", "MB", "GB"):  # noqa: B007
        if value < 1000:
            break
        value /= 1000
    return f"{value:.3g}{unit}"


def ago(seconds: float) -> str:
    """Writes an age as docker/go-units does, with "ago"."""
    whole = int(seconds)
    minutes, hours = whole // 60, round(whole / 3600)
    if whole < 1:
        return "Less than a second ago"
    if whole < 60:
        return "1 second ago" if whole == 1 else f"{whole} seconds ago"
    if minutes < 60:
        return "About a minute ago" if minutes == 1 else f"{minutes} minutes ago"
    if hours < 48:
        return "About an hour ago" if hours == 1 else f"{hours} hours ago"
    return f"{whole // 86_400} days ago"


def _table(ctx: Context, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]
    for row in [heads, *rows]:
        ctx.print("".join(cell.ljust(width + 5) for cell, width in zip(row, widths, strict=True)).rstrip())
