"""Topic network-policy. Source: kubernetes.io, concepts/services-networking/network-policies, recipes, defaults."""

from __future__ import annotations

import pytest

from kubelab.cluster.network import who_reaches_whom
from tests.console import Console
from tests.topics.networking import CODE

NAMESPACES = "".join(
    f"""
---
apiVersion: v1
kind: Namespace
metadata: {{name: {name}, labels: {{team: {name}}}}}
"""
    for name in ("shop", "office")
)
PODS = "".join(
    f"""
---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
spec: {{containers: [{{name: web, image: nginx, ports: [{{name: http, containerPort: 80}}]}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}
"""
    for namespace, name in (("shop", "front"), ("shop", "back"), ("office", "desk"))
)
DENY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
ALLOW = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: to-back, namespace: shop}
spec:
  podSelector: {matchLabels: {app: back}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: front}}}]
    ports: [{port: http}]
"""
EGRESS = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: front-out, namespace: shop}
spec:
  podSelector: {matchLabels: {app: front}}
  policyTypes: [Egress]
  egress:
  - to: [{podSelector: {matchLabels: {app: back}}}]
    ports: [{port: 80, endPort: 90}]
"""
DNS = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: dns, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
      podSelector: {matchLabels: {k8s-app: kube-dns}}
    ports: [{port: 53, protocol: UDP}, {port: 53}]
"""


@pytest.fixture
def calico() -> Console:
    console = Console("three-nodes-calico")
    furnish(console)
    return console


def furnish(console) -> None:
    console.apply(NAMESPACES)
    console.advance(1)  # they get their ServiceAccounts
    console.apply(PODS)
    console.advance(30)


def matrix(console):
    return who_reaches_whom(console.cluster.network, ("shop", "office"))


def curl(console, source: str, host: str) -> str:
    namespace, pod = source.split("/")
    found = console.run(f"kubectl -n {namespace} exec {pod} -- curl {CODE} -m 2 http://{host}/")
    return found.stdout + found.stderr


def test_by_default_everybody_reaches_everybody(calico):
    cells = matrix(calico).cells
    assert {reach.outcome for (source, _), reach in cells.items() if source != "outside"} == {"connected"}
    assert curl(calico, "office/desk", "front.shop") == "200"
    assert "Could not resolve host: front" in curl(calico, "office/desk", "front")  # only the short name is local


def test_default_deny_then_one_way_opened_then_names(calico):
    open_to_all = matrix(calico)
    calico.apply(DENY)
    denied = matrix(calico)
    assert set(denied.changes(open_to_all).values()) == {("connected", "timeout")}
    assert denied.cells["office/desk", "shop/front:80"].rule.startswith("NetworkPolicy shop/default-deny")
    assert denied.cells["office/desk", "office/desk:80"].outcome == "connected"
    dropped = denied.cells["office/desk", "shop/front:80"].rule.splitlines()[1]
    node = calico.get("pod", "front", "shop")["spec"]["nodeName"]
    assert dropped in calico.ok(f"ssh {node} iptables-save -t filter").splitlines()
    calico.apply(ALLOW)
    assert matrix(calico).changes(denied) == {}  # the way in is open, the way out of front is not
    calico.apply(EGRESS)
    assert matrix(calico).changes(denied) == {("shop/front", "shop/back:80"): ("timeout", "connected")}
    assert "Resolving timed out" in curl(calico, "shop/front", "back")
    calico.apply(DNS)
    assert curl(calico, "shop/front", "back") == "200"
    assert "Connection timed out" in curl(calico, "shop/front", "desk.office")


def test_a_namespace_and_a_label_in_one_peer_must_both_match(calico):
    calico.apply(DENY.replace("[Ingress, Egress]", "[Ingress]"))
    peer = "{namespaceSelector: {matchLabels: {team: office}}, podSelector: {matchLabels: {app: boss}}}"
    calico.apply(ALLOW.replace("{podSelector: {matchLabels: {app: front}}}", peer))
    assert "Connection timed out" in curl(calico, "office/desk", "back.shop")
    calico.ok("kubectl -n office label pod desk app=boss --overwrite")
    assert curl(calico, "office/desk", "back.shop") == "200"


def test_blocks_of_addresses_with_holes(calico):
    calico.apply(DENY.replace("[Ingress, Egress]", "[Ingress]"))
    ip = calico.get("pod", "desk", "office")["status"]["podIP"]
    block = "{ipBlock: {cidr: 10.244.0.0/16%s}}"
    calico.apply(ALLOW.replace("{podSelector: {matchLabels: {app: front}}}", block % ""))
    assert curl(calico, "office/desk", "back.shop") == "200"
    calico.apply(ALLOW.replace("{podSelector: {matchLabels: {app: front}}}", block % f", except: [{ip}/32]"))
    assert "Connection timed out" in curl(calico, "office/desk", "back.shop")
    assert curl(calico, "shop/front", "back") == "200"


def test_flannel_keeps_policies_and_enforces_none(console):
    furnish(console)
    console.apply(DENY)
    assert curl(console, "office/desk", "front.shop") == "200"
    assert "default-deny   <none>" in console.ok("kubectl -n shop get networkpolicy")


def test_what_a_policy_cannot_say_is_refused(console):
    both = DENY.replace("shop", "default").replace(
        "policyTypes: [Ingress, Egress]",
        "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}, podSelector: {}}]}]",
    )
    console.write("policy.yaml", both)
    said = console.fails("kubectl apply -f policy.yaml")
    assert "must be a strict subset of `cidr`" in said and "may not specify both ipBlock and another peer" in said
    assert console.get("networkpolicy", "default-deny") is None
