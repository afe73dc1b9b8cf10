"""exportfs and showmount: what an NFS server exports. Source: exportfs(8), showmount(8)."""

from __future__ import annotations

from kubelab.cluster.network import walk as ends
from kubelab.cluster.node import nfs
from kubelab.cluster.node.nfs import Export
from kubelab.cluster.storage import nfsserver
from kubelab.terminal.nfsserver import NfsMachine
from kubelab.terminal.tool import Context, Exit, Steps, tool
from kubelab.terminal.tools.dialing import dial

# What exportfs -v shows of options that nobody gave.
DEFAULTS = ("sync", "wdelay", "hide", "no_subtree_check", "sec=sys", "ro", "secure", "root_squash", "no_all_squash")
OPPOSITES = {"rw": "ro", "ro": "rw", "async": "sync", "no_root_squash": "root_squash", "insecure": "secure",
             "all_squash": "no_all_squash", "no_wdelay": "wdelay", "nohide": "hide",
             "subtree_check": "no_subtree_check"}  # fmt: skip
UNREACHABLE = {
    ends.NO_ROUTE: "errno 113 (No route to host)",
    ends.REFUSED: "errno 111 (Connection refused)",
    ends.TIMEOUT: "errno 110 (Connection timed out)",
}


@tool("exportfs")
def exportfs(ctx: Context) -> int:
    """exportfs [-avruf] [-o options] [client:/path ...]"""
    letters = "".join(arg[1:] for arg in ctx.args if arg.startswith("-") and not arg.startswith("-o"))
    words = [arg for arg in ctx.args if not arg.startswith("-")]
    options: tuple[str, ...] = ()
    if "-o" in ctx.args and words:
        options = tuple(words.pop(0).split(","))
    if set(letters) - set("avrufsio"):
        raise Exit(1, "usage: exportfs [-adfhioruvs] [host:/path]\n")
    if not isinstance(ctx.machine, NfsMachine):
        return 0  # nothing is exported here
    if ctx.user != "root":
        raise Exit(1, "exportfs: could not open /var/lib/nfs/.etab.lock for locking: errno 13 (Permission denied)\n")
    cluster = ctx.machine.cluster
    listed = nfs.parse(ctx.files.read("/etc/exports")) if ctx.files.is_file("/etc/exports") else []
    if "u" in letters:
        left = [] if "a" in letters else [each for each in nfs.exports(cluster) if _named(each) not in words]
        nfs.publish(cluster, left)
    elif words:
        added = [_read(word, options) for word in words]
        others = [each for each in nfs.exports(cluster) if _named(each) not in words]
        nfs.publish(cluster, [*others, *added])
    elif "r" in letters or "a" in letters:
        _warn(ctx, listed)
        nfs.publish(cluster, listed)
        if "v" in letters:
            for each in listed:
                ctx.print(f"exporting {each.client}:{each.path}")
    else:
        _tell(ctx, nfs.exports(cluster), whole="v" in letters or "s" in letters)
    return 0


def _named(export: Export) -> str:
    return f"{export.client}:{export.path}"


def _read(word: str, options: tuple[str, ...]) -> Export:
    client, _, path = word.partition(":")
    if not path.startswith("/"):
        raise Exit(1, f"exportfs: Invalid export syntax: {word}\n")
    return Export(path.rstrip("/") or "/", client or "*", options)


def _warn(ctx: Context, listed: list[Export]) -> None:
    for each in listed:
        if not ctx.files.exists(each.path):
            ctx.error(f"exportfs: Failed to stat {each.path}: No such file or directory\n")


def _tell(ctx: Context, found: list[Export], *, whole: bool) -> None:
    for each in found:
        client = "<world>" if each.client == "*" else each.client
        path = each.path if len(each.path) < 15 else f"{each.path}\n\t\t"
        shown = f"{path:<15}\t{client}" if len(each.path) < 15 else f"{path}{client}"
        ctx.print(f"{shown}({','.join(_all_options(each))})" if whole else shown)


def _all_options(export: Export) -> list[str]:
    shown = list(DEFAULTS)
    for option in export.options:
        if OPPOSITES.get(option) in shown:
            shown[shown.index(OPPOSITES[option])] = option
        elif option not in shown:
            shown.append(option)
    return shown


@tool("showmount")
def showmount(ctx: Context) -> Steps:
    """showmount [-e] [server]"""
    words = [arg for arg in ctx.args if not arg.startswith("-")]
    host = words[0] if words else "localhost"
    if not (isinstance(ctx.machine, NfsMachine) and host in ("localhost", "127.0.0.1", nfsserver.NAME)):
        walk = yield from dial(ctx, host, nfsserver.RPC_PORT)
        if walk.outcome in (ends.NXDOMAIN, ends.DNS_TIMEOUT):
            raise Exit(1, "clnt_create: RPC: Unknown host\n")
        if not walk.connected:
            why = UNREACHABLE.get(walk.outcome, "errno 111 (Connection refused)")
            raise Exit(1, f"clnt_create: RPC: Port mapper failure - Unable to receive: {why}\n")
    if not nfsserver.is_up(ctx.machine.cluster.store):
        raise Exit(1, "clnt_create: RPC: Program not registered\n")
    if not any(arg in ("-e", "--exports") for arg in ctx.args):
        ctx.print(f"Hosts on {host}:")
        return 0
    ctx.print(f"Export list for {host}:")
    clients: dict[str, list[str]] = {}
    for each in nfs.exports(ctx.machine.cluster):
        clients.setdefault(each.path, []).append(each.client)
    width = max(map(len, clients), default=0)
    for path, found in clients.items():
        ctx.print(f"{path:<{width}} {'(everyone)' if '*' in found else ','.join(found)}")
    return 0
