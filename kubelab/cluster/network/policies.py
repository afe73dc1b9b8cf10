"""NetworkPolicies as an agent on a node enforces them: Calico's, Cilium's, or kube-network-policies beside flannel.

A node without a running agent lets everything pass, as flannel alone does. Policies see a packet after
Services' rules and before source NAT; what a node sends to its own Pods always passes.
Source: kubernetes.io, concepts/services-networking/network-policies; kubernetes-sigs/kube-network-policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.addresses import subnet
from kubelab.cluster.kinds import Namespace, Pod
from kubelab.cluster.network.attachments import Attachment
from kubelab.cluster.network.calico_policies import CalicoPolicies, Refusal
from kubelab.cluster.network.cilium_policies import CiliumPolicies
from kubelab.cluster.network.walk import Packet
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.selectors import Selector, from_label_selector
from kubelab.cluster.store import Store

if TYPE_CHECKING:
    from kubelab.cluster.network.journey import Journey
    from kubelab.cluster.network.network import Network

PREFIX = "/registry/networkpolicies/"
AGENT = "kube-network-policies"


class Peer(NamedTuple):
    """One end of a packet as a policy sees it; `pod` is None for what is no Pod."""

    ip: str
    namespace: str
    pod: Object | None


class Policies:
    """All NetworkPolicies, found by namespace, with their selectors compiled once."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.store: Store = network.store
        self._selectors: dict[int, tuple[Object, Selector]] = {}
        self.store.add_index(PREFIX, "network-namespace", lambda policy: (policy["metadata"]["namespace"],))
        self.calico = CalicoPolicies(self)
        self.cilium = CiliumPolicies(self)
        self._tables = (self.store.table(PREFIX), *self.calico.tables, *self.cilium.tables)

    def any(self) -> bool:
        """Tells whether there is any policy, Kubernetes' or a plug-in's own."""
        first, second, third, fourth, fifth = self._tables  # written out: every walk asks
        return bool(first.rows or second.rows or third.rows or fourth.rows or fifth.rows)

    def enforced(self, node: str) -> bool:
        """Tells whether an agent enforces policies on a node."""
        return bool(self.network.attachments.host(node).get("policies"))

    def allows_egress(self, journey: Journey, node: str) -> bool:
        """Tells whether the sending Pod may send this; notes the drop where it may not."""
        sender = journey.sender
        if sender is None or sender.node != node or not self.any() or not self.enforced(node):
            return True
        packet = journey.packet
        refused = self.verdict(node, "Egress", self.peer(sender.ip), self.peer(packet.destination), packet)
        if refused:
            self._drop(journey, node, sender, "Egress", refused)
        return not refused

    def _drop(self, journey: Journey, node: str, pod: Attachment, direction: str, refused: Refusal) -> None:
        """Notes a drop, with the rule that does it where the agent writes such rules."""
        said = refused.text
        if self.network.plugin(node).name == "calico":
            said += "\n" + self.network.drop_rule(pod, direction, refused)
        journey.hop(f"node {node}", self.agent(node), said, "DROP")

    def agent(self, node: str) -> str:
        """Returns who enforces policies on a node."""
        return self.network.plugin(node).agent or AGENT

    def allows_ingress(self, journey: Journey, node: str, target: Attachment) -> bool:
        """Tells whether a Pod may receive this; notes the drop where it may not."""
        if not self.any() or not self.enforced(node):
            return True
        packet = journey.packet
        if packet.source in self.network.links.own_addresses(node):
            return True
        refused = self.verdict(node, "Ingress", self.peer(target.ip), self.peer(packet.source), packet)
        if refused:
            self._drop(journey, node, target, "Ingress", refused)
        return not refused

    def peer(self, ip: str) -> Peer:
        """Returns who has an address."""
        attachment = self.network.attachments.pods.get(ip)
        if attachment is None:
            return Peer(ip, "", None)
        pod = self.store.get(Pod.path(Key(attachment.namespace, attachment.pod)))
        return Peer(ip, attachment.namespace, pod)

    def verdict(self, node: str, direction: str, subject: Peer, other: Peer, packet: Packet) -> Refusal | None:
        """Returns None where the policies for `subject` let a packet pass, else which of them refuse it.

        Args:
            node: whose agent decides.
            direction: "Ingress" or "Egress", seen from `subject`.
            other: the Pod or address at the other end.
        """
        name = self.network.plugin(node).name
        if name == "cilium-cni":
            refused = self.cilium.verdict(direction, subject, other, packet)
            return Refusal(refused) if refused else None
        if name == "calico" and self.calico.any():
            return self.calico.verdict(direction, subject, other, packet)
        isolating = self.isolating(direction, subject)
        if not isolating or any(self.allowed_by(each, direction, subject, other, packet) for each in isolating):
            return None
        names = ", ".join(policy["metadata"]["name"] for policy in isolating)
        return Refusal(f"NetworkPolicy {subject.namespace}/{names}: no {direction.lower()} rule allows it")

    def isolating(self, direction: str, subject: Peer) -> list[Object]:
        """Returns the NetworkPolicies that isolate a Pod in one direction."""
        return [policy for policy in self.policies_for(subject) if direction in policy_types(policy)]

    def allowed_by(
        self, policy: Object, direction: str, subject: Peer, other: Peer, packet: Packet, *, blocks: bool = True
    ) -> bool:
        """Tells whether one of a NetworkPolicy's rules lets a packet pass.

        Args:
            blocks: whether an ipBlock may mean the other end.
        """
        receiver = subject if direction == "Ingress" else other
        for rule in policy["spec"].get(direction.lower()) or ():
            if self._peers_match(policy, rule, direction, other, blocks) and ports_match(rule, packet, receiver.pod):
                return True
        return False

    def policies_for(self, subject: Peer) -> list[Object]:
        """Returns the policies that select a Pod."""
        if subject.pod is None:
            return []
        labels = labels_of(subject.pod)
        policies = self.store.indexed(PREFIX, "network-namespace", subject.namespace)
        return [policy for policy in policies if self._matches(policy["spec"].get("podSelector") or {}, labels)]

    def _peers_match(self, policy: Object, rule: Object, direction: str, other: Peer, blocks: bool) -> bool:
        peers = rule.get("from" if direction == "Ingress" else "to")
        return not peers or any(
            self.is_peer(policy, peer, other) for peer in peers if blocks or peer.get("ipBlock") is None
        )

    def is_peer(self, policy: Object, peer: Object, other: Peer) -> bool:
        """Tells whether one of a policy's peers means an address."""
        block = peer.get("ipBlock")
        if block is not None:
            holes = block.get("except") or ()
            return subnet(block["cidr"]).holds(other.ip) and not any(subnet(hole).holds(other.ip) for hole in holes)
        if other.pod is None:
            return False
        if peer.get("namespaceSelector") is None:
            if other.namespace != policy["metadata"]["namespace"]:
                return False
        else:
            namespace = self.store.get(Namespace.path(Key("", other.namespace)))
            if namespace is None or not self._matches(peer["namespaceSelector"], labels_of(namespace)):
                return False
        selector = peer.get("podSelector")
        return selector is None or self._matches(selector, labels_of(other.pod))

    def _matches(self, selector: Object, labels: dict[str, str]) -> bool:
        known = self._selectors.get(id(selector))
        if known is None or known[0] is not selector:
            known = self._selectors[id(selector)] = (selector, from_label_selector(selector))
        return known[1].matches(labels)


def policy_types(policy: Object) -> tuple[str, ...]:
    """Returns the directions a policy isolates: as it says, else Ingress, and Egress where it has such rules."""
    spec = policy["spec"]
    named = spec.get("policyTypes")
    if named:
        return tuple(named)
    return ("Ingress", "Egress") if spec.get("egress") else ("Ingress",)


def ports_match(rule: Object, packet: Packet, receiver: Object | None) -> bool:
    """Tells whether a rule's ports hold a packet's; a named port is one of the receiving Pod's."""
    ports = rule.get("ports")
    if not ports:
        return True
    return any(_port_matches(port, packet, receiver) for port in ports)


def _port_matches(port: Object, packet: Packet, receiver: Object | None) -> bool:
    if port.get("protocol", "TCP") != packet.protocol:
        return False
    wanted = port.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return _named_port(receiver, wanted, packet.protocol) == packet.port
    return int(wanted) <= packet.port <= int(port.get("endPort") or wanted)


def _named_port(pod: Object | None, name: str, protocol: str) -> int:
    for container in pod["spec"]["containers"] if pod is not None else ():
        for port in container.get("ports") or ():
            if port.get("name") == name and port.get("protocol", "TCP") == protocol:
                return int(port["containerPort"])
    return 0
