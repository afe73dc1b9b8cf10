"""ping, traceroute, wget, nc and ip, GNU's and BusyBox's. Sources: iputils; wget 1.21; busybox 1.37; netcat-openbsd."""

import re

import pytest

from kubelab.cluster.network import WORKSTATION, Place
from kubelab.cluster.sockets import Listener
from tests.network.console import Console
from tests.network.lab import Lab

CLIENT = Place("container", "worker-2", "default", "client", "main")


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.service("web", [lab.web("web", "worker-1")])
    lab.service("empty", [], ip="10.96.7.7")
    lab.pod("client", "worker-2")
    lab.listen(lab.pod("cache", "worker-1"), Listener("main", 6379, speaks="text"))
    return lab


def run(lab: Lab, *argv: str, base: str = "debian", place: Place = CLIENT, **more):
    return Console(lab, place, base).run(*argv, **more)


def test_ping_counts_and_measures(lab):
    result = run(lab, "ping", "-c", "3", "10.244.1.2")
    lines = result.out.splitlines()
    assert lines[0] == "PING 10.244.1.2 (10.244.1.2) 56(84) bytes of data."
    assert re.fullmatch(r"64 bytes from 10\.244\.1\.2: icmp_seq=1 ttl=62 time=[\d.]+ ms", lines[1])
    assert lines[5] == "--- 10.244.1.2 ping statistics ---"
    assert "3 packets transmitted, 3 received, 0% packet loss, time 2000ms" in lines
    assert re.fullmatch(r"rtt min/avg/max/mdev = ([\d.]+/){3}[\d.]+ ms", lines[-1])
    assert (result.code, round(result.seconds)) == (0, 2)


def test_busyboxs_ping_has_its_own_words(lab):
    lines = run(lab, "ping", "-c", "2", "10.244.1.2", base="busybox").out.splitlines()
    assert lines[0] == "PING 10.244.1.2 (10.244.1.2): 56 data bytes"
    assert lines[1].startswith("64 bytes from 10.244.1.2: seq=0 ttl=62 time=")
    assert "2 packets transmitted, 2 packets received, 0% packet loss" in lines


def test_a_cluster_ip_answers_no_ping(lab):
    result = run(lab, "ping", "-c", "2", "-W", "1", "web")
    assert result.code == 1 and "2 packets transmitted, 0 received, 100% packet loss" in result.out


def test_ping_says_that_nobody_is_there(lab):
    assert "Destination Host Unreachable" in run(lab, "ping", "-c", "1", "10.244.1.99").out
    result = run(lab, "ping", "nosuch")
    assert (result.err, result.code) == ("ping: nosuch: Name or service not known\n", 2)
    result = run(lab, "ping", "nosuch", base="busybox")
    assert (result.err, result.code) == ("ping: bad address 'nosuch'\n", 1)


def test_traceroute_shows_bridge_and_overlay(lab):
    lines = run(lab, "traceroute", "10.244.1.2").out.splitlines()
    assert [line.split()[1] for line in lines[1:]] == ["10.244.2.1", "10.244.1.0", "10.244.1.2"]


def test_busyboxs_wget_tells_what_it_saves(lab):
    console = Console(lab, CLIENT, "busybox")
    told = console.run("wget", "web").err
    assert told == (
        "Connecting to web (10.96.5.5:80)\nsaving to 'index.html'\n"
        "\rindex.html           100% |********************************|    29  0:00:00 ETA\n'index.html' saved\n"
    )
    assert console.files.held["/root/index.html"] == "web says hello to 10.244.2.2\n"
    assert run(lab, "wget", "-qO-", "web", base="busybox").out == "web says hello to 10.244.2.2\n"


@pytest.mark.parametrize(
    ("args", "words", "seconds"),
    [
        (["empty"], "can't connect to remote host (10.96.7.7): Connection refused", 0),
        (["nosuch"], "bad address 'nosuch'", 0),
        (["-T", "4", "1.2.3.4"], "download timed out", 4),
        (["10.244.1.99"], "can't connect to remote host (10.244.1.99): No route to host", 3),
    ],
)
def test_busyboxs_wget_says_why_not(lab, args, words, seconds):
    result = run(lab, "wget", "-q", *args, base="busybox")
    assert (result.err, result.code) == (f"wget: {words}\n", 1)
    assert result.seconds == pytest.approx(seconds, abs=0.2)


def test_gnus_wget_tells_more(lab):
    told = run(lab, "wget", "-O-", "web", tty=False)
    assert told.out == "web says hello to 10.244.2.2\n"
    assert told.err.splitlines()[:5] == [
        "--2026-01-01 00:00:00--  http://web/", "Resolving web (web)... 10.96.5.5",
        "Connecting to web (web)|10.96.5.5|:80... connected.", "HTTP request sent, awaiting response... 200 OK",
        "Length: 29",
    ]  # fmt: skip
    assert told.err.endswith("- written to stdout [29/29]\n\n")


def test_gnus_wget_has_a_status_for_each_failure(lab):
    result = run(lab, "wget", "empty")
    assert result.code == 4 and result.err.endswith("failed: Connection refused.\n")
    result = run(lab, "wget", "nosuch")
    assert result.code == 4 and result.err.endswith("wget: unable to resolve host address ‘nosuch’\n")
    result = run(lab, "wget", "-t", "2", "-T", "5", "1.2.3.4")
    assert result.code == 4 and result.err.endswith("failed: Connection timed out.\nGiving up.\n\n")
    assert result.seconds == pytest.approx(11, abs=0.2)


def test_nc_looks_whether_a_port_is_open(lab):
    result = run(lab, "nc", "-zv", "web", "80")
    assert (result.err, result.code) == ("Connection to web (10.96.5.5) 80 port [tcp/http] succeeded!\n", 0)
    result = run(lab, "nc", "-zv", "empty", "80")
    assert (
        result.err == "nc: connect to empty (10.96.7.7) port 80 (tcp) failed: Connection refused\n" and result.code == 1
    )
    result = run(lab, "nc", "-zv", "-w", "2", "1.2.3.4", "80")
    assert result.err == "nc: connect to 1.2.3.4 port 80 (tcp) timed out: Operation now in progress\n"
    assert result.seconds == pytest.approx(2, abs=0.1)


def test_busyboxs_nc_keeps_quiet_about_refusals(lab):
    assert run(lab, "nc", "-zv", "web", "80", base="busybox").err == "web (10.96.5.5:80) open\n"
    refused = run(lab, "nc", "-zv", "empty", "80", base="busybox")
    assert (refused.err, refused.code) == ("", 1)
    assert run(lab, "nc", "-zvv", "empty", "80", base="busybox").err == "nc: empty (10.96.7.7:80): Connection refused\n"
    assert run(lab, "nc", "nosuch", "80", base="busybox").err == "nc: bad address 'nosuch'\n"


def test_nc_carries_text_there_and_back(lab):
    assert run(lab, "nc", "10.244.1.3", "6379", stdin="PING\r\n").out == "+PONG\r\n"
    page = run(lab, "nc", "web", "80", stdin="GET / HTTP/1.0\r\n\r\n").out
    assert page.startswith("HTTP/1.1 200 OK\r\n") and page.endswith("web says hello to 10.244.2.2\n")


def test_ip_shows_a_pods_address_and_routes(lab):
    assert "    inet 10.244.2.2/24 brd 10.244.2.255 scope global eth0\n" in run(lab, "ip", "a").out
    assert run(lab, "ip", "route").out == (
        "default via 10.244.2.1 dev eth0 \n10.244.0.0/16 via 10.244.2.1 dev eth0 \n"
        "10.244.2.0/24 dev eth0 proto kernel scope link src 10.244.2.2 \n"
    )


def test_ip_shows_what_flannel_made_on_a_node(lab):
    node = Place("node", "worker-1")
    routes = run(lab, "ip", "r", place=node).out
    assert "10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink \n" in routes
    assert "10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1 \n" in routes
    assert re.search(r"veth[0-9a-f]{8}@if2\s+UP", run(lab, "ip", "-br", "link", place=node).out)


def test_ip_names_what_it_does_not_know(lab):
    assert run(lab, "ip", "foo").err == 'Object "foo" is unknown, try "ip help".\n'
    assert run(lab, "ip", "addr", "show", "nosuch").err == 'Device "nosuch" does not exist.\n'
    gateway = run(lab, "ip", "route", "add", "1.2.3.4", "via", "1.1.1.1").err  # it is on none of the links
    assert gateway == "Error: Nexthop has invalid gateway.\n"


def test_the_workstation_has_a_wire(lab):
    assert "192.168.100.10/24" in run(lab, "ip", "-br", "addr", base="ubuntu", place=WORKSTATION).out
