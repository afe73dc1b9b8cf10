"""nslookup, dig, host and getent. Sources: BIND 9.18; busybox 1.37 networking/nslookup.c; glibc's getent."""

import pytest

from kubelab.cluster.network import Place
from tests.network.console import Console
from tests.network.lab import Lab

CLIENT = Place("container", "worker-2", "default", "client", "main")
FULL = "web.default.svc.cluster.local"


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.service("web", [lab.web("web", "worker-1")])
    lab.pod("client", "worker-2")
    return lab


def run(lab: Lab, *argv: str, base: str = "debian"):
    return Console(lab, CLIENT, base).run(*argv)


def test_nslookup_of_bind_searches(lab):
    answer = f"Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\t{FULL}\nAddress: 10.96.5.5\n\n"
    for name in ("web", "web.default", FULL):
        result = run(lab, "nslookup", name)
        assert (result.out, result.code) == (answer, 0), name


def test_nslookup_of_busybox_asks_every_domain_of_the_search_list(lab):
    result = run(lab, "nslookup", "web", base="busybox")
    missing = (
        "** server can't find web.svc.cluster.local: NXDOMAIN\n\n** server can't find web.cluster.local: NXDOMAIN\n\n"
    )
    head = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n"
    assert result.out == f"{head}Name:\t{FULL}\nAddress: 10.96.5.5\n\n{missing}\n{missing}"
    assert result.code == 1


def test_nslookup_of_busybox_does_not_search_for_a_name_with_a_dot(lab):
    result = run(lab, "nslookup", "web.default", base="busybox")
    assert "** server can't find web.default: NXDOMAIN\n" in result.out and result.code == 1
    assert "Address: 10.96.5.5\n" in run(lab, "nslookup", FULL, base="busybox").out


def test_nslookup_of_a_name_that_nobody_has(lab):
    result = run(lab, "nslookup", "nosuch")
    assert result.out.endswith("** server can't find nosuch: NXDOMAIN\n\n") and result.code == 1


def test_nslookup_finds_names_of_addresses(lab):
    result = run(lab, "nslookup", "10.96.5.5")
    assert result.out == f"5.5.96.10.in-addr.arpa\tname = {FULL}.\n\n"


@pytest.mark.parametrize(("base", "seconds", "words"), [
    ("debian", 15, ";; communications error to 1.2.3.4#53: timed out\n" * 3 + ";; no servers could be reached\n\n"),
    ("busybox", 5, ";; connection timed out; no servers could be reached\n\n"),
])  # fmt: skip
def test_a_name_server_that_is_not_there_is_waited_for(lab, base, seconds, words):
    result = run(lab, "nslookup", "web", "1.2.3.4", base=base)
    assert (result.out, result.code, result.seconds) == (words, 1, seconds)


def test_dig_shows_the_whole_reply(lab):
    lines = run(lab, "dig", FULL).out.splitlines()
    assert lines[1] == f"; <<>> DiG 9.18.41-1~deb12u1-Debian <<>> {FULL}"
    assert lines[4].startswith(";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: ")
    assert lines[5] == ";; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1"
    assert f";{FULL}.\tIN\tA" in lines
    assert f"{FULL}. 30 IN\tA\t10.96.5.5" in lines
    assert ";; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)" in lines


def test_dig_does_not_search_unless_it_is_told_to(lab):
    assert run(lab, "dig", "+short", "web").out == ""
    assert run(lab, "dig", "+short", "+search", "web").out == "10.96.5.5\n"


def test_dig_asks_for_services_ports_and_addresses_names(lab):
    assert run(lab, "dig", "+short", "SRV", FULL).out == f"0 100 80 {FULL}.\n"
    assert run(lab, "dig", "+short", "-x", "10.96.5.5").out == f"{FULL}.\n"


def test_dig_gives_up_with_status_nine(lab):
    result = run(lab, "dig", "@1.2.3.4", "web", "+time=1", "+tries=2")
    assert (result.code, result.seconds) == (9, 2)
    assert result.out.endswith(";; no servers could be reached\n\n")


def test_host_says_it_in_a_sentence(lab):
    assert run(lab, "host", "web").out == f"{FULL} has address 10.96.5.5\n"
    result = run(lab, "host", "nosuch")
    assert (result.out, result.code) == ("Host nosuch not found: 3(NXDOMAIN)\n", 1)


def test_getent_finds_names_as_programs_do(lab):
    assert run(lab, "getent", "hosts", "web").out == f"10.96.5.5       {FULL}\n"
    result = run(lab, "getent", "hosts", "nosuch")
    assert (result.out, result.err, result.code) == ("", "", 2)


def test_without_an_answering_coredns_nothing_is_found(lab):
    lab.open.clear()
    for argv in (["nslookup", FULL], ["dig", FULL], ["host", FULL]):
        assert run(lab, *argv).code != 0
    assert "connection refused" in run(lab, "dig", FULL).out
