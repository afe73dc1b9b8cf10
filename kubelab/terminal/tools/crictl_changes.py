"""What crictl changes: containers stopped and removed, images pulled and removed. The kubelet is not asked.

Source: cri-tools, cmd/crictl/{container,sandbox,image}.go.
"""

from __future__ import annotations

from kubelab.cluster.node import cri, registry
from kubelab.cluster.node.record import is_running
from kubelab.terminal.tool import Context, Exit
from kubelab.terminal.tools.crictl_arguments import Arguments


def stop(ctx: Context, node: str, args: Arguments) -> int:
    """Stops containers; the kubelet starts those again that its Pods need."""
    grace = float(args.text("timeout") or 0)
    for given, (_, view) in zip(list(args.operands), args.containers(), strict=True):
        cri.stop(view, grace)
        ctx.print(given)
    return 0


def stop_pod(ctx: Context, node: str, args: Arguments) -> int:
    """Stops sandboxes: all that runs in them ends."""
    for given in args.operands:
        found = [sandbox for sandbox in cri.sandboxes(ctx.machine.cluster, node) if sandbox.id.startswith(given)]
        if not found:
            raise args.not_found("sandbox", given)
        for sandbox, view in list(cri.containers(ctx.machine.cluster, node)):
            if sandbox.id == found[0].id:
                cri.stop(view, 0.0)
        ctx.print(f"Stopped sandbox {given}")
    return 0


def remove(ctx: Context, node: str, args: Arguments) -> int:
    """Removes containers; one that runs only with --force."""
    for given, (_, view) in zip(list(args.operands), args.containers(), strict=True):
        if is_running(view.state, ctx.now):
            if not (args.on("force") or args.on("follow")):
                why = f'container \\"{given}\\" is running, please stop it first'
                raise Exit(1, f'time="{args.stamp}" level=fatal msg="unable to remove container(s): {why}"\n')
            cri.stop(view, 0.0)
        ctx.print(given)
    return 0


def pull(ctx: Context, node: str, args: Arguments) -> int:
    """Pulls an image."""
    if not args.operands:
        raise Exit(1, f'time="{args.stamp}" level=fatal msg="image name is missing"\n')
    name = args.operands[0]
    try:
        resolved = registry.resolve(name)
    except (registry.PullError, registry.InvalidReference) as error:
        text = str(error).replace('"', '\\"')
        raise Exit(1, f'time="{args.stamp}" level=fatal msg="pulling image: {text}"\n') from None
    cri.images(ctx.machine.cluster, node).add(str(resolved.reference), resolved.image_id, resolved.size)
    ctx.print(f"Image is up to date for {resolved.image_id}")
    return 0


def remove_image(ctx: Context, node: str, args: Arguments) -> int:
    """Removes images; those that a container uses stay."""
    images = cri.images(ctx.machine.cluster, node)
    used = {view.plan.resolved.image_id for _, view in cri.containers(ctx.machine.cluster, node) if view.plan.resolved}
    every = images.all()
    wanted = list(args.operands)
    if args.on("prune"):
        wanted = [image for image in every if image not in used]
    for given in wanted:
        found = next((key for key, names in every.items() if _is_named(given, key, names)), None)
        if found is None:
            raise Exit(1, f'time="{args.stamp}" level=error msg="no such image {given}"\n')
        if found in used:
            why = "image is in use by a container"
            raise Exit(1, f'time="{args.stamp}" level=fatal msg="unable to remove the image(s): {why}"\n')
        for reference in every[found][2:]:
            ctx.print(f"Deleted: {reference}")
        images.remove(found)
    return 0


def _is_named(given: str, image_id: str, names: list[str]) -> bool:
    digits = image_id.rpartition("sha256:")[2]
    names = [*names[2:], *(name.removeprefix("docker.io/library/").removeprefix("docker.io/") for name in names[2:])]
    return digits.startswith(given.removeprefix("sha256:")) or given in names or f"{given}:latest" in names
