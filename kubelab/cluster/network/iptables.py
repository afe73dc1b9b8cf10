"""A node's netfilter tables as iptables-save prints them: what kubelet, kube-proxy and the plug-in wrote, and what
was changed by hand.

Source: pkg/proxy/iptables/proxier.go, pkg/proxy/ipvs/proxier.go, pkg/kubelet/kubelet_network_linux.go;
flannel-io/flannel, pkg/trafficmngr/iptables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubelab.cluster.network import calico_chains, chains
from kubelab.cluster.network.firewall import rules_of
from kubelab.cluster.network.interfaces import fill
from kubelab.cluster.network.plugins import plugin_of
from kubelab.cluster.network.rulebook import IPTABLES, IPVS, NFTABLES
from kubelab.cluster.network.services import Endpoint, Entry, ServicePort
from kubelab.cluster.network.stacks import of_node
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

HOOKS = {
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "raw": ("PREROUTING", "OUTPUT"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
}
NEW = "-m conntrack --ctstate NEW"
FIREWALL = f'{NEW} -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL'
PORTALS = f'{NEW} -m comment --comment "kubernetes service portals" -j KUBE-SERVICES'
EXTERNAL = f'{NEW} -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES'
LAST = (
    '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" '
    "-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS"
)
MARKED = "-m mark --mark 0x4000/0x4000"


@dataclass
class Chain:
    """One chain: its policy ("" for one that is no hook), its rules without "-A name"."""

    policy: str = ""
    rules: list[str] = field(default_factory=list)


Table = dict[str, Chain]


def tables_of(network: Network, stack: str, node: str = "") -> dict[str, Table]:
    """Returns the tables of a stack in the order of iptables-save.

    Args:
        node: the node whose own stack it is; "" for a Pod's or the workstation's.
    """
    tables = {name: _empty(name) for name in HOOKS}
    if node:
        _of_node(network, node, tables)
    changes = network.stacks.of(stack)
    for name, table in tables.items():
        _change(table, rules_of(changes, name))
    used = {name: table for name, table in tables.items() if len(table) > len(HOOKS[name]) or _is_touched(table)}
    return used


def _empty(name: str) -> Table:
    return {hook: Chain("ACCEPT") for hook in HOOKS[name]}


def _is_touched(table: Table) -> bool:
    return any(chain.rules or chain.policy == "DROP" for chain in table.values())


def _change(table: Table, touched: Object) -> None:
    for name, kept in touched.items():
        chain = table.setdefault(name, Chain())
        made = [] if kept.get("flushed") else [rule for rule in chain.rules if f"-A {name} {rule}" not in _gone(kept)]
        chain.rules = [*(kept.get("head") or ()), *made, *(kept.get("tail") or ())]
        chain.policy = kept.get("policy", chain.policy)


def _gone(kept: Object) -> tuple[str, ...]:
    return tuple(kept.get("gone") or ())


def _of_node(network: Network, node: str, tables: dict[str, Table]) -> None:
    """Fills in what kubelet, kube-proxy and the network plug-in wrote on a node."""
    for name in ("mangle", "filter", "nat"):
        tables[name]["KUBE-KUBELET-CANARY"] = Chain()
    tables["mangle"]["KUBE-IPTABLES-HINT"] = Chain()
    filtering, nat = tables["filter"], tables["nat"]
    filtering["KUBE-FIREWALL"] = Chain(
        rules=[
            '! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" '
            "-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP"
        ]
    )
    mode = network.rules.mode(node)
    if network.rules.knows(node) and mode == IPTABLES:
        _proxy_hooks(filtering, nat)
        for name in ("mangle", "filter", "nat"):
            tables[name]["KUBE-PROXY-CANARY"] = Chain()
        for entry in network.rules.on_node(node):
            for port in entry.ports:
                _service(network, node, entry, port, filtering, nat)
        nat["KUBE-SERVICES"].rules.append(LAST)
    elif network.rules.knows(node) and mode == IPVS:
        _ipvs(filtering, nat)
    for hook in ("INPUT", "OUTPUT"):
        filtering[hook].rules.append("-j KUBE-FIREWALL")
    if "subnet" in network.attachments.host(node):
        _plugin(network, node, filtering, nat)


def _proxy_hooks(filtering: Table, nat: Table) -> None:
    names = ("KUBE-EXTERNAL-SERVICES", "KUBE-FORWARD", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL", "KUBE-SERVICES")
    for name in names:
        filtering[name] = Chain()
    filtering["INPUT"].rules += [
        FIREWALL,
        '-m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
        EXTERNAL,
    ]
    filtering["FORWARD"].rules += [
        FIREWALL,
        '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
        PORTALS,
        EXTERNAL,
    ]
    filtering["OUTPUT"].rules += [FIREWALL, PORTALS]
    filtering["KUBE-FORWARD"].rules += [
        "-m conntrack --ctstate INVALID -j DROP",
        f'-m comment --comment "kubernetes forwarding rules" {MARKED} -j ACCEPT',
        '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED '
        "-j ACCEPT",
    ]
    nat["KUBE-SERVICES"], nat["KUBE-NODEPORTS"] = Chain(), Chain()
    for hook in ("PREROUTING", "OUTPUT"):
        nat[hook].rules.append('-m comment --comment "kubernetes service portals" -j KUBE-SERVICES')
    _masquerading(nat)


def _masquerading(nat: Table) -> None:
    nat["POSTROUTING"].rules.append('-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING')
    nat["KUBE-MARK-MASQ"] = Chain(rules=["-j MARK --set-xmark 0x4000/0x4000"])
    nat["KUBE-POSTROUTING"] = Chain(
        rules=[
            "-m mark ! --mark 0x4000/0x4000 -j RETURN",
            "-j MARK --set-xmark 0x4000/0x0",
            '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
        ]
    )


def _ipvs(filtering: Table, nat: Table) -> None:
    """ipvs mode matches sets (`ipset list`) instead of single Services."""
    _masquerading(nat)
    nat["KUBE-SERVICES"] = Chain(
        rules=[
            "-s 127.0.0.0/8 -j RETURN",
            '-m comment --comment "Kubernetes service cluster ip + port for masquerade purpose" '
            "-m set --match-set KUBE-CLUSTER-IP src,dst -j KUBE-MARK-MASQ",
            "-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT",
            "-m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT",
        ]
    )
    nat["KUBE-NODE-PORT"] = Chain(
        rules=[
            '-p tcp -m comment --comment "Kubernetes nodeport TCP port for masquerade purpose" '
            "-m set --match-set KUBE-NODE-PORT-TCP dst -j KUBE-MARK-MASQ"
        ]
    )
    for hook in ("PREROUTING", "OUTPUT"):
        nat[hook].rules.append('-m comment --comment "kubernetes service portals" -j KUBE-SERVICES')
    filtering["KUBE-FORWARD"] = Chain(
        rules=[
            f'-m comment --comment "kubernetes forwarding rules" {MARKED} -j ACCEPT',
            '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED '
            "-j ACCEPT",
        ]
    )
    filtering["FORWARD"].rules.append('-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD')


def _plugin(network: Network, node: str, filtering: Table, nat: Table) -> None:
    plugin = plugin_of(network.attachments.host(node))
    pods, own = network.pod_subnet, str(network.attachments.host(node)["subnet"])
    if plugin.name != "flannel":
        _, rule = plugin.masquerade
        chain, _, text = fill(rule, network, node).removeprefix("-A ").partition(" ")
        nat[chain] = Chain(rules=[text])
        nat["POSTROUTING"].rules.append(f"-j {chain}")
        if plugin.name == "calico" and network.policies.enforced(node):
            for written in calico_chains.rules(network, node):
                _put(filtering, written)
                chain = written.rpartition(" -j ")[2] if " -j cali-" in written else ""
                if chain.startswith("cali-"):
                    filtering.setdefault(chain, Chain())
        return
    comment = '-m comment --comment "flanneld forward"'
    filtering["FLANNEL-FWD"] = Chain(rules=[f"-s {pods} {comment} -j ACCEPT", f"-d {pods} {comment} -j ACCEPT"])
    filtering["FORWARD"].rules.append(f"{comment} -j FLANNEL-FWD")
    masq = '-m comment --comment "flanneld masq"'
    nat["FLANNEL-POSTRTG"] = Chain(
        rules=[
            f"{MARKED} {masq} -j RETURN",
            f"-s {own} -d {pods} {masq} -j RETURN",
            f"-s {pods} -d {own} {masq} -j RETURN",
            f"! -s {pods} -d {own} {masq} -j RETURN",
            f"-s {pods} ! -d 224.0.0.0/4 {masq} -j MASQUERADE --random-fully",
            f"! -s {pods} -d {pods} {masq} -j MASQUERADE --random-fully",
        ]
    )
    nat["POSTROUTING"].rules.append(f"{masq} -j FLANNEL-POSTRTG")


# Services


def _put(table: Table, rule: str) -> None:
    """Appends a rule that begins with "-A chain"."""
    _, chain, text = rule.split(" ", 2)
    table.setdefault(chain, Chain()).rules.append(text)


def _service(network: Network, node: str, entry: Entry, port: ServicePort, filtering: Table, nat: Table) -> None:
    usable = entry.usable(port, node, network.zone_of)
    local = entry.local(port, node) if port.external_local or port.internal_local else ()
    for match, kind in _matches(port):
        internal = kind == "cluster IP"
        endpoints = local if (port.internal_local if internal else port.external_local) else usable
        if not endpoints:
            why = "has no local endpoints" if usable else "has no endpoints"
            chain = "KUBE-SERVICES" if internal else "KUBE-EXTERNAL-SERVICES"
            _put(filtering, chains.refusal(chain, port, match, why, "DROP" if usable else "REJECT"))
        if usable or local:
            _entrance(port, match, kind, nat)
    if usable or local:
        _choices(network, port, usable, local, nat)


def _matches(port: ServicePort) -> Iterator[tuple[str, str]]:
    yield f"-d {port.cluster_ip}/32 ", "cluster IP"
    for ip in port.external_ips:
        yield f"-d {ip}/32 ", "external IP"
    for ip in port.load_balancer_ips:
        yield f"-d {ip}/32 ", "loadbalancer IP"
    if port.node_port:
        yield "", "node port"


def _entrance(port: ServicePort, match: str, kind: str, nat: Table) -> None:
    if kind == "node port":
        _put(nat, f"-A KUBE-NODEPORTS {chains.node_port(port)} -j {chains.external_chain(port)}")
        return
    internal = chains.local_chain(port) if port.internal_local else chains.service_chain(port)
    jump = internal if kind == "cluster IP" else chains.external_chain(port)
    ip = match.split()[1].removesuffix("/32")
    _put(nat, f"-A KUBE-SERVICES {chains.destination(port, ip, kind)} -j {jump}")


def _choices(
    network: Network, port: ServicePort, usable: tuple[Endpoint, ...], local: tuple[Endpoint, ...], nat: Table
) -> None:
    service, external, nearby = chains.service_chain(port), chains.external_chain(port), chains.local_chain(port)
    pods = network.pod_subnet
    cluster = chains.destination(port, port.cluster_ip, "cluster IP")
    for chain, endpoints in ((service, usable), (nearby, local)):
        if not endpoints:
            continue
        if chain == service or port.internal_local:
            _put(nat, f"-A {chain} ! -s {pods} {cluster} -j KUBE-MARK-MASQ")
        if port.affinity:
            for endpoint in endpoints:
                _put(nat, chains.affinity(chain, port, endpoint))
        for index in range(len(endpoints)):
            _put(nat, chains.choice(chain, port, endpoints, index))
    if port.node_port or port.external_ips or port.load_balancer_ips:
        _external(port, external, service, nearby, pods, nat, has_local=bool(local))
    for endpoint in dict.fromkeys((*usable, *local)):
        chain = chains.endpoint_chain(port, endpoint)
        _put(nat, f"-A {chain} -s {endpoint.ip}/32 {chains.quoted(port.name)} -j KUBE-MARK-MASQ")
        _put(nat, chains.translation(port, endpoint))


def _external(
    port: ServicePort, external: str, service: str, nearby: str, pods: str, nat: Table, *, has_local: bool
) -> None:
    def said(text: str) -> str:
        return chains.quoted(f"{text} for {port.name} external destinations")

    if not port.external_local:
        _put(nat, f"-A {external} {said('masquerade traffic')} -j KUBE-MARK-MASQ")
        _put(nat, f"-A {external} -j {service}")
        return
    from_node = "-m addrtype --src-type LOCAL"
    _put(nat, f"-A {external} -s {pods} {said('pod traffic')} -j {service}")
    _put(nat, f"-A {external} {said('masquerade LOCAL traffic')} {from_node} -j KUBE-MARK-MASQ")
    _put(nat, f"-A {external} {said('route LOCAL traffic')} {from_node} -j {service}")
    if has_local:
        _put(nat, f"-A {external} -j {nearby}")


def stack_name(node: str) -> str:
    """Returns the name of a node's stack."""
    return of_node(node)


__all__ = ["HOOKS", "NFTABLES", "Chain", "Table", "stack_name", "tables_of"]
