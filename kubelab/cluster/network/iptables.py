"""A node's netfilter tables as iptables-save prints them: what kubelet, kube-proxy and the plug-in wrote, and what
was changed by hand.

Source: pkg/proxy/iptables/proxier.go, pkg/proxy/ipvs/proxier.go, pkg/kubelet/kubelet_network_linux.go;
flannel-io/flannel, pkg/trafficmngr/iptables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubelab.cluster.network import calico_chains, chains, portmap, service_rules, virtual_servers
from kubelab.cluster.network.firewall import rules_of
from kubelab.cluster.network.interfaces import fill
from kubelab.cluster.network.plugins import plugin_of
from kubelab.cluster.network.rulebook import CLUSTER, IPTABLES, IPVS, LOAD_BALANCER, NFTABLES
from kubelab.cluster.network.services import Entry, ServicePort
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
FLANNEL_MASQ = '-m comment --comment "flanneld masq"'
MARKED = "-m mark --mark 0x4000/0x4000"
MARKED_FORWARD = f'-m comment --comment "kubernetes forwarding rules" {MARKED} -j ACCEPT'
ESTABLISHED = (
    '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
)


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
        _proxy_hooks(filtering, nat, network.minor)
        for name in ("mangle", "filter", "nat"):
            tables[name]["KUBE-PROXY-CANARY"] = Chain()
        for entry in network.rules.on_node(node):
            for port in entry.ports:
                _service(network, node, entry, port, filtering, nat)
        nat["KUBE-SERVICES"].rules.append(service_rules.LAST)
    elif network.rules.knows(node) and mode == IPVS:
        _ipvs(network, node, filtering, nat)
    for hook in ("INPUT", "OUTPUT"):
        filtering[hook].rules.append("-j KUBE-FIREWALL")
    if "subnet" in network.attachments.host(node):
        _plugin(network, node, filtering, nat)
        _host_ports(network, node, nat)


def _proxy_hooks(filtering: Table, nat: Table, minor: int) -> None:
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
    counted = service_rules.INVALID if minor >= service_rules.NFACCT else ""
    invalid = f"-m conntrack --ctstate INVALID {counted}-j DROP"
    filtering["KUBE-FORWARD"].rules += [invalid, MARKED_FORWARD, ESTABLISHED]
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


def _ipvs(network: Network, node: str, filtering: Table, nat: Table) -> None:
    """ipvs mode matches sets (`ipset list`) instead of single Services."""
    for name in ("KUBE-IPVS-FILTER", "KUBE-IPVS-OUT-FILTER", "KUBE-NODE-PORT", "KUBE-PROXY-FIREWALL",
                 "KUBE-SOURCE-RANGES-FIREWALL"):  # fmt: skip
        filtering[name] = Chain()
    for name in ("KUBE-LOAD-BALANCER", "KUBE-NODE-PORT", "KUBE-SERVICES"):
        nat[name] = Chain()
    _masquerading(nat)
    for hook in ("PREROUTING", "OUTPUT"):
        nat[hook].rules.append('-m comment --comment "kubernetes service portals" -j KUBE-SERVICES')
    for table, rules in zip((filtering, nat), virtual_servers.rules(network, node), strict=True):
        for rule in rules:
            _put(table, rule)
    looped = nat["KUBE-POSTROUTING"].rules  # the rule against hairpins stands before the general ones
    looped.sort(key=lambda rule: virtual_servers.LOOP_BACK not in rule)
    filtering["KUBE-FORWARD"] = Chain(rules=[MARKED_FORWARD, ESTABLISHED])
    access = '-m comment --comment "kubernetes ipvs access filter"'
    firewall = '-m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL'
    filtering["INPUT"].rules += [
        f"{access} -j KUBE-IPVS-FILTER",
        firewall,
        '-m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT',
    ]
    filtering["FORWARD"].rules += [firewall, '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD']
    filtering["OUTPUT"].rules.append(f"{access} -j KUBE-IPVS-OUT-FILTER")


def _host_ports(network: Network, node: str, nat: Table) -> None:
    """The chains of portmap, the CNI plug-in for Pods' hostPorts; there from the first such Pod on."""
    mappings = portmap.on_node(network, node)
    if not mappings:
        return
    nat["CNI-HOSTPORT-DNAT"] = Chain()
    nat["CNI-HOSTPORT-MASQ"] = Chain(rules=["-m mark --mark 0x2000/0x2000 -j MASQUERADE"])
    mark = '-m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000'
    nat["CNI-HOSTPORT-SETMARK"] = Chain(rules=[mark])
    for hook in ("PREROUTING", "OUTPUT"):
        nat[hook].rules.append("-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT")
    nat["POSTROUTING"].rules.insert(0, '-m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ')
    own = str(network.attachments.host(node)["subnet"])
    for mapping in mappings:
        for rule in mapping.rules(own):
            _put(nat, rule)


def _plugin(network: Network, node: str, filtering: Table, nat: Table) -> None:
    plugin = plugin_of(network.attachments.host(node))
    pods = network.pod_subnet
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
    nat["FLANNEL-POSTRTG"] = Chain(rules=flannel_masquerading(network, node))
    nat["POSTROUTING"].rules.append(f"{FLANNEL_MASQ} -j FLANNEL-POSTRTG")


def flannel_masquerading(network: Network, node: str) -> list[str]:
    """Returns the rules by which flanneld hides, and does not hide, Pods' addresses."""
    pods, own, masq = network.pod_subnet, str(network.attachments.host(node)["subnet"]), FLANNEL_MASQ
    return [
        f"{MARKED} {masq} -j RETURN",
        f"-s {own} -d {pods} {masq} -j RETURN",
        f"-s {pods} -d {own} {masq} -j RETURN",
        f"! -s {pods} -d {own} {masq} -j RETURN",
        f"-s {pods} ! -d 224.0.0.0/4 {masq} -j MASQUERADE --random-fully",
        f"! -s {pods} -d {pods} {masq} -j MASQUERADE --random-fully",
    ]


# Services


def _put(table: Table, rule: str) -> None:
    """Appends a rule that begins with "-A chain"."""
    _, chain, text = rule.split(" ", 2)
    table.setdefault(chain, Chain()).rules.append(text)


def _service(network: Network, node: str, entry: Entry, port: ServicePort, filtering: Table, nat: Table) -> None:
    usable = entry.usable(port, node, network.zone_of)
    local = entry.local(port, node) if port.external_local or port.internal_local else ()
    for ip, kind in service_rules.matches(port):
        internal = kind == CLUSTER
        if not (local if (port.internal_local if internal else port.external_local) else usable):
            why = "has no local endpoints" if usable or local else "has no endpoints"
            chain = "KUBE-SERVICES" if internal else "KUBE-EXTERNAL-SERVICES"
            verdict = "DROP" if usable or local else "REJECT"
            _put(filtering, chains.refusal(chain, port, f"-d {ip}/32 " if ip else "", why, verdict))
        if kind == LOAD_BALANCER and port.source_ranges:
            _put(filtering, service_rules.firewall_drop(port, ip))
    if port.health_port:
        _put(filtering, service_rules.health_check(port))
    if usable or local:
        own = str(network.attachments.host(node)["ip"])
        for rule in service_rules.written(port, usable, local, network.pod_subnet, own, network.minor):
            _put(nat, rule)


def stack_name(node: str) -> str:
    """Returns the name of a node's stack."""
    return of_node(node)


__all__ = ["HOOKS", "NFTABLES", "Chain", "Table", "stack_name", "tables_of"]
