"""Topic service-nodeport. Source: kubernetes.io, concepts/services-networking/service/#type-nodeport;
tutorials/services/source-ip."""

from __future__ import annotations

from tests.topics.networking import CODE, pods, service, shop

NODES = {"control-plane": "192.168.100.11", "worker-1": "192.168.100.12", "worker-2": "192.168.100.13"}
LOCAL = '{"spec":{"externalTrafficPolicy":"Local"}}'


def clients(console) -> set[str]:
    """The addresses from which the Pods were asked with curl, as nginx saw them."""
    logs = [console.ok(f"kubectl logs {pod['metadata']['name']}") for pod in pods(console)]
    return {line.split()[0] for log in logs for line in log.splitlines() if "curl" in line}


def test_every_node_answers_at_the_port_for_those_outside(console):
    shop(console, type="NodePort")
    port = service(console)["spec"]["ports"][0]["nodePort"]
    assert f"80:{port}/TCP" in console.ok("kubectl get svc web")
    for address in NODES.values():
        assert console.ok(f"curl {CODE} {address}:{port}") == "200"
    assert "192.168.100.10" not in clients(console)  # nodes hide who asked, so that answers come back through them


def test_the_local_policy_keeps_the_clients_address_and_leaves_out_nodes_without_pods(console):
    shop(console, replicas=1, type="NodePort")
    port = service(console)["spec"]["ports"][0]["nodePort"]
    console.ok(f"kubectl patch svc web -p '{LOCAL}'")
    console.advance(2)
    here = pods(console)[0]["spec"]["nodeName"]
    assert console.ok(f"curl {CODE} {NODES[here]}:{port}") == "200"
    assert clients(console) == {"192.168.100.10"}
    elsewhere = next(node for node in NODES if node != here)
    assert "curl: (28) Connection timed out" in console.fails(f"curl -sS -m 3 {NODES[elsewhere]}:{port}")
    dropped = console.ok(f"ssh {elsewhere} iptables-save -t filter")
    assert '"default/web has no local endpoints"' in dropped and dropped.count("-j DROP") >= 1


def test_ports_out_of_range_and_taken_ones_are_refused(console):
    shop(console)
    said = console.fails("kubectl create service nodeport other --tcp=80 --node-port=80")
    assert "Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767" in said
    console.ok("kubectl create service nodeport first --tcp=80 --node-port=30080")
    taken = console.fails("kubectl create service nodeport second --tcp=80 --node-port=30080")
    assert "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated" in taken


def test_a_service_that_is_no_longer_of_that_type_gives_its_port_back(console):
    shop(console, type="NodePort")
    port = service(console)["spec"]["ports"][0]["nodePort"]
    console.ok("""kubectl patch svc web -p '{"spec":{"type":"ClusterIP"}}'""")
    console.advance(1)
    assert "externalTrafficPolicy" not in service(console)["spec"]
    assert "(7) Failed to connect" in console.fails(f"curl -sS 192.168.100.12:{port}")
