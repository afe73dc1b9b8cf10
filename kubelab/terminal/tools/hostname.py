"""hostname: the name and the addresses of the machine; setting them is not simulated.

Source: Debian's hostname 3.23, hostname(1); busybox networking/hostname.c.
"""

from __future__ import annotations

from kubelab.cluster.network import Place
from kubelab.cluster.network.resolv import read_hosts
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.dialing import is_busybox
from kubelab.terminal.tools.interfaces import interfaces_of

LONG = {"--ip-address": "i", "--all-ip-addresses": "I", "--fqdn": "f", "--long": "f", "--short": "s", "--domain": "d"}


@tool("hostname")
def hostname(ctx: Context) -> int:
    """hostname [-fisId]"""
    letters = "".join(LONG.get(word, word.lstrip("-")) for word in ctx.args if word.startswith("-"))
    if [word for word in ctx.args if not word.startswith("-")]:
        why = "Operation not permitted" if is_busybox(ctx) else "you must be root to change the host name"
        ctx.error(f"hostname: sethostname: {why}\n" if is_busybox(ctx) else f"hostname: {why}\n")
        return 1
    name = ctx.machine.hostname
    hosts = read_hosts(ctx.machine.cluster.network.file(Place.of(ctx.machine.place), "/etc/hosts"))
    if "i" in letters:
        ctx.print(" ".join(hosts.get(name.lower(), ())))
    elif "I" in letters:
        ctx.print("".join(f"{each.address} " for each in interfaces_of(ctx) if each.address and not each.loopback))
    elif "f" in letters or "d" in letters:
        full = _full(ctx, name)
        ctx.print(full if "f" in letters else full.partition(".")[2])
    else:
        ctx.print(name.partition(".")[0] if "s" in letters else name)
    return 0


def _full(ctx: Context, name: str) -> str:
    """Returns the first name that /etc/hosts has for the address of the machine's name."""
    text = ctx.machine.cluster.network.file(Place.of(ctx.machine.place), "/etc/hosts")
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if name in words[1:]:
            return words[1]
    return name
