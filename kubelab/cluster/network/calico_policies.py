"""Calico's own policies beside Kubernetes' ones: tiers, orders, and rules that allow, deny, pass on or log.

Tiers are asked in their order, and in each the policies that select the Pod; a tier of which no policy selects it is
skipped. Kubernetes' NetworkPolicies stand in the tier "default" with order 1000. What all tiers pass on is allowed.
Source: docs.tigera.io/calico, reference/resources (networkpolicy, globalnetworkpolicy, tier); projectcalico/calico,
libcalico-go/lib/backend/k8s/conversion, felix/calc.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.addresses import subnet
from kubelab.cluster.kinds import EndpointSlice, Namespace
from kubelab.cluster.network.calico_selectors import GLOBAL, compiled
from kubelab.cluster.network.rulebook import service_of
from kubelab.cluster.network.walk import Packet
from kubelab.cluster.objects import Key, Object, labels_of
from kubelab.cluster.store import Store

if TYPE_CHECKING:
    from kubelab.cluster.network.policies import Peer, Policies

GROUP = "crd.projectcalico.org"
REGISTRY = f"/registry/{GROUP}/"
GLOBALS, NAMESPACED, TIERS = (REGISTRY + each + "/" for each in ("globalnetworkpolicies", "networkpolicies", "tiers"))
SETS = (REGISTRY + "globalnetworksets/", REGISTRY + "networksets/")
DEFAULT = "default"
ORDERS = {DEFAULT: 1_000_000.0}
OF_KUBERNETES = 1000.0
NUMBERS = {"1": "ICMP", "6": "TCP", "17": "UDP", "132": "SCTP"}
ECHO = 8  # the type of the ICMP packets that walks send


class Ranked(NamedTuple):
    """A policy at its place: `kind` is "NetworkPolicy" for Kubernetes' own."""

    tier: str
    order: float
    name: str
    kind: str
    policy: Object

    @property
    def own(self) -> bool:
        """Tells whether it is one of Calico's kinds."""
        return self.kind != "NetworkPolicy"

    def __str__(self) -> str:
        namespace = self.policy["metadata"].get("namespace")
        return f"{self.kind} {namespace + '/' if namespace else ''}{self.policy['metadata']['name']}"


def types_of(spec: Object) -> tuple[str, ...]:
    """Returns the directions of one of Calico's policies: as it says, else those that it has rules for."""
    if spec.get("types"):
        return tuple(spec["types"])
    if spec.get("egress"):
        return ("Ingress", "Egress") if spec.get("ingress") else ("Egress",)
    return ("Ingress",)


class Refusal(NamedTuple):
    """Why a packet is dropped: at the end of a tier, or by a policy's rule, the first one being 0."""

    text: str
    tier: str = DEFAULT
    by: Ranked | None = None
    rule: int = 0


class CalicoPolicies:
    """The policies as felix works them out for a Pod."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self.store: Store = policies.store
        self.tables = [self.store.table(prefix) for prefix in (GLOBALS, NAMESPACED)]

    def any(self) -> bool:
        """Tells whether there are any of Calico's own kinds."""
        return any(table.rows for table in self.tables)

    def applying(self, direction: str, subject: Peer) -> list[Ranked]:
        """Returns the policies that select a Pod, in the order in which they are asked."""
        found = [
            Ranked(DEFAULT, OF_KUBERNETES, f"knp.default.{policy['metadata']['name']}", "NetworkPolicy", policy)
            for policy in self.policies.isolating(direction, subject)
        ]
        if subject.pod is not None and self.any():
            found += self._own(direction, subject)
        tiers = {each["metadata"]["name"]: each.get("spec") or {} for each in self.store.table(TIERS).rows.values()}
        known = [each for each in found if each.tier == DEFAULT or each.tier in tiers]
        return sorted(known, key=lambda each: (_tier_order(tiers, each.tier), each.tier, each.order, each.name))

    def _own(self, direction: str, subject: Peer) -> Iterator[Ranked]:
        labels = self.labels(subject)
        for table, kind in zip(self.tables, ("GlobalNetworkPolicy", "Calico NetworkPolicy"), strict=True):
            for policy in table.rows.values():
                spec = policy.get("spec") or {}
                if direction not in types_of(spec) or spec.get("preDNAT") or spec.get("doNotTrack"):
                    continue
                if policy["metadata"].get("namespace", subject.namespace) != subject.namespace:
                    continue
                if not compiled(spec.get("selector") or "")(labels) or not self._of_account(spec, labels):
                    continue
                within = spec.get("namespaceSelector")
                if not within or self._holds_namespace(within, subject.namespace):
                    order = spec.get("order")
                    ranked = inf if order is None else float(order)
                    yield Ranked(spec.get("tier") or DEFAULT, ranked, policy["metadata"]["name"], kind, policy)

    def labels(self, peer: Peer) -> dict[str, str]:
        """Returns the labels that Calico knows a Pod by."""
        pod = peer.pod
        if pod is None:
            return {}
        own = {"projectcalico.org/namespace": peer.namespace, "projectcalico.org/orchestrator": "k8s"}
        own["projectcalico.org/serviceaccount"] = pod["spec"].get("serviceAccountName", "default")
        return {**labels_of(pod), **own}

    def _of_account(self, spec: Object, labels: dict[str, str]) -> bool:
        wanted = spec.get("serviceAccountSelector")
        name = {"projectcalico.org/name": labels["projectcalico.org/serviceaccount"]}
        return not wanted or compiled(wanted)(name)

    def _holds_namespace(self, selector: str, namespace: str) -> bool:
        found = self.store.get(Namespace.path(Key("", namespace)))
        if found is None or selector.replace(" ", "") == GLOBAL:
            return False
        return compiled(selector)({**labels_of(found), "projectcalico.org/name": namespace})

    def verdict(self, direction: str, subject: Peer, other: Peer, packet: Packet) -> Refusal | None:
        """Returns who refuses a packet, None where it may pass."""
        for tier, members in groupby(self.applying(direction, subject), key=lambda each: each.tier):
            asked = list(members)
            for ranked in asked:
                action, number = self._action(ranked, direction, subject, other, packet)
                if action == "Allow":
                    return None
                if action == "Deny":
                    said = f"{ranked}: {direction.lower()} rule {number + 1} (Deny)"
                    return Refusal(said, ranked.tier, ranked, number)
                if action == "Pass":
                    break
            else:
                if self.ends_with_deny(tier):
                    names = ", ".join(str(each) for each in asked)
                    return Refusal(f"{names}: no {direction.lower()} rule allows it", tier)
        return None

    def ends_with_deny(self, tier: str) -> bool:
        """Tells whether a tier refuses what none of its policies decides."""
        kept = self.store.get(TIERS + tier) or {}
        return bool((kept.get("spec") or {}).get("defaultAction", "Deny") != "Pass")

    def _action(self, ranked: Ranked, direction: str, subject: Peer, other: Peer, packet: Packet) -> tuple[str, int]:
        """Returns what a policy's first rule that fits does ("" for none), and that rule's number."""
        if not ranked.own:
            return ("Allow" if self.policies.allowed_by(ranked.policy, direction, subject, other, packet) else "", 0)
        for number, rule in enumerate((ranked.policy.get("spec") or {}).get(direction.lower()) or ()):
            if rule.get("action") != "Log" and self._fits(ranked.policy, rule, direction, subject, other, packet):
                return str(rule.get("action")), number
        return "", 0

    def _fits(self, policy: Object, rule: Object, direction: str, subject: Peer, other: Peer, packet: Packet) -> bool:
        if rule.get("ipVersion") == 6 or not _is_protocol(rule, packet):
            return False
        source, destination = (other, subject) if direction == "Ingress" else (subject, other)
        namespace = policy["metadata"].get("namespace", "")
        for entity, peer, port in (
            (rule.get("source") or {}, source, packet.source_port),
            (rule.get("destination") or {}, destination, packet.port),
        ):
            if not self.is_entity(entity, peer, namespace) or not _is_port(entity, peer, port, packet.protocol):
                return False
        return True

    def is_entity(self, entity: Object, peer: Peer, namespace: str) -> bool:
        """Tells whether the source or destination of a rule means an address.

        Args:
            namespace: of the policy, "" for a global one.
        """
        nets, holes = entity.get("nets"), entity.get("notNets") or ()
        if nets and not any(subnet(net).holds(peer.ip) for net in nets):
            return False
        if any(subnet(hole).holds(peer.ip) for hole in holes):
            return False
        if entity.get("services") and not self._serves(entity["services"], peer.ip, namespace):
            return False
        wanted = [field for field in ("selector", "namespaceSelector", "serviceAccounts") if entity.get(field)]
        if wanted and not any(self._selects(entity, one, namespace) for one in self._identities(peer)):
            return False
        return not entity.get("notSelector") or not any(
            compiled(entity["notSelector"])(labels) for labels, _ in self._identities(peer)
        )

    def _identities(self, peer: Peer) -> Iterator[tuple[dict[str, str], str]]:
        """Yields the labels and namespace of the Pod at an address, and of each network set that holds it."""
        if peer.pod is not None:
            yield self.labels(peer), peer.namespace
        for prefix in SETS:
            for found in self.store.table(prefix).rows.values():
                if any(subnet(net).holds(peer.ip) for net in (found.get("spec") or {}).get("nets") or ()):
                    yield labels_of(found), found["metadata"].get("namespace", "")

    def _selects(self, entity: Object, identity: tuple[dict[str, str], str], namespace: str) -> bool:
        labels, its_namespace = identity
        if not compiled(entity.get("selector") or "")(labels):
            return False
        within = entity.get("namespaceSelector") or ""
        if within.replace(" ", "") == GLOBAL:
            return not its_namespace
        if within:
            if not its_namespace or not self._holds_namespace(within, its_namespace):
                return False
        elif namespace and its_namespace != namespace:
            return False
        accounts = entity.get("serviceAccounts") or {}
        account = labels.get("projectcalico.org/serviceaccount", "")
        if accounts.get("names") and account not in accounts["names"]:
            return False
        return not accounts.get("selector") or compiled(accounts["selector"])({"projectcalico.org/name": account})

    def _serves(self, service: Object, ip: str, namespace: str) -> bool:
        key = f"{service.get('namespace') or namespace}/{service.get('name')}"
        return any(
            ip in endpoint["addresses"]
            for piece in self.store.table(EndpointSlice.prefix).rows.values()
            if service_of(piece) == key
            for endpoint in piece.get("endpoints") or ()
        )


def _tier_order(tiers: dict[str, Object], name: str) -> float:
    order = tiers.get(name, {}).get("order")
    return ORDERS.get(name, inf) if order is None else float(order)


def _is_protocol(rule: Object, packet: Packet) -> bool:
    wanted, unwanted = rule.get("protocol"), rule.get("notProtocol")
    if wanted is not None and NUMBERS.get(str(wanted), str(wanted)).upper() != packet.protocol:
        return False
    if unwanted is not None and NUMBERS.get(str(unwanted), str(unwanted)).upper() == packet.protocol:
        return False
    if packet.protocol != "ICMP":
        return True
    kind, unwanted_kind = (rule.get("icmp") or {}).get("type"), (rule.get("notICMP") or {}).get("type")
    return kind in (None, ECHO) and unwanted_kind != ECHO


def _is_port(entity: Object, peer: Peer, port: int, protocol: str) -> bool:
    ports, unwanted = entity.get("ports"), entity.get("notPorts") or ()
    if ports and not any(_holds_port(each, peer, port, protocol) for each in ports):
        return False
    return not any(_holds_port(each, peer, port, protocol) for each in unwanted)


def _holds_port(wanted: int | str, peer: Peer, port: int, protocol: str) -> bool:
    first, _, last = str(wanted).partition(":")
    if first.isdigit():
        return int(first) <= port <= int(last or first)
    return any(
        each.get("name") == wanted and each.get("protocol", "TCP") == protocol and each["containerPort"] == port
        for container in (peer.pod["spec"]["containers"] if peer.pod is not None else ())
        for each in container.get("ports") or ()
    )
