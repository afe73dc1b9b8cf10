"""mount and umount: what is mounted where, and on nodes shares of NFS by hand.

Source: mount(8), umount(8) of util-linux 2.39; nfs-utils 2.6.4, utils/mount/{mount,error}.c.
"""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.node import handmounts, nfs
from kubelab.terminal.tool import Context, Exit, Sleep, Steps, tool
from kubelab.terminal.tools.du import mounted

FAILED = 32
ONLY_NFS = (
    "mount: KubeLab simulates mounting by hand only on nodes, and only of NFS: mount -t nfs SERVER:/PATH DIRECTORY\n"
)
FLAGS = "alnrvw"


@tool("mount")
def mount(ctx: Context) -> int | Steps:
    """mount [-l] [-t type] | mount [-r] [-t nfs] [-o options] server:/path directory"""
    words, types, options = [], "", ""
    args = list(ctx.args)
    while args:
        word = args.pop(0)
        if word[:2] in ("-t", "-o") and (word[2:] or args):
            value = word[2:] or args.pop(0)
            types, options = (value, options) if word[1] == "t" else (types, value)
        elif word.startswith("-") and set(word[1:]) <= set(FLAGS):
            options += ",ro" if "r" in word else ""
        elif word.startswith("-"):
            raise Exit(1, f"mount: {word} is not simulated in KubeLab\n")
        else:
            words.append(word)
    if not words:
        return _listed(ctx, types.split(",") if types else [])
    if ctx.user != "root":
        raise Exit(1, f"mount: {words[-1]}: must be superuser to use mount.\n")
    if len(words) == 1:
        raise Exit(1, f"mount: {words[0]}: can't find in /etc/fstab.\n")
    if ctx.machine.place.get("kind") != "node" or types not in ("", "nfs", "nfs4") or ":/" not in words[0]:
        raise Exit(1, ONLY_NFS)
    return _share(ctx, words[0], words[1], read_only="ro" in options.split(","))


def _listed(ctx: Context, wanted: list[str]) -> int:
    for each in mounted(ctx):
        if not wanted or each.kind in wanted:
            ctx.print(f"{each.device} on {each.place} type {each.kind} ({each.options})")
    return 0


def _share(ctx: Context, source: str, directory: str, *, read_only: bool) -> Steps:
    """Mounts a share; a server that does not answer is tried for two minutes."""
    cluster, node = ctx.machine.cluster, ctx.machine.place["node"]
    if not ctx.files.exists(ctx.path(directory)):
        raise Exit(FAILED, f"mount.nfs: mount point {directory} does not exist\n")
    if not ctx.files.is_dir(ctx.path(directory)):
        raise Exit(FAILED, f"mount.nfs: mount point {directory} is not a directory\n")
    place = ctx.files.realpath(ctx.path(directory))
    known = handmounts.at(cluster, node).get(place)
    if known is not None and source.rstrip("/") == f"{known['server']}:{known['path']}":
        raise Exit(FAILED, f"mount.nfs: {directory} is busy or already mounted or sharecache fail\n")
    try:
        handmounts.mount(cluster, node, source, place, read_only=read_only)
    except nfs.NfsError as error:
        if error.slow:
            until = ctx.state.setdefault("until", ctx.now + nfs.PATIENCE)
            yield Sleep(until)
        ctx.error(f"{error}\n")
        return FAILED
    return 0


@tool("umount")
def umount(ctx: Context) -> int:
    """umount [-f] [-l] directory|source ..."""
    words = [word for word in ctx.args if not word.startswith("-")]
    lazy = any("l" in word or "f" in word for word in ctx.args if word.startswith("-"))
    if not words:
        raise Exit(1, "umount: bad usage\nTry 'umount --help' for more information.\n")
    if ctx.user != "root":
        raise Exit(FAILED, f"umount: {words[0]}: must be superuser to unmount.\n")
    if ctx.machine.place.get("kind") != "node":
        raise Exit(FAILED, "umount: KubeLab simulates unmounting by hand only on nodes\n")
    return max(_without(ctx, word, lazy=lazy) for word in words)


def _without(ctx: Context, word: str, *, lazy: bool) -> int:
    cluster, node = ctx.machine.cluster, ctx.machine.place["node"]
    shares = handmounts.at(cluster, node)
    named = {place: place for place in shares}  # found without a look at a server that may be gone
    named |= {f"{share['server']}:{share['path']}": place for place, share in shares.items()}
    try:
        place = named.get(word.rstrip("/")) or ctx.files.realpath(ctx.path(word))
    except FileError:
        place = ""
    if place not in shares:
        if any(each.place == place for each in mounted(ctx)):
            ctx.error(f"umount: {word}: target is busy.\n")
            return FAILED
        known = bool(place) and ctx.files.exists(place)
        ctx.error(f"umount: {word}: {'not mounted' if known else 'no mount point specified'}.\n")
        return FAILED
    if not lazy and f"{ctx.cwd}/".startswith(f"{place}/"):
        ctx.error(f"umount: {word}: target is busy.\n")
        return FAILED
    handmounts.umount(cluster, node, place)
    return 0
