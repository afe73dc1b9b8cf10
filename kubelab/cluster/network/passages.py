"""Which of a node's rules a connection passes besides those that decided: hooks, jumps, marks, policies.

Source: netfilter's hooks in their order; pkg/proxy/iptables/proxier.go; flannel-io/flannel, pkg/trafficmngr/iptables.
Of kube-proxy's modes iptables mode is counted rule by rule; ipvs counts at its servers; nftables mode has no counters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network.firewall import read
from kubelab.cluster.network.iptables import (
    ESTABLISHED,
    EXTERNAL,
    FIREWALL,
    MARKED_FORWARD,
    PORTALS,
    flannel_masquerading,
)
from kubelab.cluster.network.rulebook import IPTABLES, IPVS
from kubelab.cluster.network.sightings import stack_at
from kubelab.cluster.network.stacks import of_node
from kubelab.cluster.network.walk import Hop, Packet, Walk

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

Found = list[list[str]]  # stacks with their rules
SERVICES = '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES'
POSTROUTING = '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING'
SNAT = (
    "-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0",
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
)
UNMARKED = "-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN"
MARK = "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000"
FORWARDING = '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD'
HEALTH = '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS'
FLANNEL = '-m comment --comment "flanneld forward" -j FLANNEL-FWD'


class Visit(NamedTuple):
    """A node on a walk.

    Args:
        came: the hook that its packet comes in by: "PREROUTING", or "OUTPUT" where the node sends it.
        stays: whether the node itself is the goal.
        stopped: the chain in which a rule by hand ended it, "" for none.
        marked: whether it is to be masqueraded.
    """

    node: str
    came: str
    stays: bool
    stopped: str
    marked: bool
    before: Packet | None
    after: Packet | None
    decided: tuple[str, ...]


def rules(network: Network, walk: Walk) -> tuple[Found, Found, Found]:
    """Returns the rules that see a way's first packet, those that see all others, and the ipvs servers on it."""
    first: Found = [[stack, rule] for stack, rule in walk.passed]
    rest: Found = []
    served: Found = []
    for visit in _visits(walk):
        stack = of_node(visit.node)
        mode = network.rules.mode(visit.node)
        seen = [line for line in visit.decided if line.startswith("-A ")]
        if mode == IPVS:
            virtual = next((line.split(" rr")[0] for line in visit.decided if " rr" in line), "")
            real = next((line.split()[1] for line in visit.decided if line.startswith("  -> ")), "")
            served += [[stack, each] for each in (virtual, f"{virtual} -> {real}" if real else "") if each]
        elif mode == IPTABLES and network.rules.knows(visit.node):
            lines, lasting = _around(network, visit)
            seen += lines
            rest += [[stack, line] for line in lasting]
        first += [[stack, line] for line in dict.fromkeys(seen)]
    for hop in walk.hops:
        if hop.place.startswith("Pod ") and hop.component == "netfilter":
            first.append([stack_at(network, hop.place), hop.rule])
    return first, rest, served


def _visits(walk: Walk) -> list[Visit]:
    groups: list[list[Hop]] = []
    for hop in walk.hops:
        if groups and groups[-1][0].place == hop.place:
            groups[-1].append(hop)
        else:
            groups.append([hop])
    found = []
    for number, group in enumerate(groups):
        place = group[0].place
        if not place.startswith("node "):
            continue
        decided = [line for hop in group if hop.component != "flanneld" for line in hop.rule.split("\n")]
        packets = [each for hop in group for each in (hop.before, hop.after) if isinstance(each, Packet)]
        found.append(Visit(
            place[5:],
            "OUTPUT" if number == 0 else "PREROUTING",
            group[-1].verdict in ("deliver", "refused") and number == len(groups) - 1,
            group[-1].rule.split(" ")[1] if group[-1].component == "netfilter" else "",
            any(line.endswith("-j KUBE-MARK-MASQ") for line in decided),
            packets[0] if packets else None,
            packets[-1] if packets else None,
            tuple(decided),
        ))  # fmt: skip
    return found


def _around(network: Network, visit: Visit) -> tuple[list[str], list[str]]:
    """Returns what stands around the rules that decided: what sees the first packet, what sees the others."""
    lines = [f"-A {visit.came} {SERVICES}"]
    rewritten = any(" -j DNAT " in line for line in visit.decided)
    if not rewritten:
        lines.append(f"nat -P {visit.came}")
    if visit.marked:
        lines.append(MARK)
    lasting: list[str] = []
    if visit.came == "OUTPUT" and visit.stopped != "OUTPUT":
        lines += [f"-A OUTPUT {FIREWALL}", f"-A OUTPUT {PORTALS}", "-A OUTPUT -j KUBE-FIREWALL", "filter -P OUTPUT"]
        lasting += ["-A OUTPUT -j KUBE-FIREWALL", "filter -P OUTPUT"]
    if visit.stays:
        lines += [
            f"-A INPUT {FIREWALL}",
            HEALTH,
            f"-A INPUT {EXTERNAL}",
            "-A INPUT -j KUBE-FIREWALL",
            "filter -P INPUT",
        ]
        lasting += [HEALTH, "-A INPUT -j KUBE-FIREWALL", "filter -P INPUT"]
    elif visit.came != "OUTPUT":
        lines += [f"-A FORWARD {FIREWALL}", FORWARDING]
        lasting += [FORWARDING, f"-A KUBE-FORWARD {ESTABLISHED}"]
        if visit.marked:
            lines.append(f"-A KUBE-FORWARD {MARKED_FORWARD}")
        else:
            lines += [f"-A FORWARD {PORTALS}", f"-A FORWARD {EXTERNAL}", *_flannel_forwards(network, visit)]
    refused = any(line.endswith((" -j DROP", "icmp-port-unreachable")) for line in visit.decided)
    if not visit.stays and not refused:
        lines += _leaving(network, visit)
    return lines, lasting


def _flannel_forwards(network: Network, visit: Visit) -> list[str]:
    if network.plugin(visit.node).name != "flannel" or visit.after is None:
        return []
    pods = network.pod_subnet
    side = "-s" if subnet(pods).holds(visit.after.source) else "-d"
    return [f"-A FORWARD {FLANNEL}",
            f'-A FLANNEL-FWD {side} {pods} -m comment --comment "flanneld forward" -j ACCEPT']  # fmt: skip


def _leaving(network: Network, visit: Visit) -> list[str]:
    """Returns the rules of POSTROUTING that a packet passes."""
    lines = [POSTROUTING]
    if visit.marked:
        return [*lines, *SNAT]
    lines.append(UNMARKED)
    if network.plugin(visit.node).name != "flannel" or visit.after is None or visit.before is None:
        return [*lines, "nat -P POSTROUTING"]
    lines.append('-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG')
    packet = visit.after._replace(source=visit.before.source)
    for text in flannel_masquerading(network, visit.node):
        rule = read(text)
        if "--mark" not in rule.options and rule.matches(packet):
            lines.append(f"-A FLANNEL-POSTRTG {text}")
            if rule.target != "RETURN":
                return lines
            break
    return [*lines, "nat -P POSTROUTING"]
