"""The chains that Calico's agent writes for a node's Pods and the NetworkPolicies that select them.

The verdicts themselves are worked out by policies.py; here they can be read. Hashes in names and comments are this
lab's own. Source: docs.tigera.io/calico, reference/architecture/data-path; projectcalico/calico, felix/rules.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from kubelab.cluster.network.attachments import Attachment
from kubelab.cluster.network.policies import Peer, policy_types
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.network.network import Network

ACCEPTED, UNDECIDED = "-m mark --mark 0x10000/0x10000", "-m mark --mark 0x0/0x20000"
ACCEPT = "-j MARK --set-xmark 0x10000/0x10000"
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


def policy_chain(policy: Object, direction: str) -> str:
    """Returns the chain of a policy's rules for one direction."""
    metadata = policy["metadata"]
    return f"cali-{SIDES[direction][1]}-_{_hash(metadata['namespace'], metadata['name'], direction, length=20)}"


def drop_rule(cable: str, direction: str) -> str:
    """Returns the rule that drops what no policy has accepted."""
    chain = workload_chain(cable, direction)
    said = _said("Drop if no policies passed packet")
    return f"-A {chain} {_comment(chain, 'drop')} {said} {UNDECIDED} -j DROP"


def set_name(policy: Object, direction: str, *place: int) -> str:
    """Returns the set of addresses that a rule's peers come to."""
    metadata = policy["metadata"]
    about = [metadata["namespace"], metadata["name"], direction, *map(str, place)]
    return f"cali40s:{_hash(*about, length=22)}"


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


def _isolating(network: Network, pod: Attachment, direction: str) -> list[Object]:
    subject: Peer = network.policies.peer(pod.ip)
    return [policy for policy in network.policies.policies_for(subject) if direction in policy_types(policy)]


def _workload(network: Network, pod: Attachment, cable: str, direction: str) -> Iterator[str]:
    chain = workload_chain(cable, direction)
    yield f"-A {chain} {_comment(chain, 'known')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    yield f"-A {chain} {_comment(chain, 'invalid')} -m conntrack --ctstate INVALID -j DROP"
    yield f"-A {chain} {_comment(chain, 'clear')} -j MARK --set-xmark 0x0/0x10000"
    policies = _isolating(network, pod, direction)
    if not policies:
        profile = f"cali-{'pri' if direction == 'Ingress' else 'pro'}-kns.{pod.namespace}"
        yield f"-A {chain} {_comment(chain, 'profile')} -j {profile}"
        yield f"-A {chain} {_comment(chain, 'ok')} {_said('Return if profile accepted')} {ACCEPTED} -j RETURN"
        return
    yield f"-A {chain} {_comment(chain, 'tier')} {_said('Start of tier default')} -j MARK --set-xmark 0x0/0x20000"
    for policy in policies:
        name = policy_chain(policy, direction)
        yield f"-A {chain} {_comment(chain, name)} {UNDECIDED} -j {name}"
        accepted = _said("Return if policy accepted")
        yield f"-A {chain} {_comment(chain, name, 'ok')} {accepted} {ACCEPTED} -j RETURN"
    yield drop_rule(cable, direction)


def _policy(policy: Object, direction: str, way: str) -> Iterator[str]:
    """Yields a policy's chain: for each rule the peers as a set, the ports as they are."""
    chain, metadata = policy_chain(policy, direction), policy["metadata"]
    said = _said(f"Policy {metadata['namespace']}/knp.default.{metadata['name']} {direction.lower()}")
    for number, rule in enumerate(policy["spec"].get(direction.lower()) or ()):
        peers = ""
        if rule.get(way):
            peers = f" -m set --match-set {set_name(policy, direction, number)} {SIDES[direction][2]}"
        for ports in _ports(rule):
            yield f"-A {chain}{ports} {_comment(chain, str(number), ports)} {said}{peers} {ACCEPT}"
        yield f"-A {chain} {_comment(chain, str(number), 'return')} {ACCEPTED} -j RETURN"
    if not policy["spec"].get(direction.lower()):
        yield f"-A {chain} {_comment(chain)} {said}"


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
        for policy in {id(one): one for pod in here for one in _isolating(network, pod, direction)}.values():
            for number, rule in enumerate(policy["spec"].get(direction.lower()) or ()):
                if rule.get(way):
                    found[set_name(policy, direction, number)] = _members(network, policy, rule[way])
    return found


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
