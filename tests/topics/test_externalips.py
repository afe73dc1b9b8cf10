"""Topic externalips. Source: kubernetes.io, concepts/services-networking/service/#external-ips; ip-route(8)."""

from __future__ import annotations

from tests.topics.networking import CODE, box, shop

OUTSIDE = "203.0.113.10"


def test_who_routes_the_address_to_a_node_reaches_the_service(console):
    shop(console)
    console.ok(f"""kubectl patch svc web -p '{{"spec":{{"externalIPs":["{OUTSIDE}"]}}}}'""")
    console.advance(1)
    assert f"   {OUTSIDE}   80/TCP" in console.ok("kubectl get svc web")
    assert "Connection timed out" in console.fails(f"curl -sS -m 3 {OUTSIDE}")  # no route leads to the cluster
    assert "Operation not permitted" in console.fails(f"ip route add {OUTSIDE} via 192.168.100.12")
    console.ok(f"sudo ip route add {OUTSIDE} via 192.168.100.12")
    assert f"{OUTSIDE} via 192.168.100.12 dev enp0s3" in console.ok("ip route")
    assert console.ok(f"curl {CODE} {OUTSIDE}") == "200"
    assert box(console, f"curl {CODE} {OUTSIDE}") == "200"  # in the cluster each node knows it
    assert f'-A KUBE-SERVICES -d {OUTSIDE}/32 -p tcp -m comment --comment "default/web external IP"' in console.ok(
        "ssh worker-1 iptables-save -t nat"
    )
    console.ok(f"sudo ip route del {OUTSIDE}")
    assert "Connection timed out" in console.fails(f"curl -sS -m 3 {OUTSIDE}")


def test_addresses_that_lead_nowhere_are_refused(console):
    shop(console)
    said = console.fails("""kubectl patch svc web -p '{"spec":{"externalIPs":["127.0.0.1"]}}'""")
    assert 'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range' in said
