"""NetworkPolicies where an agent enforces them. Source: kubernetes.io, concepts/services-networking."""

import yaml

from kubelab.cluster.network import Place
from tests.network.lab import Lab

DENY = "{podSelector: {}, policyTypes: [Ingress]}"


def shop(*policies: str, enforced: bool = True) -> tuple[Lab, Place, Place]:
    lab = Lab()
    web = lab.web("web", "worker-1", labels={"app": "web"})
    client = lab.pod("client", "worker-2", labels={"role": "client"})
    for number, spec in enumerate(policies):
        metadata = {"namespace": "default", "name": f"policy-{number}"}
        policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata}
        path = f"/registry/networkpolicies/default/policy-{number}"
        lab.store.put(path, {**policy, "spec": yaml.safe_load(spec)})
    for node in ("worker-1", "worker-2"):
        lab.network.enforce_policies(node, enforced)
    return lab, web, client


def passes(lab: Lab, source: Place, target: Place, port: int = 80) -> bool:
    walk = lab.network.connect(source, lab.ip(target), port)
    assert walk.outcome in ("connected", "timeout", "refused")
    return walk.connected


def test_without_policies_everything_passes():
    lab, web, client = shop()
    assert passes(lab, client, web)


def test_flannel_alone_enforces_none():
    lab, web, client = shop(DENY, enforced=False)
    assert passes(lab, client, web)


def test_a_policy_that_allows_nothing_drops_silently():
    lab, web, client = shop(DENY)
    walk = lab.network.connect(client, lab.ip(web), 80)
    assert (walk.outcome, walk.hops[-1].verdict) == ("timeout", "DROP")
    assert "policy-0" in walk.hops[-1].rule


def test_policies_add_up():
    allow = (
        "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {role: client}}}]}]}"
    )
    lab, web, client = shop(DENY, allow)
    assert passes(lab, client, web)
    assert not passes(lab, lab.pod("other", "worker-2"), web)


def test_ports_count():
    lab, web, client = shop("{podSelector: {}, ingress: [{ports: [{port: 8080}]}]}")
    assert not passes(lab, client, web)


def test_a_namespace_selector_lets_strangers_in():
    named = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}"
    allow = f"{{podSelector: {{}}, ingress: [{{from: [{named}]}}]}}"
    lab, web, client = shop(allow)
    assert passes(lab, lab.pod("stranger", "worker-2", "shop"), web)
    assert not passes(lab, client, web)


def test_egress_is_held_back_where_it_begins():
    lab, web, client = shop("{podSelector: {matchLabels: {role: client}}, policyTypes: [Egress]}")
    assert not passes(lab, client, web)
    assert passes(lab, lab.pod("other", "worker-2"), web)
    assert lab.network.connect(client, "web", 80).outcome == "dns-timeout"


def test_an_ip_block_and_its_exceptions():
    lab, web, client = shop(
        "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16, except: [10.244.2.0/24]}}]}]}"
    )
    assert not passes(lab, client, web)
    assert passes(lab, lab.pod("near", "worker-1"), web)
