"""systemctl and service: the units of a machine; poweroff and reboot. Source: systemctl(1), systemd 255."""

from __future__ import annotations

from kubelab.cluster.node import host, journal, nodeprocesses, units
from kubelab.cluster.objects import Object
from kubelab.terminal import balancer, nfs_units
from kubelab.terminal.balancer import BalancerMachine
from kubelab.terminal.nfsserver import NfsMachine
from kubelab.terminal.nodes import node_of
from kubelab.terminal.tool import Context, Exit, Steps, tool
from kubelab.terminal.tools.journalctl import shown_time, written

SERVICES = tuple(sorted(units.DESCRIPTIONS))
WORKSTATION = ("cron", "ssh", "systemd-journald", "systemd-logind", "systemd-resolved", "systemd-udevd")
CHANGING = (
    "start",
    "stop",
    "restart",
    "try-restart",
    "reload-or-restart",
    "enable",
    "disable",
    "daemon-reload",
    "mask",
    "unmask",
)
NOT_SIMULATED = frozenset(
    """
    edit reload revert kill isolate list-timers list-sockets list-dependencies list-jobs set-property preset get-default
    set-default suspend
    """.split()
)
TOLD = 10  # lines of the journal below a status
DOCS = {"kubelet": "https://kubernetes.io/docs/", "containerd": "https://containerd.io", "ssh": "man:sshd(8)"}


@tool("systemctl")
def systemctl(ctx: Context) -> Steps | int:
    """systemctl COMMAND [UNIT...]"""
    if isinstance(ctx.machine, BalancerMachine):
        return balancer.systemctl(ctx)
    if isinstance(ctx.machine, NfsMachine):
        return nfs_units.systemctl(ctx)
    options = [arg for arg in ctx.args if arg.startswith("-")]
    words = [arg for arg in ctx.args if not arg.startswith("-")]
    for option in ("-n", "--lines", "-t", "-p"):  # their values are no units
        if option in ctx.args and ctx.args.index(option) + 1 < len(ctx.args):
            words = [word for word in words if word != ctx.args[ctx.args.index(option) + 1]]
    verb, names = (words[0], [_unit(word) for word in words[1:]]) if words else ("list-units", [])
    if verb in ("poweroff", "reboot", "halt"):
        return power(ctx, again=verb == "reboot")
    if verb in CHANGING and ctx.user != "root":
        what = {"daemon-reload": "Failed to reload daemon", "enable": "Failed to enable unit"}.get(verb)
        named = f"Failed to {verb} {names[0] if names else ''}.service"
        ctx.error(f"{what or named}: Interactive authentication required.\n")
        return 1 if what else 4
    if verb in ("daemon-reload", "daemon-reexec", "reset-failed"):
        return 0
    if verb in ("list-units", "list-unit-files"):
        return _list(ctx, files=verb == "list-unit-files")
    if not names:
        ctx.error("Too few arguments.\n")
        return 1
    acts = {"status": _status, "is-active": _is_active, "is-enabled": _is_enabled, "is-failed": _is_failed, "cat": _cat,
            "show": _show, "mask": _mask, "unmask": _mask, "start": _change, "stop": _change, "restart": _change,
            "try-restart": _change, "reload-or-restart": _change, "enable": _enable, "disable": _enable}  # fmt: skip
    if verb in NOT_SIMULATED:
        raise Exit(1, f"systemctl: KubeLab does not simulate systemctl {verb}\n")
    if verb not in acts:
        ctx.error(f"Unknown command verb '{verb}'.\n")
        return 1
    status = 0
    for name in names:
        status = acts[verb](ctx, verb, name, options) or status
    return status


@tool("service")
def service(ctx: Context) -> int:
    """service NAME status|start|stop|restart"""
    if len(ctx.args) < 2:
        ctx.error("Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]\n")
        return 1
    name, verb = _unit(ctx.args[0]), ctx.args[1]
    if verb == "status":
        return _status(ctx, verb, name, [])
    if verb not in ("start", "stop", "restart"):
        ctx.error(f"Usage: service {name} status|start|stop|restart\n")
        return 2
    return _change(ctx, verb, name, [])


@tool("poweroff", "reboot", "shutdown", "halt")
def shutdown(ctx: Context) -> Steps | int:
    """poweroff, reboot, shutdown [-h|-r] [now]"""
    return power(ctx, again=ctx.name == "reboot" or "-r" in ctx.args)


def power(ctx: Context, *, again: bool) -> int:
    """Switches a node off, or off and on again; whoever is logged in there loses the connection."""
    node = node_of(ctx)
    if not node:
        raise Exit(1, f"{ctx.name}: KubeLab does not simulate switching the workstation off\n")
    if ctx.user != "root":
        ctx.error("Call to PowerOff failed: Interactive authentication required.\n")
        return 1
    cluster, kernel = ctx.machine.cluster, ctx.shell.kernel
    if again:
        units.reboot(cluster, node)
    else:
        host.power_off(cluster, node)
    for task in list(kernel.tasks.values()):
        if task.host == node and task is not ctx.shell:
            kernel.signal(task.pid, "KILL")
    ctx.shell.die(0)
    return 0


def _unit(word: str) -> str:
    return word.removesuffix(".service")


def _exists(ctx: Context, name: str) -> bool:
    return name in (SERVICES if node_of(ctx) else WORKSTATION)


def _state(ctx: Context, name: str) -> Object:
    """Returns a unit's state: {"running", "since", "failing"}."""
    node = node_of(ctx)
    record = ctx.machine.cluster.store.get(host.HOSTS + node) or {}
    found: Object = record.get(name) or {"running": True, "since": record.get("booted", 0.0)}
    return found


def _active(state: Object) -> str:
    return "active" if state["running"] else "activating" if "failing" in state else "inactive"


def _is_active(ctx: Context, verb: str, name: str, options: list[str]) -> int:
    state = _active(_state(ctx, name)) if _exists(ctx, name) else "inactive"
    if not {"-q", "--quiet"} & set(options):
        ctx.print(state)
    return 0 if state == "active" else 3 if _exists(ctx, name) else 4


def _is_failed(ctx: Context, verb: str, name: str, options: list[str]) -> int:
    ctx.print(_active(_state(ctx, name)) if _exists(ctx, name) else "inactive")
    return 1


def _is_enabled(ctx: Context, verb: str, name: str, options: list[str]) -> int:
    if not _exists(ctx, name):
        ctx.error(f"Failed to get unit file state for {name}.service: No such file or directory\n")
        return 1
    on = not node_of(ctx) or units.is_enabled(ctx.machine.cluster, node_of(ctx), name)
    masked = _is_masked(ctx, name)
    ctx.print("masked" if masked else "enabled" if on else "disabled")
    return int(masked or not on)


def _change(ctx: Context, verb: str, name: str, options: list[str]) -> int:
    if not _exists(ctx, name):
        why = "not loaded" if verb == "stop" else "not found"
        ctx.error(f"Failed to {verb} {name}.service: Unit {name}.service {why}.\n")
        return 5
    node, cluster = node_of(ctx), ctx.machine.cluster
    if verb != "stop" and _is_masked(ctx, name):
        ctx.error(f"Failed to {verb} {name}.service: Unit {name}.service is masked.\n")
        return 1
    if node and name in host.UNITS:
        {"start": units.start, "stop": units.stop}.get(verb, units.restart)(cluster, node, name)
    return 0


def _enable(ctx: Context, verb: str, name: str, options: list[str]) -> int:
    if not _exists(ctx, name):
        what = "enable" if verb == "enable" else "disable"
        ctx.error(f"Failed to {what} unit: Unit file {name}.service does not exist.\n")
        return 1
    node, cluster = node_of(ctx), ctx.machine.cluster
    if not node or name not in host.UNITS:
        return 0
    on = verb == "enable"
    if units.is_enabled(cluster, node, name) != on:
        path = f"{units.WANTS}/{name}.service"
        link = f"Created symlink {path} → /usr/lib/systemd/system/{name}.service.\n"
        ctx.error(link if on else f'Removed "{path}".\n')
        units.enable(cluster, node, name, on=on)
    if "--now" in options:
        _change(ctx, "start" if on else "stop", name, options)
    return 0


def _is_masked(ctx: Context, name: str) -> bool:
    return bool(node_of(ctx)) and units.is_masked(ctx.machine.cluster, node_of(ctx), name)


def _mask(ctx: Context, verb: str, name: str, options: list[str]) -> int:
    """Links a unit to /dev/null, so that nobody starts it, or takes the link away."""
    path, node = f"{units.SYSTEM}/{name}.service", node_of(ctx)
    if not _exists(ctx, name):
        ctx.error(f"Unit {name}.service does not exist, proceeding anyway.\n")
    if not node or (verb == "mask") == _is_masked(ctx, name):
        return 0
    ctx.error(f"Created symlink {path} → /dev/null.\n" if verb == "mask" else f'Removed "{path}".\n')
    units.mask(ctx.machine.cluster, node, name, on=verb == "mask")
    if verb == "mask" and "--now" in options:
        _change(ctx, "stop", name, options)
    return 0


def _cat(ctx: Context, verb: str, name: str, options: list[str]) -> int:
    first = f"/usr/lib/systemd/system/{name}.service"
    if not ctx.files.is_file(first):
        ctx.error(f"No files found for {name}.service.\n")
        return 1
    drop_ins = f"{first}.d"
    names = ctx.files.listdir(drop_ins) if ctx.files.is_dir(drop_ins) else []
    paths = [first, *(f"{drop_ins}/{each}" for each in names)]
    ctx.write("\n".join(f"# {path}\n{ctx.files.read(path)}" for path in paths))
    return 0


def _show(ctx: Context, verb: str, name: str, options: list[str]) -> int:
    state = _state(ctx, name)
    known = {
        "Id": f"{name}.service",
        "LoadState": "loaded" if _exists(ctx, name) else "not-found",
        "ActiveState": _active(state),
        "SubState": "running" if state["running"] else "auto-restart" if "failing" in state else "dead",
        "MainPID": str(_pid(ctx, name) if state["running"] else 0),
    }
    asked = [option.partition("=")[2] for option in options if option.startswith(("--property=", "-p="))]
    if "-p" in ctx.args:
        asked.append(ctx.args[ctx.args.index("-p") + 1])
    fields = [field for each in asked for field in each.split(",")] or list(known)
    for field in fields:
        if field in known:
            ctx.print(known[field] if "--value" in options else f"{field}={known[field]}")
    return 0


def _pid(ctx: Context, name: str) -> int:
    node = node_of(ctx)
    return nodeprocesses.main_pid(ctx.machine.cluster, node, name) if node else 688


def _list(ctx: Context, *, files: bool) -> int:
    names = SERVICES if node_of(ctx) else WORKSTATION
    if files:
        ctx.print("UNIT FILE                 STATE   PRESET")
        for name in names:
            on = not node_of(ctx) or units.is_enabled(ctx.machine.cluster, node_of(ctx), name)
            ctx.print(f"{name + '.service':<25} {'enabled' if on else 'disabled':<7} enabled")
        ctx.print(f"\n{len(names)} unit files listed.")
        return 0
    ctx.print("  UNIT                     LOAD   ACTIVE     SUB          DESCRIPTION")
    for name in names:
        state = _state(ctx, name)
        sub = "running" if state["running"] else "auto-restart" if "failing" in state else "dead"
        mark = "  " if state["running"] else "● " if "failing" in state else "  "
        ctx.print(f"{mark}{name + '.service':<24} loaded {_active(state):<10} {sub:<12} {units.DESCRIPTIONS[name]}")
    ctx.print(f"\n{len(names)} loaded units listed.")
    return 0


# status


def _status(ctx: Context, verb: str, name: str, options: list[str]) -> int:
    if not _exists(ctx, name):
        ctx.error(f"Unit {name}.service could not be found.\n")
        return 4
    state, now = _state(ctx, name), ctx.now
    dot = "●" if state["running"] or "failing" in state else "○"
    ctx.print(f"{dot} {name}.service - {units.DESCRIPTIONS[name]}")
    on = not node_of(ctx) or units.is_enabled(ctx.machine.cluster, node_of(ctx), name)
    path = f"/usr/lib/systemd/system/{name}.service"
    ctx.print(f"     Loaded: loaded ({path}; {'enabled' if on else 'disabled'}; preset: enabled)")
    if name == "kubelet":
        ctx.print(f"    Drop-In: {path}.d\n             └─10-kubeadm.conf")
    since = f"since {shown_time(state['since'])}; {ago(now - state['since'])}"
    if state["running"]:
        ctx.print(f"     Active: active (running) {since}")
    elif "failing" in state:
        tried = (now - state["since"]) % units.RESTART
        last = f"since {shown_time(now - tried)}; {ago(tried)}"
        ctx.print(f"     Active: activating (auto-restart) (Result: exit-code) {last}")
    else:
        ctx.print(f"     Active: inactive (dead) {since}")
    if name in DOCS:
        ctx.print(f"       Docs: {DOCS[name]}")
    _process(ctx, name, state)
    if node_of(ctx):
        found = [line for line in journal.lines(ctx.machine.cluster, node_of(ctx)) if line.unit == name]
        if found:
            ctx.print("")
            ctx.write("".join(written(line, ctx.machine.hostname) for line in found[-TOLD:]))
    return 0 if state["running"] else 3


def _process(ctx: Context, name: str, state: Object) -> None:
    command = {"kubelet": "/usr/bin/kubelet", "containerd": "/usr/bin/containerd"}.get(name, f"/usr/sbin/{name}d")
    pid = _pid(ctx, name)
    if state["running"]:
        shown = next((each.command for each in ctx.machine.processes() if each.pid == pid), command)
        ctx.print(f"   Main PID: {pid} ({name[:15]})\n      Tasks: 12 (limit: 4613)\n     Memory: 42.6M (peak: 43.1M)")
        ctx.print(f"        CPU: 1.204s\n     CGroup: /system.slice/{name}.service\n             └─{pid} {shown}")
        return
    status = state["failing"]["problem"][1] if "failing" in state else 0
    result = "203/EXEC" if status == 203 else f"{status}/FAILURE" if status else "0/SUCCESS"
    if name == "kubelet":
        start = f"{command} $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS"
        ctx.print(f"    Process: {pid} ExecStart={start} (code=exited, status={result})")
    ctx.print(f"   Main PID: {pid} (code=exited, status={result})\n        CPU: 1.204s")


def ago(seconds: float) -> str:
    """Writes how long ago something was, as systemd does (format_timestamp_relative)."""
    whole = int(seconds)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if whole < 1:
        milliseconds = int(seconds * 1000)
        return f"{milliseconds}ms ago" if milliseconds > 0 else "now"
    if minutes < 1:
        return f"{whole}s ago"
    if minutes < 5:
        return f"{minutes}min {whole % 60}s ago"
    if hours < 1:
        return f"{minutes}min ago"
    if hours < 6:
        return f"{hours}h {minutes % 60}min ago"
    if hours < 25:
        return f"{hours}h ago"
    return f"1 day {hours - 24}h ago" if days < 2 else f"{days} days ago"
