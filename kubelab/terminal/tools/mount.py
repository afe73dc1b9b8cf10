"""mount: what is mounted where, as /proc/mounts tells it. Source: mount(8); util-linux 2.39."""

from __future__ import annotations

from kubelab.terminal.tool import Context, Exit, tool
from kubelab.terminal.tools.du import mounted


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
    for each in mounted(ctx):
        if not wanted or each.kind in wanted:
            ctx.print(f"{each.device} on {each.place} type {each.kind} ({each.options})")
    return 0


@tool("umount")
def umount(ctx: Context) -> int:
    """umount directory"""
    if ctx.user != "root":
        raise Exit(32, f"umount: {ctx.args[-1] if ctx.args else ''}: must be superuser to unmount.\n")
    raise Exit(32, "umount: KubeLab does not simulate unmounting by hand\n")
