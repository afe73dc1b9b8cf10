"""Pods on their node's network: address, ports, names.

Source: kubernetes.io, concepts/services-networking/dns-pod-service (Pod's DNS Policy); pkg/kubelet/network/dns.
"""

from __future__ import annotations

import pytest

from tests.console import Console


def run(console: Console, name: str = "host", **spec: object) -> None:
    container = {"name": "app", "image": "nginx", "ports": [{"containerPort": 80}]}
    pod = {"hostNetwork": True, "containers": [container], **spec}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": pod})
    console.advance(10)


def test_it_has_its_nodes_address_and_name_and_takes_the_port_there() -> None:
    console = Console()
    run(console, nodeName="worker-1")
    assert (
        console.ok("kubectl get pod host -o jsonpath='{.status.podIP} {.status.hostIP}'").split()
        == ["192.168.100.12"] * 2
    )
    assert console.ok("kubectl get pod host -o jsonpath='{.spec.containers[0].ports[0].hostPort}'") == "80"
    assert console.ok("kubectl exec host -- hostname") == "worker-1\n"
    assert "Welcome to nginx" in console.ok("ssh worker-2 curl -s http://192.168.100.12")


@pytest.mark.parametrize(
    "policy, server", [("ClusterFirst", "192.168.100.1"), ("ClusterFirstWithHostNet", "10.96.0.10")]
)
def test_names_of_services_are_known_where_the_policy_says_so(policy: str, server: str) -> None:
    console = Console()
    run(console, dnsPolicy=policy)
    assert f"nameserver {server}\n" in console.ok("kubectl exec host -- cat /etc/resolv.conf")


def test_a_second_one_finds_no_node_with_a_free_port() -> None:
    console = Console()
    for name in ("one", "two", "three"):
        run(console, name)
    assert "2 node(s) didn't have free ports for the requested pod ports" in console.ok("kubectl describe pod three")
