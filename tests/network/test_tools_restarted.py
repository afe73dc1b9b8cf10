"""KubeLab may be restarted while a tool waits: it says the same as one that was left alone, and nothing twice."""

import pytest

from kubelab.cluster.network import Place
from tests.network.console import Console
from tests.network.lab import Lab

CLIENT = Place("container", "worker-2", "default", "client", "main")


def lab() -> Lab:
    lab = Lab()
    lab.service("web", [lab.web("web", "worker-1")])
    lab.pod("client", "worker-2")
    return lab


@pytest.mark.parametrize("base", ["debian", "busybox"])
@pytest.mark.parametrize(
    "line",
    [
        "curl -v -m 5 1.2.3.4",
        "curl -v web",
        "curl -sS 10.244.1.99",
        "curl -s --retry 2 nosuch",
        "wget -q -T 4 1.2.3.4",
        "wget -T 4 -t 2 1.2.3.4 web",
        "wget -O- web",
        "nc -zv -w 3 1.2.3.4 80",
        "nslookup web 1.2.3.4",
        "dig web @1.2.3.4",
        "host web",
        "ping -c 3 10.244.1.2",
        "ping -c 2 -W 1 web",
        "ping -c 2 10.244.1.99",
        "traceroute -w 1 -m 3 9.9.9.9",
        "getent hosts web",
    ],
)
def test_a_restart_while_it_waits_changes_nothing(line, base):
    calm = Console(lab(), CLIENT, base).run(*line.split())
    restarted = Console(lab(), CLIENT, base).run(*line.split(), forgetful=True)
    assert restarted == calm
