"""What passed is counted: on interfaces, at rules, at ipvs' servers.

Source: ip-link(8) -s, iptables(8) -v -x -Z, iptables-save(8) -c, ipvsadm(8) --stats.
"""

from __future__ import annotations

import re

from kubelab.cluster.network import WORKSTATION, counters
from kubelab.cluster.network.iptables import tables_of
from kubelab.cluster.network.network import Network
from kubelab.cluster.network.stacks import of_node, of_pod
from tests.network.lab import Lab
from tests.topics.networking import CODE, box, node_of, service, shop
from tests.topics.test_kube_proxy import switch


def lab_with_web() -> Lab:
    lab = Lab()
    lab.service("web", [lab.web("a", "worker-1"), lab.web("b", "worker-2")], ports=[{"port": 80, "nodePort": 30080}])
    return lab


def test_every_counted_rule_is_one_that_is_listed():
    lab = lab_with_web()
    client = lab.pod("client", "worker-1")
    for source, host, port in (
        (client, "10.96.5.5", 80),
        (WORKSTATION, "192.168.100.12", 30080),
        (client, "8.8.8.8", 53),
    ):
        for _ in range(4):
            lab.network.connect(source, host, port)
    for node in ("worker-1", "worker-2"):
        listed = {f"-A {name} {rule}" for table in tables_of(lab.network, of_node(node), node).values()
                  for name, chain in table.items() for rule in chain.rules}  # fmt: skip
        counted = lab.network.counters.rules(of_node(node))
        assert counted and {rule for rule in counted if rule.startswith("-A ")} <= listed


def test_connections_to_a_service_are_counted_once_by_its_chain_and_once_by_an_endpoints():
    lab = lab_with_web()
    client = lab.pod("client", "worker-1")
    for _ in range(10):
        lab.network.connect(client, "10.96.5.5", 80)
    counted = lab.network.counters.rules(of_node("worker-1"))
    entrance = next(sums for rule, sums in counted.items() if "web cluster IP" in rule and "KUBE-SVC" in rule)
    endpoints = [sums[0] for rule, sums in counted.items() if "-j DNAT --to-destination 10.244." in rule]
    assert entrance == [10, 600] and sum(endpoints) == 10 and len(endpoints) == 2


def test_what_one_end_sends_the_other_receives():
    lab = lab_with_web()
    client, target = lab.pod("client", "worker-1"), lab.pod("plain", "worker-2")
    for _ in range(3):
        lab.network.connect(client, lab.ip(target), 0, "ICMP")
    uids = {name: lab.network.attachments.by_name["default", name].uid for name in ("client", "plain")}
    sent, received = (lab.network.counters.links(of_pod(uids[name]))["eth0"] for name in ("client", "plain"))
    assert sent == [3, 294, 3, 294] == received  # 84 bytes and a frame's 14, each way
    tunnel, wire = (lab.network.counters.links(of_node("worker-1"))[name] for name in ("flannel.1", "eth0"))
    assert tunnel == [3, 294, 3, 294] and wire == [3, 402, 3, 402]  # VXLAN takes 50 bytes more


def test_totals_stay_when_ways_are_folded_and_when_the_network_is_loaded_again(monkeypatch):
    monkeypatch.setattr(counters, "MOST", 3)
    lab = lab_with_web()
    clients = [lab.pod(f"client-{number}", "worker-1") for number in range(6)]
    for client in clients * 2:
        lab.network.connect(client, lab.ip(clients[0]), 0, "ICMP")  # bridged: the bridge itself counts nothing
        lab.network.connect(client, lab.ip(lab.dns), 0, "ICMP")
    links = lab.network.counters.links(of_node("worker-1"))
    assert links["cni0"][0] == links["flannel.1"][2] == 12
    again = Network(lab.cluster)
    again.start()
    assert again.counters.links(of_node("worker-1")) == links


def test_who_looks_without_being_noticed_counts_nothing():
    lab = lab_with_web()
    client = lab.pod("client", "worker-1")
    with lab.network.unnoticed():
        lab.network.connect(client, "10.96.5.5", 80)
    assert lab.network.counters.rules(of_node("worker-1")) == {}


def test_the_tools_show_them_and_set_them_to_zero(console):
    shop(console)
    node, ip = node_of(console, "box"), service(console)["spec"]["clusterIP"]
    for _ in range(3):
        assert box(console, f"curl {CODE} {ip}") == "200"
    seen = console.ok(f"ssh {node} iptables -t nat -L KUBE-SERVICES -n -v")
    assert re.search(rf"^    3   180 KUBE-SVC-\w+ 6    --  \*      \*       0.0.0.0/0            {ip} ", seen, re.M)
    saved = console.ok(f"ssh {node} iptables-save -c -t nat")
    assert f"[3:180] -A KUBE-SERVICES -d {ip}/32" in saved
    assert "[0:0] -A KUBE-SERVICES -d 10.96.0.1/32" in saved
    told = box(console, "ip -s link show eth0").splitlines()
    assert told[2] == "    RX:  bytes packets errors dropped  missed   mcast           "
    assert int(told[3].split()[1]) > 6 and told[4].startswith("    TX:  bytes packets errors dropped carrier collsns")
    console.ok(f"ssh {node} iptables -t nat -Z KUBE-SERVICES")
    assert f"[0:0] -A KUBE-SERVICES -d {ip}/32" in console.ok(f"ssh {node} iptables-save -c -t nat")


def test_a_rule_by_hand_counts_each_packet_that_it_drops(console):
    shop(console)
    node, ip = node_of(console, "box"), service(console)["spec"]["clusterIP"]
    console.ok(f"ssh {node} iptables -I FORWARD -p tcp --dport 80 -j DROP")
    assert "Connection timed out" in box(console, f"curl -sS -m 4 {ip}")
    first = console.ok(f"ssh {node} iptables -L FORWARD -nv --line-numbers").splitlines()[2]
    assert first.split()[:4] == ["1", "3", "180", "DROP"]  # the SYN, and again after one and three seconds
    assert "-c 3 180 -j DROP" in console.ok(f"ssh {node} iptables -vS FORWARD")


def test_ipvs_counts_at_its_servers(console):
    shop(console)
    switch(console, "ipvs")
    node, ip = node_of(console, "box"), service(console)["spec"]["clusterIP"]
    for _ in range(4):
        assert box(console, f"curl {CODE} {ip}") == "200"
    stats = console.ok(f"ssh {node} ipvsadm -Ln --stats -t {ip}:80").splitlines()
    assert stats[0].split() == ["Prot", "LocalAddress:Port", "Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"]
    assert stats[2].split()[1:3] == [f"{ip}:80", "4"] and [line.split()[2] for line in stats[3:]] == ["2", "2"]
    assert f"{ip}:80" in console.ok(f"ssh {node} ipvsadm -Lcn") and "TIME_WAIT" in console.ok(
        f"ssh {node} ipvsadm -lnc"
    )
