"""Topic expose: the notes' line, in all types. Source: kubernetes.io, reference/kubectl/generated/kubectl_expose."""

from __future__ import annotations

from tests.console import Console
from tests.topics.networking import CODE, box


def web(console) -> None:
    console.ok("kubectl create deployment web-server --image=nginx")
    console.ok("kubectl run box --image=nicolaka/netshoot -- sleep 1d")
    console.advance(20)


def test_the_notes_line_makes_a_service_that_answers(console):
    web(console)
    assert console.ok("kubectl expose deployment web-server --port=80") == "service/web-server exposed\n"
    console.advance(2)
    assert "web-server   ClusterIP   10." in console.ok("kubectl get svc")
    assert box(console, f"curl {CODE} web-server") == "200"
    assert 'services "web-server" already exists' in console.fails("kubectl expose deployment web-server --port=80")


def test_all_types_can_be_asked_for():
    console = Console("three-nodes-haproxy")
    web(console)
    for kind, name in (("NodePort", "node"), ("LoadBalancer", "balanced"), ("ClusterIP", "plain")):
        console.ok(f"kubectl expose deployment web-server --name={name} --port=8080 --target-port=80 --type={kind}")
        console.advance(2)
        assert box(console, f"curl {CODE} {name}:8080") == "200"
    assert console.ok(f"curl {CODE} 192.168.100.200:8080") == "200"
    console.ok("kubectl expose deployment web-server --name=bare --port=80 --cluster-ip=None")
    assert console.get("service", "bare")["spec"]["clusterIP"] == "None"


def test_without_a_port_there_is_nothing_to_expose(console):
    console.ok("kubectl create deployment web-server --image=nginx")
    said = console.fails("kubectl expose deployment web-server")
    assert "couldn't find port via --port flag or introspection" in said
