"""ipvsadm and ipset: what kube-proxy in ipvs mode has the kernel do. Source: ipvsadm(8), ipset(8)."""

from __future__ import annotations

from collections.abc import Iterator

from kubelab.cluster.network import Place, calico_chains
from kubelab.cluster.network.rulebook import IPVS
from kubelab.cluster.network.services import Endpoint, ServicePort
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.interfaces import may_administer, stack_of

HEAD = (
    "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n"
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
)
COUNTED = ("--stats", "--rate", "--connection", "-c", "-lnc", "-Lnc", "-Lcn", "--thresholds", "--persistent-conn")
Virtual = tuple[ServicePort, str, int, tuple[Endpoint, ...]]


def _virtual(ctx: Context) -> Iterator[Virtual]:
    """Yields the virtual servers of the node: port, address, number, real servers."""
    network, node = ctx.machine.cluster.network, Place.of(ctx.machine.place).node
    if not stack_of(ctx).startswith("node/") or network.rules.mode(node) != IPVS or not network.rules.knows(node):
        return
    for entry in network.rules.on_node(node):
        for port in entry.ports:
            usable = entry.usable(port, node, network.zone_of)
            outside = entry.local(port, node) if port.external_local else usable
            yield port, port.cluster_ip, port.port, entry.local(port, node) if port.internal_local else usable
            for ip in (*port.external_ips, *port.load_balancer_ips):
                yield port, ip, port.port, outside
            if port.node_port:
                yield port, str(network.attachments.host(node)["ip"]), port.node_port, outside


@tool("ipvsadm")
def ipvsadm(ctx: Context) -> int:
    """ipvsadm [-L] [-n]"""
    letters = "".join(word.lstrip("-") for word in ctx.args if word.startswith("-"))
    if not may_administer(ctx):
        ctx.error("Can't initialize ipvs: Permission denied (you must be root)\n")
        return 255
    if ctx.args and "L" not in letters and "l" not in letters:
        ctx.error("ipvsadm: only -L, with -n, is simulated in KubeLab\n")
        return 2
    if counted := next((word for word in ctx.args if word in COUNTED), ""):
        ctx.error(f"ipvsadm: {counted} is not simulated in KubeLab: nothing counts packets here\n")
        return 2
    ctx.write(HEAD)
    for port, ip, number, endpoints in sorted(_virtual(ctx), key=lambda each: (each[0].protocol, each[1], each[2])):
        sticky = f" persistent {port.affinity}" if port.affinity else ""
        ctx.print(f"{port.protocol}  {ip}:{number} rr{sticky}")
        for endpoint in endpoints:
            ctx.print(f"  -> {endpoint.address:<28} Masq    1      0          0         ")
    return 0


def _of_policies(ctx: Context) -> dict[str, list[str]]:
    """Returns the sets of Calico's rules on the node."""
    network, node = ctx.machine.cluster.network, Place.of(ctx.machine.place).node
    if not stack_of(ctx).startswith("node/") or network.plugin(node).name != "calico":
        return {}
    return calico_chains.sets(network, node)


@tool("ipset")
def ipset(ctx: Context) -> int:
    """ipset list [set]"""
    if not may_administer(ctx):
        ctx.error("ipset v7.19: Kernel error received: Operation not permitted\n")
        return 1
    wanted = [word for word in ctx.args if word not in ("list", "-L", "-n", "-t")]
    sets: dict[str, list[str]] = {}
    for port, ip, number, _ in _virtual(ctx):
        if ip == port.cluster_ip:
            sets.setdefault("KUBE-CLUSTER-IP", []).append(f"{ip},{port.protocol.lower()}:{number}")
        elif number == port.node_port:
            sets.setdefault(f"KUBE-NODE-PORT-{port.protocol}", []).append(str(number))
        else:
            sets.setdefault("KUBE-EXTERNAL-IP", []).append(f"{ip},{port.protocol.lower()}:{number}")
    sets |= _of_policies(ctx)
    if wanted and wanted[0] not in sets:
        ctx.error("ipset v7.19: The set with the given name does not exist\n")
        return 1
    blocks = []
    for name, members in sets.items():
        if wanted and name != wanted[0]:
            continue
        kind = "bitmap:port" if name.startswith("KUBE-NODE-PORT") else "hash:ip,port"
        kind = "hash:net" if name.startswith("cali") else kind
        header = "range 0-65535" if kind == "bitmap:port" else "family inet hashsize 1024 maxelem 65536 bucketsize 12"
        blocks.append(
            f"Name: {name}\nType: {kind}\nRevision: 7\nHeader: {header}\nReferences: 1\n"
            f"Number of entries: {len(members)}\nMembers:\n" + "".join(f"{member}\n" for member in members)
        )
    ctx.write("\n".join(blocks))
    return 0
