"""Topic service-clusterip.

Source: kubernetes.io, concepts/services-networking/service; reference/networking/virtual-ips; pkg/proxy/iptables.
"""

from __future__ import annotations

from tests.console import Console
from tests.topics.networking import CODE, box, pods, service, shop

AFFINITY = '{"spec":{"sessionAffinity":"ClientIP"}}'


def servers(console, count: int) -> set[str]:
    """The Pods whose logs say that they served a request."""
    for _ in range(count):
        assert box(console, f"curl {CODE} web") == "200"
    names = [pod["metadata"]["name"] for pod in pods(console)]
    return {name for name in names if "curl" in console.ok(f"kubectl logs {name}")}


def test_requests_by_name_and_by_address_spread_over_the_pods(console):
    shop(console, replicas=3)
    ip = service(console)["spec"]["clusterIP"]
    assert box(console, f"curl {CODE} {ip}") == "200"
    assert box(console, f"curl {CODE} web.default.svc.cluster.local") == "200"
    assert len(servers(console, 20)) == 3
    assert "Timeout" not in box(console, f"nslookup {ip}") and f"Address: {ip}" in box(console, "nslookup web")


def test_session_affinity_keeps_a_client_with_one_pod(console):
    shop(console, replicas=3)
    console.ok(f"kubectl patch svc web -p '{AFFINITY}'")
    assert len(servers(console, 12)) == 1
    assert "sessionAffinityConfig:\n    clientIP:\n      timeoutSeconds: 10800" in console.ok(
        "kubectl get svc web -o yaml"
    )


def test_a_selector_that_matches_nothing_leaves_no_endpoints_and_refuses_at_once(console):
    shop(console)
    console.ok("kubectl set selector service web app=wep")
    console.advance(3)
    assert "<none>" in console.run("kubectl get endpoints web").stdout
    before = console.now
    said = box(console, "curl -sS web")
    assert said.startswith("curl: (7) Failed to connect to web port 80") and console.now - before < 1
    rules = console.ok("ssh worker-1 iptables-save -t filter")
    assert '"default/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable' in rules


def test_a_target_port_may_be_a_name_that_each_pod_gives_its_own_number(console):
    console.apply("""
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx, ports: [{name: http, containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: front, port: 8080, targetPort: http}]}
""")
    console.ok("kubectl run box --image=nicolaka/netshoot -- sleep 1d")
    console.advance(20)
    assert box(console, f"curl {CODE} web:8080") == "200"
    assert "_front._tcp.web.default.svc.cluster.local" in box(
        console, "dig +noall +answer SRV _front._tcp.web.default.svc.cluster.local"
    )


def test_a_headless_service_has_its_pods_addresses_instead_of_one_of_its_own(console):
    shop(console)
    console.ok("kubectl create service clusterip bare --clusterip=None --tcp=80")
    console.ok("kubectl set selector service bare app=web")
    console.advance(3)
    found = set(box(console, "dig +short bare.default.svc.cluster.local").split())
    assert found == {pod["status"]["podIP"] for pod in pods(console)}
    assert "bare" not in console.ok("ssh worker-1 iptables-save -t nat")


def test_addresses_that_cannot_be_had_are_refused_in_the_servers_words(console):
    taken = console.fails("kubectl create service clusterip a --tcp=80 --clusterip=10.96.0.1")
    assert "failed to allocate IP 10.96.0.1: provided IP is already allocated" in taken
    beyond = console.fails("kubectl create service clusterip a --tcp=80 --clusterip=10.1.2.3")
    assert "the provided network does not match the current range" in beyond
    assert "Error from server (NotFound)" in console.fails("kubectl get svc a")


def test_older_servers_write_lists_as_go_does_and_know_fewer_preferences():
    older = Console("one-node", "1.33")
    taken = older.fails("kubectl create service clusterip a --tcp=80 --clusterip=10.96.0.1")
    assert 'spec.clusterIPs: Invalid value: []string{"10.96.0.1"}: failed to allocate IP 10.96.0.1' in taken
    older.ok("kubectl create service clusterip a --tcp=80")
    patch = 'kubectl patch service a -p \'{"spec":{"trafficDistribution":"%s"}}\''
    refused = older.fails(patch % "PreferSameNode")
    assert 'Unsupported value: "PreferSameNode": supported values: "PreferClose"' in refused
    older.ok(patch % "PreferClose")
    newer = Console("one-node", "1.34")
    newer.ok("kubectl create service clusterip a --tcp=80")
    newer.ok(patch % "PreferSameNode")


def test_a_single_stack_cluster_has_no_dual_stack_services(console):
    spec = '{"ports":[{"port":80}],"ipFamilyPolicy":"%s"}'
    dual = '{"apiVersion":"v1","kind":"Service","metadata":{"name":"d"},"spec":' + spec + "}"
    said = console.fails(f"kubectl apply -f - <<< '{dual % 'RequireDualStack'}'")
    assert 'ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack' in said
    console.ok(f"kubectl apply -f - <<< '{dual % 'PreferDualStack'}'")
    assert console.get("service", "d")["spec"]["ipFamilies"] == ["IPv4"]


def test_each_address_that_was_given_is_an_object_of_its_own(console):
    console.ok("kubectl create service clusterip a --tcp=80")
    ip = service(console, "a")["spec"]["clusterIP"]
    assert console.ok(f"kubectl get ipaddress {ip} --no-headers").split() == [ip, "services/default/a"]
    assert "10.96.0.0/12" in console.ok("kubectl get servicecidr kubernetes")
    console.ok("kubectl delete service a")
    assert "NotFound" in console.fails(f"kubectl get ipaddress {ip}")


def test_an_address_of_a_family_that_the_cluster_lacks_is_refused(console):
    words = console.fails("kubectl create service clusterip six --tcp=80 --clusterip=fd00::1")
    assert 'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: may not use IPv6 on a cluster which is not conf' in words
    assert "NotFound" in console.fails("kubectl get service six")
