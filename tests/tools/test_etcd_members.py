"""Members of etcd come and go: etcdctl member, move-leader, and what a member does that was removed.

Source: etcd.io, docs/v3.6/op-guide/runtime-configuration; etcd, server/etcdserver/server.go (strict reconfiguration).
"""

import json

import pytest

from tests.console import Console

PKI = "/etc/kubernetes/pki/etcd"
KEYS = f"--cacert={PKI}/ca.crt --cert={PKI}/server.crt --key={PKI}/server.key"


@pytest.fixture
def console():
    return Console("three-control-planes")


def etcdctl(console, command):
    return console.run(f"ssh control-plane-1 etcdctl --endpoints=https://127.0.0.1:2379 {KEYS} {command}")


def members(console):
    found = json.loads(etcdctl(console, "member list -w json").stdout)["members"]
    return {each.get("name", ""): f"{each['ID']:016x}" for each in found}


def test_a_removed_member_ends_and_cannot_come_back(console):
    last = members(console)["control-plane-3"]
    assert etcdctl(console, f"member remove {last}").stdout.startswith(f"Member {last} removed from cluster ")
    assert sorted(members(console)) == ["control-plane-1", "control-plane-2"]
    console.advance(60)
    log = console.ok("kubectl -n kube-system logs etcd-control-plane-3 --tail=1")
    assert "the member has been permanently removed from the cluster" in log
    assert sorted(members(console)) == ["control-plane-1", "control-plane-2"]


def test_a_member_that_was_added_counts_before_it_is_started(console):
    said = etcdctl(console, "member add cp-4 --peer-urls=https://192.168.100.14:2380").stdout
    assert 'ETCD_NAME="cp-4"' in said and "cp-4=https://192.168.100.14:2380" in said
    assert ", unstarted, , https://192.168.100.14:2380, , false" in etcdctl(console, "member list").stdout
    again = etcdctl(console, "member add cp-5 --peer-urls=https://192.168.100.14:2380")
    assert "etcdserver: Peer URLs already exists" in again.stderr
    console.ok("ssh control-plane-3 sudo mv /etc/kubernetes/manifests/etcd.yaml /root")
    console.advance(20)
    assert "context deadline exceeded" in etcdctl(console, "endpoint health").stderr  # two of four are no majority


def test_the_lead_is_handed_over_by_who_has_it(console):
    known = members(console)
    said = etcdctl(console, f"move-leader {known['control-plane-2']}").stdout
    assert said == f"Leadership transferred from {known['control-plane-1']} to {known['control-plane-2']}\n"
    rows = etcdctl(console, "endpoint status --cluster").stdout.splitlines()
    assert [", true, false, 3," in row for row in rows] == [False, True, False]
    refused = etcdctl(console, f"move-leader {known['control-plane-3']}")
    assert refused.stderr == "Error: no leader endpoint given at [https://127.0.0.1:2379]\n"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("member remove", "Error: member ID is not provided"),
        ("member remove first", 'bad member ID arg (strconv.ParseUint: parsing "first": invalid syntax)'),
        ("member remove 1", "Error: etcdserver: member not found"),
        ("member add", "Error: member name not provided"),
        ("member add cp-4", "Error: member peer urls not provided"),
        ("lease grant 60", "KubeLab does not simulate etcdctl lease grant"),
        ("members", 'unknown command "members" for "etcdctl"'),
    ],
)
def test_what_is_wrong_is_told(console, command, why):
    said = etcdctl(console, command)
    assert said.exit != 0 and why in said.stderr


def test_a_second_member_is_not_lost_while_one_is_awaited(console):
    known = members(console)
    etcdctl(console, f"member remove {known['control-plane-3']}")
    etcdctl(console, "member add cp-4 --peer-urls=https://192.168.100.14:2380")
    said = etcdctl(console, f"member remove {known['control-plane-2']}")
    assert "re-configuration failed due to not enough started members" in said.stderr
