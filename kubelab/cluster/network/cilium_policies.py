"""Cilium's own policies beside Kubernetes' ones: all add up, a rule that denies wins, and CIDRs mean no Pods or nodes.

Rules for HTTP and other protocols above TCP are not simulated: their ports pass as a whole.
Source: docs.cilium.io, security/policy (language, kubernetes); cilium/cilium, pkg/policy/api and pkg/policy/rule.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kubelab.cluster.addresses import subnet
from kubelab.cluster.kinds import EndpointSlice, Namespace
from kubelab.cluster.network.internet import HOSTS
from kubelab.cluster.network.rulebook import service_of
from kubelab.cluster.network.walk import Packet
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.selectors import from_label_selector
from kubelab.cluster.store import Store

if TYPE_CHECKING:
    from kubelab.cluster.network.policies import Peer, Policies

GROUP = "cilium.io"
REGISTRY = f"/registry/{GROUP}/"
NAMESPACED, CLUSTERWIDE = REGISTRY + "ciliumnetworkpolicies/", REGISTRY + "ciliumclusterwidenetworkpolicies/"
IN_NAMESPACE, NAMESPACE_LABELS = "io.kubernetes.pod.namespace", "io.cilium.k8s.namespace.labels."
ACCOUNT, CLUSTER = "io.cilium.k8s.policy.serviceaccount", "io.cilium.k8s.policy.cluster"
ECHO = ("8", "EchoRequest")


class CiliumPolicies:
    """The policies as an agent works them out for a Pod."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self.store: Store = policies.store
        self.tables = [self.store.table(prefix) for prefix in (NAMESPACED, CLUSTERWIDE)]

    def any(self) -> bool:
        """Tells whether there are any of Cilium's own kinds."""
        return any(table.rows for table in self.tables)

    def labels(self, peer: Peer) -> dict[str, str]:
        """Returns the labels that a Pod's identity is made of."""
        if peer.pod is None:
            return {}
        found = self.store.get(Namespace.path(Key("", peer.namespace)))
        above = {NAMESPACE_LABELS + name: value for name, value in labels_of(found or {"metadata": {}}).items()}
        own = {
            CLUSTER: "default",
            ACCOUNT: peer.pod["spec"].get("serviceAccountName", "default"),
            IN_NAMESPACE: peer.namespace,
        }
        return {**labels_of(peer.pod), **above, **own}

    def rules_for(self, subject: Peer) -> Iterator[tuple[str, Object, str]]:
        """Yields the rules that select a Pod, each with its policy's name and namespace."""
        labels = self.labels(subject)
        for table, kind in zip(self.tables, ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"), strict=True):
            for policy in table.rows.values():
                namespace = policy["metadata"].get("namespace", "")
                if subject.pod is None or namespace not in ("", subject.namespace):
                    continue
                said = f"{kind} {namespace + '/' if namespace else ''}{policy['metadata']['name']}"
                for rule in filter(None, (policy.get("spec"), *(policy.get("specs") or ()))):
                    if "endpointSelector" in rule and matches(rule["endpointSelector"], labels):
                        yield said, rule, namespace

    def verdict(self, direction: str, subject: Peer, other: Peer, packet: Packet) -> str:
        """Returns "" where a packet may pass, else who refuses it."""
        way = direction.lower()
        isolating: list[str] = []
        allowed = False
        for said, rule, namespace in self.rules_for(subject):
            allow, deny = rule.get(way) or (), rule.get(f"{way}Deny") or ()
            for number, each in enumerate(deny, start=1):
                if self._fits(each, direction, namespace, subject, other, packet):
                    return f"{said}: {way}Deny rule {number}"
            if (rule.get("enableDefaultDeny") or {}).get(way, bool(allow or deny)):
                isolating.append(said)
            allowed = allowed or any(self._fits(each, direction, namespace, subject, other, packet) for each in allow)
        for policy in self.policies.isolating(direction, subject):
            isolating.append(f"NetworkPolicy {subject.namespace}/{policy['metadata']['name']}")
            allowed = allowed or self.policies.allowed_by(
                policy, direction, subject, other, packet, blocks=not self.is_managed(other)
            )
        if allowed or not isolating:
            return ""
        return f"{', '.join(dict.fromkeys(isolating))}: no {way} rule allows it"

    def is_managed(self, peer: Peer) -> bool:
        """Tells whether an address has an identity of its own, so that no CIDR means it: a Pod's or a node's."""
        return peer.pod is not None or peer.ip in self.policies.network.attachments.owners

    def _fits(self, rule: Object, direction: str, namespace: str, subject: Peer, other: Peer, packet: Packet) -> bool:
        way = "from" if direction == "Ingress" else "to"
        sections = [name for name in rule if name.startswith(way) and name != "toPorts"]
        if not sections and not rule.get("toPorts") and not rule.get("icmps"):
            return False  # a rule with nothing in it isolates, and allows nothing
        if sections and not any(
            self._is_peer(name, way, rule[name] or (), namespace, subject, other) for name in sections
        ):
            return False
        if rule.get("icmps"):
            fields = [field for each in rule["icmps"] for field in each.get("fields") or ()]
            if packet.protocol == "ICMP":
                return any(str(field.get("type")) in ECHO for field in fields)
            if not rule.get("toPorts"):
                return False
        receiver = subject if direction == "Ingress" else other
        return not rule.get("toPorts") or any(_is_port(each, receiver, packet) for each in rule["toPorts"])

    def _is_peer(
        self, section: str, way: str, wanted: Iterable[Any], namespace: str, subject: Peer, other: Peer
    ) -> bool:
        kind = section.removeprefix(way)
        if kind == "Endpoints":
            return any(self._is_endpoint(selector, namespace, other) for selector in wanted)
        if kind == "Entities":
            return any(self._is_entity(str(entity), subject, other) for entity in wanted)
        if kind == "CIDR":
            return not self.is_managed(other) and any(subnet(str(block)).holds(other.ip) for block in wanted)
        if kind == "CIDRSet":
            return not self.is_managed(other) and any(
                "cidr" in block
                and subnet(block["cidr"]).holds(other.ip)
                and not any(subnet(hole).holds(other.ip) for hole in block.get("except") or ())
                for block in wanted
            )
        if kind == "FQDNs":
            return any(_is_name(name, other.ip) for name in wanted)
        if kind == "Services":
            return any(self._serves(each.get("k8sService") or {}, namespace, other.ip) for each in wanted)
        if kind == "Nodes":
            return other.pod is None and other.ip in self.policies.network.attachments.owners
        return False

    def _is_endpoint(self, selector: Object, namespace: str, other: Peer) -> bool:
        if other.pod is None:
            return False
        keys = [*(selector.get("matchLabels") or {}), *(each["key"] for each in selector.get("matchExpressions") or ())]
        everywhere = any(_plain(key) == IN_NAMESPACE or _plain(key).startswith(NAMESPACE_LABELS) for key in keys)
        if namespace and not everywhere and other.namespace != namespace:
            return False
        return matches(selector, self.labels(other))

    def _is_entity(self, entity: str, subject: Peer, other: Peer) -> bool:
        network = self.policies.network
        owner = network.attachments.owners.get(other.ip) if other.pod is None else None
        here = network.attachments.pods.get(subject.ip)
        local = owner is not None and here is not None and owner == here.node
        if entity == "all":
            return True
        if entity == "world" or entity == "world-ipv4":
            return not self.is_managed(other)
        if entity == "cluster":
            return self.is_managed(other)
        if entity == "host":
            return local
        if entity == "remote-node":
            return owner is not None and not local
        if entity == "kube-apiserver":
            return self._serves({"serviceName": "kubernetes", "namespace": "default"}, "default", other.ip)
        return False

    def _serves(self, service: Object, namespace: str, ip: str) -> bool:
        key = f"{service.get('namespace') or namespace}/{service.get('serviceName')}"
        return any(
            ip in endpoint["addresses"]
            for piece in self.store.table(EndpointSlice.prefix).rows.values()
            if service_of(piece) == key
            for endpoint in piece.get("endpoints") or ()
        )


def _plain(key: str) -> str:
    """Returns a label's key without its source ("k8s:", "any:")."""
    return key.removeprefix("k8s:").removeprefix("any:").removeprefix("k8s.").removeprefix("any.")


def matches(selector: Object, labels: dict[str, str]) -> bool:
    """Tells whether one of Cilium's selectors means labels; keys may name their source."""
    plain: Object = {
        "matchLabels": {_plain(key): value for key, value in (selector.get("matchLabels") or {}).items()},
        "matchExpressions": [{**each, "key": _plain(each["key"])} for each in selector.get("matchExpressions") or ()],
    }
    return from_label_selector(plain).matches(labels)


def _is_port(rule: Object, receiver: Peer, packet: Packet) -> bool:
    if packet.protocol == "ICMP":
        return False
    ports = rule.get("ports") or ()
    return not ports or any(_holds_port(each, receiver, packet) for each in ports)


def _holds_port(wanted: Object, receiver: Peer, packet: Packet) -> bool:
    if wanted.get("protocol", "ANY") not in ("ANY", packet.protocol):
        return False
    first = str(wanted.get("port", "0"))
    if first.isdigit():
        return first == "0" or int(first) <= packet.port <= int(wanted.get("endPort") or first)
    return any(
        each.get("name") == first and each["containerPort"] == packet.port
        for container in (receiver.pod["spec"]["containers"] if receiver.pod is not None else ())
        for each in container.get("ports") or ()
    )


def _is_name(wanted: Object, ip: str) -> bool:
    """Tells whether a name that toFQDNs means has an address."""
    pattern = str(wanted.get("matchPattern", ""))
    expression = ".*" if pattern == "*" else re.escape(pattern).replace(r"\*", "[-a-zA-Z0-9_]*")
    for name, address in HOSTS.items():
        if address == ip and (
            name == str(wanted.get("matchName", "")).rstrip(".") or (pattern and re.fullmatch(expression, name))
        ):
            return True
    return False
