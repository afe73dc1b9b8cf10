"""mount: what is mounted where, as /proc/mounts tells it. Source: mount(8); util-linux 2.39."""

from __future__ import annotations

from kubelab.terminal.tool import Context, Exit, tool
from kubelab.terminal.tools.du import device_of


@tool("mount")
def mount(ctx: Context) -> int:
    """mount [-t type]"""
    words = [arg for arg in ctx.args if not arg.startswith("-")]
    if "-t" in ctx.args and words and len(ctx.args) == 2:
        wanted = words[0].split(",")
    elif ctx.args and ctx.args != ["-l"]:
        if ctx.user != "root":
            raise Exit(1, f"mount: {words[-1] if words else ''}: must be superuser to use mount.\n")
        raise Exit(1, "mount: KubeLab does not simulate mounting by hand: volumes of Pods are mounted by the kubelet\n")
    else:
        wanted = []
    for place in ["/", *sorted(ctx.files.mounts)]:
        device, kind = device_of(ctx.files, place)
        found = ctx.files.mounts.get(place)
        read_only = ctx.files.read_only if found is None else found.read_only or found.files.read_only
        if not wanted or kind in wanted:
            ctx.print(f"{device} on {place} type {kind} ({'ro' if read_only else 'rw'},relatime)")
    return 0


@tool("umount")
def umount(ctx: Context) -> int:
    """umount directory"""
    if ctx.user != "root":
        raise Exit(32, f"umount: {ctx.args[-1] if ctx.args else ''}: must be superuser to unmount.\n")
    raise Exit(32, "umount: KubeLab does not simulate unmounting by hand\n")
