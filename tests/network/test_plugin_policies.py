"""Calico's and Cilium's own kinds: what an installation shows, and policies that act as the plug-ins' agents have them.

Source: docs.tigera.io/calico (network-policy/get-started/calico-policy, reference/resources); docs.cilium.io
(security/policy/language, network/kubernetes/policy).
"""

from __future__ import annotations

import pytest

from kubelab.cluster.network.calico_selectors import compiled
from tests.console import Console

POD = """
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
spec: {{containers: [{{name: web, image: nginx, ports: [{{name: http, containerPort: 80}}]}}]}}
"""


class Shop:
    """Pods front and back in the namespace shop, desk in office."""

    def __init__(self, preset: str) -> None:
        self.console = Console(preset=preset)
        for name in ("shop", "office"):
            self.console.ok(f"kubectl create namespace {name}")
        self.console.ok("kubectl label namespace office team=office")
        self.console.advance(2)
        for name in ("front", "back"):
            self.console.apply(POD.format(name=name, namespace="shop"))
        self.console.apply(POD.format(name="desk", namespace="office"))
        self.console.advance(30)

    def apply(self, text: str) -> str:
        self.console.write("policy.yaml", text)
        result = self.console.run("kubectl apply -f policy.yaml")
        assert result.exit == 0, result.stderr
        return result.stderr

    def ip(self, name: str) -> str:
        namespace = "office" if name == "desk" else "shop"
        return self.console.ok(f"kubectl -n {namespace} get pod {name} -o jsonpath={{.status.podIP}}")

    def asks(self, name: str, where: str, more: str = "") -> bool:
        """Tells whether a Pod reaches another one's web server, or an address."""
        namespace = "office" if name == "desk" else "shop"
        target = self.ip(where) if where in ("front", "back", "desk") else where
        line = f"kubectl -n {namespace} exec {name} -- curl -sS -m 2 -o /dev/null {more} {target}"
        return self.console.run(line).exit == 0


@pytest.fixture
def calico() -> Shop:
    return Shop("three-nodes-calico")


@pytest.fixture
def cilium() -> Shop:
    return Shop("three-nodes-cilium")


NETWORK_POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: apart}
spec: {podSelector: {}}
"""
CALICO_DENY = """
apiVersion: crd.projectcalico.org/v1
kind: GlobalNetworkPolicy
metadata: {name: default-deny}
spec:
  namespaceSelector: projectcalico.org/name not in {"kube-system"}
  types: [Ingress, Egress]
  egress:
  - action: Allow
    protocol: UDP
    destination: {selector: 'k8s-app == "kube-dns"', ports: [53]}
"""
CALICO_ALLOW = """
apiVersion: crd.projectcalico.org/v1
kind: NetworkPolicy
metadata: {name: allow-front, namespace: shop}
spec:
  order: 100
  selector: app == 'back'
  ingress:
  - action: Allow
    protocol: TCP
    source: {selector: app == 'front'}
    destination: {ports: [http]}
---
apiVersion: crd.projectcalico.org/v1
kind: GlobalNetworkPolicy
metadata: {name: front-out}
spec:
  order: 100
  selector: app in {'front', 'desk'}
  egress:
  - action: Deny
    destination: {nets: [8.8.8.8/32]}
  - {action: Log}
  - {action: Allow}
"""


def test_a_new_installation_of_calico_shows_its_pool_settings_and_tiers(calico):
    console = calico.console
    assert console.ok("kubectl get ippools").splitlines()[1].startswith("default-ipv4-ippool ")
    pool = "kubectl get ippool default-ipv4-ippool -o jsonpath='{.spec.cidr} {.spec.ipipMode} {.spec.blockSize}'"
    assert console.ok(pool) == "10.244.0.0/16 Always 26"
    version = "kubectl get clusterinformation default -o jsonpath={.spec.calicoVersion}"
    assert console.ok(version) == "v3.31.2"
    assert "felixconfiguration.crd.projectcalico.org/default" in console.ok("kubectl get felixconfigurations -o name")
    names = console.ok("kubectl get tiers -o name").split()
    assert names[-1] == "tier.crd.projectcalico.org/default" and len(names) == 3
    told = console.run('kubectl patch ippool default-ipv4-ippool --type merge -p \'{"spec":{"ipipMode":"Never"}}\'')
    assert "ippools.crd.projectcalico.org are not simulated yet" in told.stderr
    console.ok("kubectl create -f -", NETWORK_POLICY)
    assert "apart" in console.ok("kubectl get networkpolicies")  # the name still means Kubernetes' own kind


def test_calicos_policies_act_by_order_and_action(calico):
    assert calico.asks("front", "back") and calico.asks("desk", "back")
    calico.apply(CALICO_DENY)
    assert not calico.asks("front", "back") and not calico.asks("desk", "back")
    lookup = "kubectl -n shop exec front -- getent hosts kubernetes.default.svc.cluster.local"
    assert "10.96.0.1" in calico.console.ok(lookup)
    calico.apply(CALICO_ALLOW)
    assert calico.asks("front", "back")
    assert not calico.asks("desk", "back")  # the rule's selector means Pods of the policy's namespace
    assert not calico.asks("front", "8.8.8.8:443") and calico.asks("front", "142.250.185.68")


def test_an_explicit_deny_before_kubernetes_own_policies_wins(calico):
    calico.apply(
        """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: shop}
spec: {podSelector: {}, ingress: [{}]}
"""
    )
    assert calico.asks("desk", "back")
    deny = """
apiVersion: crd.projectcalico.org/v1
kind: GlobalNetworkPolicy
metadata: {name: no-office}
spec:
  order: %s
  selector: app == 'back'
  ingress:
  - {action: Deny, source: {namespaceSelector: team == 'office'}}
  - {action: Pass}
"""
    calico.apply(deny % 2000)  # Kubernetes' ones have order 1000
    assert calico.asks("desk", "back")
    calico.apply(deny % 10)
    assert not calico.asks("desk", "back")
    assert calico.asks("front", "back")  # passed on to the next tier, and at last to the profile


def test_tiers_are_asked_in_their_order_and_network_sets_stand_for_addresses(calico):
    calico.apply(
        """
apiVersion: crd.projectcalico.org/v1
kind: Tier
metadata: {name: security}
spec: {order: 100}
---
apiVersion: crd.projectcalico.org/v1
kind: GlobalNetworkSet
metadata: {name: resolvers, labels: {role: resolver}}
spec: {nets: [8.8.8.8/32]}
---
apiVersion: crd.projectcalico.org/v1
kind: GlobalNetworkPolicy
metadata: {name: security.no-resolvers}
spec:
  tier: security
  selector: all()
  types: [Egress]
  egress:
  - {action: Deny, destination: {selector: role == 'resolver'}}
  - {action: Pass}
"""
    )
    assert not calico.asks("front", "8.8.8.8:443")
    assert calico.asks("front", "142.250.185.68") and calico.asks("front", "back")
    written = calico.console.ok("ssh worker-1 sudo iptables-save -t filter")
    assert "Start of tier security" in written and "Policy security.no-resolvers egress" in written


def test_the_rules_of_calicos_policies_are_listed_and_the_one_that_drops_is_named(calico):
    calico.apply(CALICO_DENY + "---" + CALICO_ALLOW)
    node = calico.console.ok("kubectl -n shop get pod back -o jsonpath={.spec.nodeName}")
    written = calico.console.ok(f"ssh {node} sudo iptables-save -t filter")
    assert 'Policy shop/allow-front ingress" -m set --match-set cali40s:' in written
    assert "End of tier default. Drop if no policies passed packet" in written
    walk = calico.console.cluster.network
    sender = walk.attachments.by_name["office", "desk"]
    assert sender.ip == calico.ip("desk")
    node = calico.console.ok("kubectl -n shop get pod front -o jsonpath={.spec.nodeName}")
    written = calico.console.ok(f"ssh {node} sudo iptables-save -t filter")
    assert 'Policy front-out egress" -d 8.8.8.8/32 -j MARK --set-xmark 0x40000/0x40000' in written


def test_what_calico_would_refuse_or_ignore_is_told(calico):
    calico.console.write("bad.yaml", CALICO_DENY.replace("namespaceSelector", "namespaceSelectors"))
    assert 'unknown field "spec.namespaceSelectors"' in calico.console.fails("kubectl apply -f bad.yaml")
    calico.console.write("bad.yaml", CALICO_DENY.replace("Allow", "Permit"))
    assert 'Unsupported value: "Permit"' in calico.console.fails("kubectl apply -f bad.yaml")
    told = calico.apply(CALICO_DENY.replace("  types:", "  preDNAT: true\n  types:"))
    assert 'does not simulate "preDNAT" in globalnetworkpolicies.crd.projectcalico.org' in told


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("", True),
        ("all()", True),
        ("app == 'web'", True),
        ('app != "web"', False),
        ("tier != 'x'", True),
        ("has(app) && !has(tier)", True),
        ("app in {'api', 'web'}", True),
        ("app not in {'api', 'web'}", False),
        ("tier not in {'x'}", True),
        ("app starts with 'w' && app ends with 'b' || tier == 'x'", True),
        ("app contains 'z'", False),
        ("!(app == 'web' || tier == 'x')", False),
        ("app = 'web'", False),  # nobody can read it
    ],
)
def test_selectors_are_read_as_calicos_parser_reads_them(selector, expected):
    assert compiled(selector)({"app": "web"}) is expected


CILIUM = """
apiVersion: cilium.io/v2
kind: %s
metadata: {name: %s}
spec:
"""


def policy(name: str, spec: str, kind: str = "CiliumNetworkPolicy") -> str:
    text = CILIUM % (kind, name) + spec
    return text if kind != "CiliumNetworkPolicy" else text.replace(f"name: {name}", f"name: {name}, namespace: shop")


def test_ciliums_nodes_endpoints_and_identities_can_be_read(cilium):
    console = cilium.console
    nodes = console.ok("kubectl get cn").splitlines()
    assert nodes[0].split() == ["NAME", "CILIUMINTERNALIP", "INTERNALIP", "AGE"]
    assert nodes[2].split()[:3] == ["worker-1", "10.244.1.1", "192.168.100.12"]
    rows = console.ok("kubectl -n shop get cep").splitlines()
    assert rows[0].split("  ")[0] == "NAME" and "SECURITY IDENTITY" in rows[0]
    name, identity, state, ip = rows[1].split()
    assert (name, state, ip) == ("back", "ready", cilium.ip("back"))
    assert console.ok(f"kubectl get ciliumid {identity} -o jsonpath='{{.security-labels.k8s:app}}'") == "back"
    console.ok("kubectl -n shop delete pod back --now")
    console.advance(5)
    assert "back" not in console.ok("kubectl -n shop get cep")


def test_ciliums_policies_isolate_and_allow_by_endpoints_and_ports(cilium):
    cilium.apply(policy("isolated", "  endpointSelector: {matchLabels: {app: back}}\n  ingress:\n  - {}\n"))
    cilium.console.advance(2)
    assert not cilium.asks("front", "back")
    assert cilium.console.ok("kubectl -n shop get cnp").splitlines()[1].split()[::2] == ["isolated", "True"]
    peers = """
  endpointSelector: {matchLabels: {app: back}}
  ingress:
  - fromEndpoints: [%s]
    toPorts: [{ports: [{port: "%s", protocol: TCP}]}]
"""
    cilium.apply(policy("open", peers % ("{matchLabels: {app: front}}", 8080)))
    assert not cilium.asks("front", "back")
    cilium.apply(policy("open", peers % ("{matchLabels: {app: front}}", 80)))
    assert cilium.asks("front", "back") and not cilium.asks("desk", "back")
    cilium.apply(policy("open", peers % ("{matchLabels: {app: desk}}", "http")))
    assert not cilium.asks("desk", "back")  # a selector means the policy's own namespace
    cilium.apply(policy("open", peers % ('{matchLabels: {"k8s:io.kubernetes.pod.namespace": office}}', "http")))
    assert cilium.asks("desk", "back") and not cilium.asks("front", "back")


def test_ciliums_deny_rules_win_and_entities_cidrs_and_names_mean_the_world(cilium):
    egress = "  endpointSelector: {matchLabels: {app: front}}\n  egress:\n"
    names = "  - {toEntities: [cluster]}\n  - {toFQDNs: [{matchPattern: '*.google.com'}]}\n"
    cilium.apply(policy("out", egress + names))
    assert cilium.asks("front", "back") and cilium.asks("front", "www.google.com")
    assert not cilium.asks("front", "example.com")
    cilium.apply(policy("out", egress + "  - {toCIDR: [0.0.0.0/0]}\n"))
    assert cilium.asks("front", "8.8.8.8:443") and not cilium.asks("front", "back")  # no CIDR means a Pod
    cilium.apply(policy("out", egress + "  - {toEntities: [all]}\n"))
    assert cilium.asks("front", "back")
    refused = "  endpointSelector: {}\n  ingressDeny:\n  - {fromEndpoints: [{matchLabels: {app: front}}]}\n"
    cilium.apply(policy("no-front", refused, "CiliumClusterwideNetworkPolicy"))
    assert not cilium.asks("front", "back")


def test_an_ip_block_of_a_network_policy_means_no_pod_where_cilium_enforces_it(cilium):
    cilium.apply(
        """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}
"""
    )
    assert cilium.asks("front", "8.8.8.8:443") and not cilium.asks("front", "back")


def test_rules_above_tcp_are_said_to_have_no_effect(cilium):
    spec = """
  endpointSelector: {matchLabels: {app: back}}
  ingress:
  - toPorts: [{ports: [{port: "80"}], rules: {http: [{method: GET, path: /public}]}}]
"""
    assert 'does not simulate "http" in ciliumnetworkpolicies.cilium.io' in cilium.apply(policy("l7", spec))
    cilium.console.advance(2)
    node = policy("nodes", "  nodeSelector: {}\n  endpointSelector: {}\n", "CiliumClusterwideNetworkPolicy")
    cilium.apply(node)
    cilium.console.advance(2)
    assert cilium.console.ok("kubectl get ccnp").splitlines()[1].split() == ["nodes", "False"]
