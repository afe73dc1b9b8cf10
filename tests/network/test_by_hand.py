"""Rules, routes and links that were changed by hand decide as the kernel's do.

Source: iptables(8), ip-route(8); flannel-io/flannel, Documentation/configuration.md (its FORWARD rules).
"""

from __future__ import annotations

import pytest

from kubelab.cluster.network import Place
from tests.network.console import Console
from tests.network.lab import Lab, trace


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.client = lab.pod("client", "worker-1")
    lab.near = lab.web("near", "worker-1")
    lab.far = lab.web("far", "worker-2")
    return lab


def on(lab, node: str, *argv: str):
    return Console(lab, Place("node", node)).run(*argv)


def reach(lab, target) -> str:
    return lab.network.connect(lab.client, lab.ip(target), 80).outcome


def test_a_rule_at_the_head_of_forward_drops_and_one_at_its_end_comes_after_the_plugins(lab):
    assert on(lab, "worker-1", "iptables", "-A", "FORWARD", "-d", lab.ip(lab.far), "-j", "DROP").code == 0
    assert reach(lab, lab.far) == "connected"  # flannel has accepted it before that
    on(lab, "worker-1", "iptables", "-I", "FORWARD", "-d", lab.ip(lab.far), "-j", "DROP")
    assert reach(lab, lab.far) == "timeout"
    assert reach(lab, lab.near) == "connected"
    on(lab, "worker-1", "iptables", "-D", "FORWARD", "-d", lab.ip(lab.far), "-j", "DROP")
    assert reach(lab, lab.far) == "connected"


def test_reject_answers_at_once_in_the_way_that_it_is_told_to(lab):
    on(lab, "worker-2", "iptables", "-I", "FORWARD", "-p", "tcp", "--dport", "80", "-j", "REJECT")
    assert reach(lab, lab.far) == "refused"
    on(lab, "worker-2", "iptables", "-F", "FORWARD")
    on(lab, "worker-2", "iptables", "-I", "FORWARD", "-p", "tcp", "--dport", "80", "-j", "REJECT",
       "--reject-with", "icmp-host-prohibited")  # fmt: skip
    assert reach(lab, lab.far) == "no-route"


def test_a_chain_of_ones_own_is_called_and_returns(lab):
    for line in ("-N MINE", "-I FORWARD -j MINE", f"-A MINE -s {lab.ip(lab.client)} -j RETURN", "-A MINE -j DROP"):
        assert on(lab, "worker-1", "iptables", *line.split()).code == 0
    assert reach(lab, lab.far) == "connected"
    on(lab, "worker-1", "iptables", "-D", "MINE", "1")
    assert reach(lab, lab.far) == "timeout"
    saved = on(lab, "worker-1", "iptables-save", "-t", "filter").out
    assert ":MINE - [0:0]\n" in saved and "-A MINE -j DROP\n" in saved


def test_dnat_by_hand_comes_before_the_services(lab):
    on(lab, "worker-1", "iptables", "-t", "nat", "-I", "PREROUTING", "-d", "10.9.9.9", "-p", "tcp", "--dport", "8080",
       "-j", "DNAT", "--to-destination", f"{lab.ip(lab.near)}:80")  # fmt: skip
    walk = lab.network.connect(lab.client, "10.9.9.9", 8080)
    assert walk.connected and ("node worker-1", "netfilter", "DNAT") in trace(walk)


def test_an_answer_needs_a_route_back(lab):
    on(lab, "worker-2", "ip", "route", "del", "10.244.1.0/24")
    walk = lab.network.connect(lab.client, lab.ip(lab.far), 80)
    assert walk.outcome == "timeout" and "the answer to" in walk.hops[-1].rule


def test_a_forwarding_entry_that_is_gone_cuts_one_way_off(lab):
    entries = on(lab, "worker-1", "bridge", "fdb", "show", "dev", "flannel.1").out.splitlines()
    mac = next(line.split()[0] for line in entries if "dst 192.168.100.13" in line)
    assert on(lab, "worker-1", "bridge", "fdb", "del", mac, "dev", "flannel.1").code == 0
    assert reach(lab, lab.far) == "timeout"
    assert reach(lab, lab.dns) != "timeout"  # the control plane's is still there


def test_what_cannot_match_in_the_lab_is_refused(lab):
    said = on(lab, "worker-1", "iptables", "-A", "FORWARD", "-i", "cni0", "-j", "DROP")
    assert said.code == 2 and "not simulated in KubeLab" in said.err
    assert "Couldn't load match `geoip'" in on(lab, "worker-1", "iptables", "-A", "INPUT", "-m", "geoip").err
    assert on(lab, "worker-1", "iptables", "-S", "NOPE").err == "iptables: No chain/target/match by that name.\n"


def test_a_machine_that_is_switched_off_forgets_what_was_changed(lab):
    on(lab, "worker-2", "iptables", "-I", "INPUT", "-j", "DROP")
    lab.network.set_power("worker-2", on=False)
    lab.network.set_power("worker-2", on=True)
    assert "INPUT -j DROP" not in on(lab, "worker-2", "iptables-save").out
