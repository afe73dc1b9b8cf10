"""A NetworkPolicy's defaults, and what it may not be, in the server's words.

Source: pkg/apis/networking/v1/defaults.go; pkg/apis/networking/validation/validation.go.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from kubelab.cluster.kinds.causes import forbidden, invalid, required, unsupported
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.placement_validation import label_selector_causes
from kubelab.cluster.kinds.service_validation import port_name
from kubelab.cluster.objects import Object

PROTOCOLS = ("SCTP", "TCP", "UDP")
TYPES = ("Egress", "Ingress")
WRONG_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
WRONG_PORT = "must be between 1 and 65535, inclusive"
PEERS = {"ingress": "from", "egress": "to"}


def default(policy: Object) -> Object:
    """Returns a policy with its types and its ports' protocols."""
    spec = policy.get("spec") or {}
    filled: Object = {**spec, "podSelector": spec.get("podSelector") or {}}
    if not spec.get("policyTypes"):
        filled["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for direction in PEERS:
        if spec.get(direction):
            filled[direction] = [_with_protocols(rule or {}) for rule in spec[direction]]
    return {**policy, "spec": filled}


def _with_protocols(rule: Object) -> Object:
    if not rule.get("ports"):
        return rule
    return {**rule, "ports": [{**port, "protocol": port.get("protocol") or "TCP"} for port in rule["ports"]]}


def policy_causes(policy: Object) -> list[Cause]:
    """Returns what is wrong with a NetworkPolicy."""
    spec = policy.get("spec") or {}
    causes = label_selector_causes(spec.get("podSelector"), "spec.podSelector")
    for direction, peers in PEERS.items():
        for place, rule in enumerate(spec.get(direction) or ()):
            path = f"spec.{direction}[{place}]"
            for number, port in enumerate(rule.get("ports") or ()):
                causes += _port_causes(port, f"{path}.ports[{number}]")
            for number, peer in enumerate(rule.get(peers) or ()):
                causes += _peer_causes(peer, f"{path}.{peers}[{number}]")
    types = spec.get("policyTypes") or []
    if len(types) > len(TYPES):
        return [*causes, invalid("spec.policyTypes", types, "may not specify more than two policyTypes")]
    for place, kind in enumerate(types):
        if kind not in TYPES:
            causes.append(unsupported(f"spec.policyTypes[{place}]", kind, TYPES))
    return causes


def _port_causes(port: Object, path: str) -> list[Cause]:
    causes: list[Cause] = []
    if port.get("protocol") not in (None, *PROTOCOLS):
        causes.append(unsupported(f"{path}.protocol", port["protocol"], PROTOCOLS))
    number, end = port.get("port"), port.get("endPort")
    if number is None:
        why = "may not be specified when `port` is not specified"
        return [*causes, invalid(f"{path}.endPort", end, why)] if end is not None else causes
    if isinstance(number, str):
        if end is not None:
            causes.append(invalid(f"{path}.endPort", end, "may not be specified when `port` is non-numeric"))
        return causes + [invalid(f"{path}.port", number, wrong) for wrong in port_name(number)]
    if not 1 <= number <= 65535:
        causes.append(invalid(f"{path}.port", number, WRONG_PORT))
    if end is not None and end < number:
        causes.append(invalid(f"{path}.endPort", end, "must be greater than or equal to `port`"))
    if end is not None and not 1 <= end <= 65535:
        causes.append(invalid(f"{path}.endPort", end, WRONG_PORT))
    return causes


def _peer_causes(peer: Object, path: str) -> list[Cause]:
    block = peer.get("ipBlock")
    selectors = [name for name in ("podSelector", "namespaceSelector") if peer.get(name) is not None]
    causes = [cause for name in selectors for cause in label_selector_causes(peer[name], f"{path}.{name}")]
    if block is not None:
        causes += _block_causes(block, f"{path}.ipBlock")
    if block is None and not selectors:
        causes.append(required(path, "must specify a peer"))
    elif block is not None and selectors:
        causes.append(forbidden(path, "may not specify both ipBlock and another peer"))
    return causes


def _block_causes(block: Object, path: str) -> list[Cause]:
    cidr = block.get("cidr") or ""
    if not cidr:
        return [required(f"{path}.cidr")]
    whole = _network(cidr)
    if whole is None:
        return [invalid(f"{path}.cidr", cidr, WRONG_CIDR)]
    causes: list[Cause] = []
    for place, text in enumerate(block.get("except") or ()):
        where, hole = f"{path}.except[{place}]", _network(text)
        if hole is None:
            causes.append(invalid(where, text, WRONG_CIDR))
        elif hole.version != whole.version or hole.network_address not in whole or whole.prefixlen >= hole.prefixlen:
            causes.append(invalid(where, text, "must be a strict subset of `cidr`"))
    return causes


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None
