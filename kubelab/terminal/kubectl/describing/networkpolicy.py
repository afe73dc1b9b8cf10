"""kubectl describe networkpolicy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from kubelab.cluster.clock import parse_time
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.describing.description import NONE, Description
from kubelab.terminal.kubectl.describing.metadata import head, marks
from kubelab.terminal.kubectl.describing.scheduling import selector_text
from kubelab.terminal.kubectl.golang import go_text

_INDENT = "    "
_DIRECTIONS = (
    ("Ingress", "ingress", "from", "From", "traffic not restricted by source"),
    ("Egress", "egress", "to", "To", "traffic not restricted by destination"),
)


def describe(out: Description, policy: Object) -> None:
    """Writes the description of a NetworkPolicy."""
    spec = policy.get("spec") or {}
    head(out, policy)
    created = datetime.fromtimestamp(parse_time(policy["metadata"]["creationTimestamp"]), UTC)
    out.field("Created on", created.strftime("%Y-%m-%d %H:%M:%S +0000 UTC"))
    marks(out, policy)
    out.heading("Spec")
    out.put("PodSelector: ", 1)
    text = selector_text(spec.get("podSelector") or {})
    out.put(
        f"{text} (Allowing the specific traffic to all pods in this namespace)\n" if text == NONE else f"{text}\n", 2
    )
    types = spec.get("policyTypes") or ()
    for name, field, peers, word, free in _DIRECTIONS:
        if name in types:
            out.put(f"Allowing {field} traffic:\n", 1)
            _rules(out, spec.get(field) or (), field, (peers, word, free))
        else:
            out.put(f"Not affecting {field} traffic\n", 1)
    out.put(f"Policy Types: {', '.join(types) or NONE}\n", 1)


def _rules(out: Description, rules: Sequence[Object], field: str, direction: tuple[str, str, str]) -> None:
    if not rules:
        out.put(f"{_INDENT}{NONE} (Selected pods are isolated for {field} connectivity)\n")
    peers, word, free = direction
    for place, rule in enumerate(rules):
        if place:
            out.put(f"{_INDENT}----------\n")
        if not rule.get("ports"):
            out.put(f"{_INDENT}To Port: <any> (traffic allowed to all ports)\n")
        for port in rule.get("ports") or ():
            _port(out, port)
        if not rule.get(peers):
            out.put(f"{_INDENT}{word}: <any> ({free})\n")
        for peer in rule.get(peers) or ():
            out.put(f"{_INDENT}{word}:\n")
            _peer(out, peer)


def _port(out: Description, port: Object) -> None:
    protocol, number = port.get("protocol", "TCP"), go_text(port.get("port"))
    if port.get("endPort") is None:
        out.put(f"{_INDENT}To Port: {number}/{protocol}\n")
    else:
        out.put(f"{_INDENT}To Port Range: {number}-{port['endPort']}/{protocol}\n")


def _peer(out: Description, peer: Object) -> None:
    for label, name in (("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")):
        if peer.get(name) is not None:
            out.put(f"{_INDENT}{label}: {selector_text(peer[name])}\n", 1)
    block = peer.get("ipBlock")
    if block is not None and "podSelector" not in peer and "namespaceSelector" not in peer:
        out.put(f"{_INDENT}IPBlock:\n", 1)
        out.put(f"{_INDENT}CIDR: {block['cidr']}\n", 2)
        out.put(f"{_INDENT}Except: {', '.join(block.get('except') or ())}\n", 2)


DESCRIBERS = {"NetworkPolicy": describe}
