"""sysctl: the kernel settings that routing heeds. Source: sysctl(8); kernel documentation, networking/ip-sysctl."""

from __future__ import annotations

from kubelab.cluster.network.stacks import sysctl as setting
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.interfaces import may_administer, stack_of

KNOWN = {
    "net.ipv4.ip_forward": "1",
    "net.bridge.bridge-nf-call-iptables": "1",
    "net.ipv4.ip_local_port_range": "32768\t60999",
    "net.ipv4.tcp_syn_retries": "6",
    "net.netfilter.nf_conntrack_max": "131072",
    "vm.overcommit_memory": "1",
    "kernel.panic": "10",
}


@tool("sysctl")
def sysctl(ctx: Context) -> int:
    """sysctl [-a] [-n] [-w] name[=value] ..."""
    options = "".join(word[1:] for word in ctx.args if word.startswith("-"))
    words = [word for word in ctx.args if not word.startswith("-")]
    stacks = ctx.machine.cluster.network.stacks
    code = 0
    for word in words or (sorted(KNOWN) if "a" in options else ()):
        name, given, value = word.partition("=")
        name = name.strip().replace("/", ".")
        if name not in KNOWN:
            ctx.error(f"sysctl: cannot stat /proc/sys/{name.replace('.', '/')}: No such file or directory\n")
            code = 255
            continue
        changes = stacks.of(stack_of(ctx))
        if given:
            if not may_administer(ctx):
                ctx.error(f'sysctl: permission denied on key "{name}"\n')
                code = 255
                continue
            kept = {**(changes.get("sysctl") or {}), name: value.strip()}
            stacks.change(stack_of(ctx), sysctl={key: now for key, now in kept.items() if now != KNOWN[key]})
            changes = stacks.of(stack_of(ctx))
        shown = setting(changes, name, KNOWN[name])
        ctx.print(shown if "n" in options else f"{name} = {shown}")
    return code
