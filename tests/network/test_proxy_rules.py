"""The rules that decide about a packet are those that the node's tools list, in each of kube-proxy's modes.

Source: pkg/proxy/{iptables,ipvs,nftables}/proxier.go and their tests; kubernetes.io, reference/networking/virtual-ips.
"""

from __future__ import annotations

import pytest

from kubelab.cluster.network import WORKSTATION, Place, virtual_servers
from kubelab.cluster.network.iptables import tables_of
from kubelab.cluster.network.nftables import ruleset
from kubelab.cluster.network.stacks import of_node
from tests.network.lab import Lab

BALANCED = {"loadBalancer": {"ingress": [{"ip": "192.168.100.240"}]}}
NODES = ("control-plane", "worker-1", "worker-2")
POLICIES = {
    "cluster": {},
    "local": {"externalTrafficPolicy": "Local", "healthCheckNodePort": 31000},
    "ranges": {"loadBalancerSourceRanges": ["192.168.100.0/24", "10.0.0.0/8"]},
    "affinity": {"sessionAffinity": "ClientIP"},
    "inside": {"internalTrafficPolicy": "Local"},
}


def shop(mode: str, policy: str, version: str = "1.36") -> Lab:
    """Two web servers, on two of three nodes, behind a Service that is reached in every way."""
    lab = Lab()
    lab.cluster.version = version
    pods = [lab.web("a", "worker-1"), lab.web("b", "worker-2")]
    spec = {"type": "LoadBalancer", "externalIPs": ["203.0.113.10"], **POLICIES[policy]}
    lab.service("web", pods, ports=[{"port": 80, "nodePort": 30080}], **spec)
    service = lab.store.get("/registry/services/specs/default/web")
    lab.put("Service", {**service, "status": BALANCED})
    for node in NODES:
        lab.network.rules.forget(node)
        lab.network.rules.proxy_started(node, mode)
    lab.network.announce("192.168.100.240", "worker-1")
    return lab


def listed(lab: Lab, node: str, mode: str) -> set[str]:
    """All that iptables-save, or nft, lists on a node."""
    if mode == "nftables":
        return {line.strip() for line in ruleset(lab.network, node).splitlines()}
    tables = tables_of(lab.network, of_node(node), node)
    return {f"-A {name} {rule}" for table in tables.values() for name, chain in table.items() for rule in chain.rules}


def walks(lab: Lab):
    """A connection from everywhere to every address of the Service."""
    sources = [lab.pod("client", "worker-2"), Place("node", "worker-1"), Place("node", "control-plane"), WORKSTATION]
    goals = [("10.96.5.5", 80), ("203.0.113.10", 80), ("192.168.100.240", 80), ("192.168.100.11", 30080),
             ("192.168.100.12", 30080)]  # fmt: skip
    for source in sources:
        for address, port in goals:
            if source == WORKSTATION and address in ("10.96.5.5", "203.0.113.10"):
                continue  # no route leads there
            yield source, address, lab.network.connect(source, address, port)


def deciding(walk, node: str) -> list[str]:
    return [line for hop in walk.hops if hop.component == "kube-proxy" and hop.place == f"node {node}"
            for line in hop.rule.splitlines()]  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_each_rule_that_decides_is_listed(mode, policy):
    lab = shop(mode, policy)
    rules = {node: listed(lab, node, mode) for node in NODES}
    seen = 0
    for source, address, walk in walks(lab):
        for node in NODES:
            for line in deciding(walk, node):
                seen += 1
                if line.startswith("@"):  # an element of a map: "@service-ips { key : verdict }"
                    key = line.partition("{ ")[2].removesuffix(" }").partition(" : ")
                    assert any(key[0] in each and each.rstrip(",}").strip().endswith(key[2]) for each in rules[node]), (
                        source, address, line)  # fmt: skip
                else:
                    assert line in rules[node], (source, address, line)
    assert seen > 20


@pytest.mark.parametrize("version", ["1.35", "1.36", "1.37"])
def test_nftables_mode_has_chains_of_endpoints_until_1_35_and_maps_afterwards(version):
    lab = shop("nftables", "cluster", version)
    text = ruleset(lab.network, "worker-1")
    old = version == "1.35"
    assert ("chain mark-for-masquerade" in text) is old and ("set hairpin-connections" in text) is not old
    assert ("chain endpoint-" in text) is old
    choice = "meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.1.2 . 80, 1 : 10.244.2.2 . 80 }"
    assert (choice in text) is not old
    single = "meta l4proto udp dnat to 10.244.0.2:53"
    assert (single in text) is (version != "1.36")


def test_source_ranges_stand_in_a_firewall_of_their_own():
    lab = shop("iptables", "ranges")
    rules = listed(lab, "worker-1", "iptables")
    allowed = [rule for rule in rules if rule.startswith("-A KUBE-FW-") and " -s " in rule]
    assert len(allowed) == 3  # the two ranges, and the balancer's own address, since the node lies in one
    assert any(rule.startswith("-A KUBE-PROXY-FIREWALL -d 192.168.100.240/32") for rule in rules)
    lab = shop("nftables", "ranges")
    text = ruleset(lab.network, "worker-1")
    assert "ip saddr != { 192.168.100.0/24, 10.0.0.0/8, 192.168.100.240 } drop" in text
    assert "192.168.100.240 . tcp . 80 : goto firewall-" in text


def test_who_is_not_in_the_source_ranges_is_dropped_at_the_balancers_address_only():
    for mode in ("iptables", "nftables", "ipvs"):
        lab = shop(mode, "cluster")
        service = lab.store.get("/registry/services/specs/default/web")
        lab.put("Service", {**service, "spec": {**service["spec"], "loadBalancerSourceRanges": ["172.16.0.0/12"]}})
        walk = lab.network.connect(WORKSTATION, "192.168.100.240", 80)
        assert walk.outcome == "timeout" and walk.hops[-1].verdict == "DROP", mode
        assert lab.network.connect(WORKSTATION, "192.168.100.12", 30080).connected


def test_the_health_checks_port_is_let_in():
    lab = shop("iptables", "local")
    assert any("health check node port" in rule and "--dport 31000 -j ACCEPT" in rule
               for rule in listed(lab, "worker-1", "iptables"))  # fmt: skip


def test_without_endpoints_here_the_local_policy_drops_what_comes_from_outside_and_serves_pods():
    lab = shop("iptables", "local")
    outside = lab.network.connect(WORKSTATION, "192.168.100.11", 30080)
    assert outside.outcome == "timeout" and outside.hops[-1].verdict == "DROP"
    near = lab.pod("near", "control-plane")
    assert lab.network.connect(near, "192.168.100.11", 30080).connected
    rules = listed(lab, "control-plane", "iptables")
    assert not any(rule.startswith("-A KUBE-EXT-") and "KUBE-SVL-" in rule for rule in rules)
    assert not any(rule.startswith("-A KUBE-SVL-") for rule in rules)


def test_an_internal_local_policy_has_no_way_to_the_cluster_ip_where_no_endpoint_is():
    lab = shop("iptables", "inside")
    rules = listed(lab, "control-plane", "iptables")
    assert not any("web cluster IP" in rule and "KUBE-SERVICES" in rule and "-j KUBE-SV" in rule for rule in rules)
    assert any('"default/web has no local endpoints"' in rule and rule.endswith("-j DROP") for rule in rules)


def test_ipvs_mode_serves_all_endpoints_where_the_local_policy_finds_none():
    lab = shop("ipvs", "local")
    servers = virtual_servers.virtual_servers(lab.network, "control-plane")
    assert {len(server.endpoints) for server in servers if server.port.name == "default/web"} == {2}
    outside = lab.network.connect(WORKSTATION, "192.168.100.11", 30080)
    assert outside.outcome == "timeout" and "the Pod answers past this node" in outside.hops[-1].rule
    assert lab.network.connect(lab.pod("near", "control-plane"), "192.168.100.11", 30080).connected


def test_ipvs_mode_refuses_pings_and_other_ports_at_services_addresses():
    lab = shop("ipvs", "cluster")
    client = lab.pod("client", "worker-2")
    for port, protocol in ((81, "TCP"), (0, "ICMP")):
        walk = lab.network.connect(client, "10.96.5.5", port, protocol)
        assert walk.outcome == "refused" and "KUBE-IPVS-FILTER" in walk.hops[-1].rule
    assert walk.hops[-1].rule in listed(lab, "worker-2", "ipvs")


def test_ipvs_modes_sets_say_what_its_rules_match():
    lab = shop("ipvs", "local")
    sets = virtual_servers.sets(lab.network, "worker-1")
    assert sets["KUBE-CLUSTER-IP"][0] == "10.96.5.5,tcp:80" and sets["KUBE-EXTERNAL-IP"] == []
    assert sets["KUBE-LOAD-BALANCER-LOCAL"] == ["192.168.100.240,tcp:80"] == sets["KUBE-LOAD-BALANCER"]
    assert sets["KUBE-NODE-PORT-LOCAL-TCP"] == ["30080"] and sets["KUBE-HEALTH-CHECK-NODE-PORT"] == ["31000"]
    assert sets["KUBE-LOOP-BACK"] == ["10.244.1.2,tcp:80,10.244.1.2"]
    rules = listed(lab, "worker-1", "ipvs")
    assert ('-A KUBE-SERVICES ! -s 10.244.0.0/16 -m comment --comment "Kubernetes service cluster ip + port for '
            'masquerade purpose" -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ') in rules  # fmt: skip


def test_a_hosts_port_stands_in_the_chains_of_portmap():
    lab = Lab()
    ports = [{"containerPort": 80, "hostPort": 8080, "protocol": "TCP"}]
    lab.web("a", "worker-1", containers=[{"name": "main", "ports": ports}])
    walk = lab.network.connect(WORKSTATION, "192.168.100.12", 8080)
    assert walk.connected
    rules = listed(lab, "worker-1", "iptables")
    assert all(hop.rule in rules for hop in walk.hops if hop.component == "portmap")
    assert "-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT" in rules
    assert "CNI-HOSTPORT" not in "".join(listed(lab, "worker-2", "iptables"))


def test_a_mark_that_was_deleted_masquerades_no_more():
    lab = shop("iptables", "cluster")
    rule = next(each for each in listed(lab, "worker-1", "iptables") if "masquerade traffic for" in each)
    gone = {"nat": {rule.split()[1]: {"gone": [rule]}}}
    lab.network.stacks.change(of_node("worker-1"), firewall=gone)
    clients = {lab.network.connect(WORKSTATION, "192.168.100.12", 30080).client for _ in range(8)}
    assert "192.168.100.10" in clients
