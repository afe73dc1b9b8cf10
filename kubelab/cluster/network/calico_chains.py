"""The chains that Calico's agent writes for a node's Pods and the NetworkPolicies that select them.

The verdicts themselves are worked out by policies.py; here they can be read. Hashes in names and comments are this
lab's own. Source: docs.tigera.io/calico, reference/architecture/data-path; projectcalico/calico, felix/rules.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING

from kubelab.cluster.network.attachments import Attachment
from kubelab.cluster.network.calico_policies import DEFAULT, Ranked
from kubelab.cluster.network.policies import Peer
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

ACCEPTED, UNDECIDED = "-m mark --mark 0x10000/0x10000", "-m mark --mark 0x0/0x20000"
ACCEPT, PASS = "-j MARK --set-xmark 0x10000/0x10000", "-j MARK --set-xmark 0x20000/0x20000"
PASSED, DROPPED = "-m mark --mark 0x20000/0x20000", "-m mark --mark 0x40000/0x40000"
MARK_DROP = "-j MARK --set-xmark 0x40000/0x40000"
SELECTED = ("selector", "namespaceSelector", "serviceAccounts", "services", "notSelector")
SIDES = {"Ingress": ("tw", "pi", "src", "from"), "Egress": ("fw", "po", "dst", "to")}


def _hash(*about: str, length: int = 16) -> str:
    return urlsafe_b64encode(sha256("/".join(about).encode()).digest()).decode()[:length]


def _comment(*about: str) -> str:
    return f'-m comment --comment "cali:{_hash(*about)}"'


def _said(text: str) -> str:
    return f'-m comment --comment "{text}"'


def workload_chain(cable: str, direction: str) -> str:
    """Returns the chain of a Pod's cable: cali-tw- for what goes to the Pod, cali-fw- for what comes from it."""
    return f"cali-{SIDES[direction][0]}-{cable}"


def policy_chain(ranked: Ranked, direction: str) -> str:
    """Returns the chain of a policy's rules for one direction."""
    return f"cali-{SIDES[direction][1]}-_{_hash(*_about(ranked), direction, length=20)}"


def _about(ranked: Ranked) -> list[str]:
    """Returns what tells a policy from all others."""
    metadata = ranked.policy["metadata"]
    return [*([ranked.kind] if ranked.own else []), metadata.get("namespace", ""), metadata["name"]]


def drop_rule(cable: str, direction: str, tier: str = DEFAULT) -> str:
    """Returns the rule that drops what no policy of a tier has accepted."""
    chain = workload_chain(cable, direction)
    said = _said(f"End of tier {tier}. Drop if no policies passed packet")
    return f"-A {chain} {_comment(chain, tier, 'drop')} {said} {UNDECIDED} -j DROP"


def deny_rule(ranked: Ranked, direction: str, number: int) -> str:
    """Returns the rule that drops what a policy's rule denies, the first one being 0."""
    chain = policy_chain(ranked, direction)
    return f"-A {chain} {_comment(chain, str(number), 'drop')} {DROPPED} -j DROP"


def set_name(ranked: Ranked, direction: str, *place: object) -> str:
    """Returns the set of addresses that a rule's peers come to."""
    return f"cali40s:{_hash(*_about(ranked), direction, *map(str, place), length=22)}"


def rules(network: Network, node: str) -> Iterator[str]:
    """Yields the rules of the filter table on a node, each with its chain in front ("-A chain ...")."""
    yield f"-A FORWARD {_comment('forward')} -j cali-FORWARD"
    for way in ("from", "to"):
        yield f"-A cali-FORWARD {_comment('forward', way)} -j cali-{way}-wl-dispatch"
    written: set[str] = set()
    yield from _profiles({pod.namespace for pod in network.attachments.pods.values() if pod.node == node})
    pods = [pod for pod in network.attachments.pods.values() if pod.node == node]
    for pod in sorted(pods, key=lambda each: each.ip):
        cable = network.links.veth(pod)
        for direction, (_, _, _, way) in SIDES.items():
            option = "-o" if direction == "Ingress" else "-i"
            dispatch = f"cali-{'to' if direction == 'Ingress' else 'from'}-wl-dispatch"
            yield f"-A {dispatch} {option} {cable} {_comment(dispatch, cable)} -g {workload_chain(cable, direction)}"
            yield from _workload(network, pod, cable, direction)
            for policy in _isolating(network, pod, direction):
                chain = policy_chain(policy, direction)
                if chain not in written:
                    written.add(chain)
                    yield from _policy(policy, direction, way)


def _profiles(namespaces: set[str]) -> Iterator[str]:
    """Yields the chains that accept what goes to and from Pods that no policy isolates."""
    for namespace in sorted(namespaces):
        for side in ("pri", "pro"):
            chain = f"cali-{side}-kns.{namespace}"
            yield f"-A {chain} {_comment(chain)} {_said(f'Profile kns.{namespace}')} {ACCEPT}"
            yield f"-A {chain} {_comment(chain, 'return')} {ACCEPTED} -j RETURN"


def _isolating(network: Network, pod: Attachment, direction: str) -> list[Ranked]:
    subject: Peer = network.policies.peer(pod.ip)
    return network.policies.calico.applying(direction, subject)


def _workload(network: Network, pod: Attachment, cable: str, direction: str) -> Iterator[str]:
    chain = workload_chain(cable, direction)
    yield f"-A {chain} {_comment(chain, 'known')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    yield f"-A {chain} {_comment(chain, 'invalid')} -m conntrack --ctstate INVALID -j DROP"
    yield f"-A {chain} {_comment(chain, 'clear')} -j MARK --set-xmark 0x0/0x10000"
    policies = _isolating(network, pod, direction)
    for tier, members in groupby(policies, key=lambda each: each.tier):
        start = f"{_comment(chain, tier, 'tier')} {_said(f'Start of tier {tier}')}"
        yield f"-A {chain} {start} -j MARK --set-xmark 0x0/0x20000"
        for policy in members:
            name = policy_chain(policy, direction)
            yield f"-A {chain} {_comment(chain, name)} {UNDECIDED} -j {name}"
            accepted = _said("Return if policy accepted")
            yield f"-A {chain} {_comment(chain, name, 'ok')} {accepted} {ACCEPTED} -j RETURN"
        if network.policies.calico.ends_with_deny(tier):
            yield drop_rule(cable, direction, tier)
    profile = f"cali-{'pri' if direction == 'Ingress' else 'pro'}-kns.{pod.namespace}"
    yield f"-A {chain} {_comment(chain, 'profile')} -j {profile}"
    yield f"-A {chain} {_comment(chain, 'ok')} {_said('Return if profile accepted')} {ACCEPTED} -j RETURN"
    yield f"-A {chain} {_comment(chain, 'none')} {_said('Drop if no profiles matched')} -j DROP"


def _policy(ranked: Ranked, direction: str, way: str) -> Iterator[str]:
    """Yields a policy's chain: for each rule the peers as a set, the ports as they are."""
    chain, metadata = policy_chain(ranked, direction), ranked.policy["metadata"]
    whole = f"{metadata['namespace']}/{ranked.name}" if metadata.get("namespace") else ranked.name
    said = _said(f"Policy {whole} {direction.lower()}")
    rules_there = (ranked.policy.get("spec") or {}).get(direction.lower()) or ()
    for number, rule in enumerate(rules_there):
        if ranked.own:
            yield from _own_rule(ranked, direction, number, rule, said)
            continue
        peers = ""
        if rule.get(way):
            peers = f" -m set --match-set {set_name(ranked, direction, number)} {SIDES[direction][2]}"
        for ports in _ports(rule):
            yield f"-A {chain}{ports} {_comment(chain, str(number), ports)} {said}{peers} {ACCEPT}"
        yield f"-A {chain} {_comment(chain, str(number), 'return')} {ACCEPTED} -j RETURN"
    if not rules_there:
        yield f"-A {chain} {_comment(chain)} {said}"


def _own_rule(ranked: Ranked, direction: str, number: int, rule: Object, said: str) -> Iterator[str]:
    """Yields what one rule of Calico's own kinds comes to, whose peers stand in sets where selectors name them."""
    chain, action = policy_chain(ranked, direction), rule.get("action")
    named = f" -p {str(rule['protocol']).lower()}" if rule.get("protocol") else ""
    matched = ""
    for side, flag, port in (("source", "src", "sports"), ("destination", "dst", "dports")):
        entity = rule.get(side) or {}
        if any(entity.get(field) for field in SELECTED):
            matched += f" -m set --match-set {set_name(ranked, direction, number, side)} {flag}"
        elif entity.get("nets"):
            matched += f" {'-s' if side == 'source' else '-d'} {','.join(entity['nets'])}"
        if entity.get("ports"):
            matched += f" -m multiport --{port} {','.join(map(str, entity['ports']))}"
    target = {"Allow": ACCEPT, "Pass": PASS, "Log": '-j LOG --log-prefix "calico-packet: " --log-level 5'}
    comment = _comment(chain, str(number), str(action))
    yield f"-A {chain}{named} {comment} {said}{matched} {target.get(str(action), MARK_DROP)}"
    if action in ("Allow", "Pass"):
        mark = ACCEPTED if action == "Allow" else PASSED
        yield f"-A {chain} {_comment(chain, str(number), 'return')} {mark} -j RETURN"
    elif action == "Deny":
        yield deny_rule(ranked, direction, number)


def _ports(rule: Object) -> list[str]:
    """Returns the matches of a rule's ports, by protocol; one that matches all where it names none."""
    by_protocol: dict[str, list[str]] = {}
    for port in rule.get("ports") or ():
        number = str(port.get("port", ""))
        end = port.get("endPort")
        by_protocol.setdefault(port.get("protocol", "TCP").lower(), []).append(f"{number}:{end}" if end else number)
    found = []
    for protocol, numbers in by_protocol.items():
        known = [number for number in numbers if number]
        found.append(f" -p {protocol}" + (f" -m multiport --dports {','.join(known)}" if known else ""))
    return found or [""]


def sets(network: Network, node: str) -> dict[str, list[str]]:
    """Returns the sets that a node's rules name, with their members: Pods' addresses, and blocks with their holes."""
    found: dict[str, list[str]] = {}
    here = [pod for pod in network.attachments.pods.values() if pod.node == node]
    for direction, (_, _, _, way) in SIDES.items():
        for ranked in {id(one.policy): one for pod in here for one in _isolating(network, pod, direction)}.values():
            for number, rule in enumerate((ranked.policy.get("spec") or {}).get(direction.lower()) or ()):
                if ranked.own:
                    for side in ("source", "destination"):
                        entity = rule.get(side) or {}
                        if any(entity.get(field) for field in SELECTED):
                            name = set_name(ranked, direction, number, side)
                            found[name] = _selected(network, ranked.policy, entity)
                elif rule.get(way):
                    found[set_name(ranked, direction, number)] = _members(network, ranked.policy, rule[way])
    return found


def _selected(network: Network, policy: Object, entity: Object) -> list[str]:
    namespace = policy["metadata"].get("namespace", "")
    calico = network.policies.calico
    return [
        ip for ip in sorted(network.attachments.pods) if calico.is_entity(entity, network.policies.peer(ip), namespace)
    ]


def _members(network: Network, policy: Object, peers: list[Object]) -> list[str]:
    members: dict[str, None] = {}
    for peer in peers:
        block = peer.get("ipBlock")
        if block is not None:
            members[block["cidr"]] = None
            members.update((f"{hole} nomatch", None) for hole in block.get("except") or ())
            continue
        for ip in sorted(network.attachments.pods):
            if network.policies.is_peer(policy, peer, network.policies.peer(ip)):
                members[ip] = None
    return list(members)
