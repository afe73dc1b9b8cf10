"""systemctl on the NFS server: nfs-server.service is started and stopped there, the rest runs. Source: systemctl(1)."""

from __future__ import annotations

from kubelab.cluster.node import nfs
from kubelab.cluster.storage import nfsserver
from kubelab.terminal.tool import Context, Exit

UNIT = "nfs-server"
NAMES = (UNIT, "nfs-kernel-server")  # the second is Debian's alias
OTHERS = ("cron", "rpcbind", "ssh")
ACTIONS = ("start", "stop", "restart", "reload", "try-restart", "reload-or-restart")


def systemctl(ctx: Context) -> int:
    """systemctl start|stop|restart|reload|status|is-active|enable|disable [UNIT...]"""
    words = [arg for arg in ctx.args if not arg.startswith("-")]
    verb, names = (words[0], [word.removesuffix(".service") for word in words[1:]]) if words else ("", [])
    if verb in ("daemon-reload", "reset-failed"):
        return 0
    if verb not in (*ACTIONS, "status", "is-active", "is-enabled", "enable", "disable"):
        raise Exit(1, f"systemctl: KubeLab does not simulate '{verb or 'list-units'}' on this machine\n")
    if not names:
        raise Exit(1, "Too few arguments.\n")
    return max(_act(ctx, verb, name) for name in names)


def _act(ctx: Context, verb: str, name: str) -> int:
    if name not in (*NAMES, *OTHERS):
        if verb == "status":
            ctx.error(f"Unit {name}.service could not be found.\n")
            return 4
        ctx.error(f"Failed to {verb} {name}.service: Unit {name}.service not found.\n")
        return 5
    running = name in OTHERS or nfsserver.is_up(ctx.machine.cluster.store)
    if verb == "is-active":
        ctx.print("active" if running else "inactive")
        return 0 if running else 3
    if verb == "is-enabled":
        ctx.print("enabled")
    elif verb == "status":
        return _status(ctx, name, running)
    elif verb in ACTIONS and name in NAMES:
        if verb == "stop":
            nfs.change(ctx.machine.cluster, running=False, since=ctx.now)
        else:
            nfs.publish(ctx.machine.cluster, nfs.parse(ctx.files.read("/etc/exports")))
            nfs.change(ctx.machine.cluster, running=True, since=ctx.now)
    return 0


def _status(ctx: Context, name: str, running: bool) -> int:
    unit = UNIT if name in NAMES else name
    about = {UNIT: "NFS server and services", "cron": "Regular background program processing daemon",
             "rpcbind": "RPC bind portmap service", "ssh": "OpenBSD Secure Shell server"}[unit]  # fmt: skip
    state = "active (exited)" if running and unit == UNIT else "active (running)" if running else "inactive (dead)"
    ctx.print(f"{'●' if running else '○'} {unit}.service - {about}")
    ctx.print(f"     Loaded: loaded (/usr/lib/systemd/system/{unit}.service; enabled; preset: enabled)")
    ctx.print(f"     Active: {state}")
    return 0 if running else 3
