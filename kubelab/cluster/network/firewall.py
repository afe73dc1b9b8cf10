"""netfilter rules that were written by hand, on nodes and in Pods: where they decide about a packet.

Kept in a stack's record as "firewall": table -> chain -> {"policy", "head" (rules before those of the components),
"tail" (after them), "gone" (rules of the components that were deleted), "flushed", "own" (a chain made by hand)}.
Source: iptables(8), iptables-extensions(8). A new connection's first packet is judged; answers pass.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from kubelab.cluster.addresses import subnet
from kubelab.cluster.network import walk as ends
from kubelab.cluster.network.stacks import of_node
from kubelab.cluster.network.translation import FROM_NODE
from kubelab.cluster.network.walk import Packet
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.network.journey import Journey

DEPTH = 10  # chains that call each other
FINAL = ("ACCEPT", "DROP", "REJECT", "DNAT", "REDIRECT")
UNREACHABLES = ("icmp-host-prohibited", "icmp-admin-prohibited", "icmp-net-prohibited", "icmp-host-unreachable")


@dataclass(frozen=True)
class Rule:
    """One rule, read: option -> value, and the options that are negated."""

    options: dict[str, str] = field(default_factory=dict)
    negated: frozenset[str] = frozenset()

    @property
    def target(self) -> str:
        """Where a packet that matches goes."""
        return self.options.get("-j") or self.options.get("-g", "")

    def matches(self, packet: Packet) -> bool:
        """Tells whether a new connection's packet matches."""
        for name, value in self.options.items():
            judged = _matches(name, value, packet)
            if judged is not None and judged == (name in self.negated):
                return False
        return True


def _matches(name: str, value: str, packet: Packet) -> bool | None:
    if name == "-s":
        return subnet(value).holds(packet.source)
    if name == "-d":
        return subnet(value).holds(packet.destination)
    if name == "-p":
        return value in ("all", packet.protocol.lower())
    if name in ("--dport", "--dports"):
        return _port(value, packet.port)
    if name in ("--sport", "--sports"):
        return _port(value, packet.source_port)
    if name in ("--ctstate", "--state"):
        return "NEW" in value.split(",")
    return None


def _port(value: str, port: int) -> bool:
    for part in value.split(","):
        low, colon, high = part.partition(":")
        if int(low or 0) <= port <= int((high or 65535) if colon else low):
            return True
    return False


@lru_cache(maxsize=1024)
def read(text: str) -> Rule:
    """Reads a rule's text, as iptables-save writes it behind the chain's name."""
    options: dict[str, str] = {}
    negated: set[str] = set()
    name, wants_not = "", False
    for word in shlex.split(text):
        if word == "!":
            wants_not = True
        elif word.startswith("-") and not word[1:].isdigit():
            name = word
            options[name] = options.get(name, "") if name == "-m" else ""
            if wants_not:
                negated.add(name)
            wants_not = False
        elif name:
            options[name] = word
    return Rule(options, frozenset(negated))


def rules_of(changes: Object, table: str) -> Object:
    """Returns the chains of a table that were touched by hand."""
    found: Object = (changes.get("firewall") or {}).get(table) or {}
    return found


def missing(changes: Object, table: str, rule: str) -> bool:
    """Tells whether a component's rule ("-A chain ...") was deleted, or its chain flushed."""
    chains = rules_of(changes, table)
    chain = rule.split(" ", 2)[1]
    touched = chains.get(chain) or {}
    return bool(touched.get("flushed")) or rule in (touched.get("gone") or ())


def passes(journey: Journey, stack: str, chain: str, place: str) -> bool:
    """Asks the filter table's hand-made rules about a packet; False when they ended the walk."""
    chains = rules_of(journey.network.stacks.of(stack), "filter")
    if not chains:
        return True
    rule, verdict = _judged(journey, chains, chain, stack)
    if verdict in ("", "ACCEPT"):
        if rule.startswith("-A "):
            journey.walk.passed.append((stack, rule))
        return True
    rejected = verdict == "REJECT"
    journey.hop(place, "netfilter", rule, verdict)
    if rejected and read(rule.partition(f"-A {chain} ")[2] or rule).options.get("--reject-with") in UNREACHABLES:
        journey.end(ends.NO_ROUTE, ends.LOCAL_HOP)
    elif rejected:
        journey.end(ends.REFUSED, ends.LOCAL_HOP)
    else:
        journey.end(ends.TIMEOUT, ends.SYN_TIMEOUT)
    return False


def _judged(journey: Journey, chains: Object, chain: str, stack: str) -> tuple[str, str]:
    touched = chains.get(chain) or {}
    packet = journey.packet
    found = _first(chains, chain, touched.get("head") or (), packet)
    if found[1]:
        return found
    if chain == "FORWARD" and not touched.get("flushed") and _plugin_accepts(journey, packet):
        return "", "ACCEPT"
    found = _first(chains, chain, touched.get("tail") or (), packet)
    if found[1]:
        return found
    policy = touched.get("policy", "ACCEPT")
    return f"-P {chain} {policy}", policy


def _plugin_accepts(journey: Journey, packet: Packet) -> bool:
    """Plug-ins accept what goes to or comes from Pods, before what stands at the chain's end is looked at."""
    pods = subnet(journey.network.pod_subnet)
    return pods.holds(packet.source) or pods.holds(packet.destination)


def _first(chains: Object, chain: str, rules: Sequence[str], packet: Packet, depth: int = 0) -> tuple[str, str]:
    """Returns the first rule that decides, as "-A chain rule", and its target; empty texts where none does."""
    for text in rules:
        rule = read(text)
        if not rule.matches(packet):
            continue
        if rule.target in FINAL:
            return f"-A {chain} {text}", rule.target
        if rule.target == "RETURN":
            break
        called = chains.get(rule.target)
        if called is not None and depth < DEPTH:
            found = _first(chains, rule.target, called.get("tail") or (), packet, depth + 1)
            if found[1]:
                return found
    return "", ""


def rewrites(journey: Journey, node: str, came: str) -> bool:
    """Lets the nat table's hand-made rules rewrite a packet; False when they did, and kube-proxy's are passed over."""
    chains = rules_of(journey.network.stacks.of(of_node(node)), "nat")
    if not chains:
        return True
    chain = "OUTPUT" if came == FROM_NODE else "PREROUTING"
    touched, packet = chains.get(chain) or {}, journey.packet
    rule, verdict = _first(chains, chain, touched.get("head") or (), packet)
    if not verdict and journey.network.rules.find(node, packet.destination, packet.port, packet.protocol) is None:
        rule, verdict = _first(chains, chain, touched.get("tail") or (), packet)
    if verdict not in ("DNAT", "REDIRECT"):
        return True
    options = read(rule.split(" ", 2)[2]).options
    if verdict == "REDIRECT":
        own = str(journey.attachments.host(node)["ip"])
        address, port = own, options.get("--to-ports", str(packet.port))
    else:
        address, _, port = options.get("--to-destination", "").partition(":")
    after = packet._replace(destination=address or packet.destination, port=int(port or packet.port))
    journey.hop(f"node {node}", "netfilter", rule, verdict, after)
    return False
