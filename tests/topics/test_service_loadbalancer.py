"""Topic service-loadbalancer. Source: kubernetes.io, concepts/services-networking/service/#loadbalancer; metallb.io,
concepts/layer2 and troubleshooting; docs.haproxy.com, configuration manual (check, redispatch)."""

from __future__ import annotations

from tests.console import Console
from tests.topics.networking import CODE, pods, service, shop

LOCAL = '{"spec":{"externalTrafficPolicy":"Local"}}'


def test_without_a_provider_the_address_stays_pending(console):
    shop(console, type="LoadBalancer")
    console.advance(600)
    assert "<pending>" in console.ok("kubectl get svc web")
    port = service(console)["spec"]["ports"][0]["nodePort"]
    assert console.ok(f"curl {CODE} 192.168.100.12:{port}") == "200"  # its node port is there all the same


def test_metallb_gives_an_address_that_one_node_answers_for_and_another_when_that_is_off():
    console = Console("three-nodes-ingress")  # the Ingress controller has the pool's first address
    shop(console, replicas=4, type="LoadBalancer")
    ip = "192.168.100.241"
    assert ip in console.ok("kubectl get svc web")
    assert console.ok(f"curl {CODE} {ip}") == "200"
    told = console.ok("kubectl describe svc web")
    assert f'Assigned IP ["{ip}"]' in told
    leader = console.cluster.network.announced(ip)
    assert f'announcing from node "{leader}" with protocol "layer2"' in told
    console.run(f"ssh {leader} poweroff")
    assert "No route" in console.run(f"curl -v -m 4 {ip}").stderr  # nobody answers for it yet
    console.advance(60)
    assert console.cluster.network.announced(ip) not in (leader, None)
    assert "200" in console.run(f"curl {CODE} --connect-timeout 3 --retry 5 --retry-all-errors {ip}").stdout


def test_metallb_says_why_a_service_gets_no_address():
    console = Console("three-nodes-ingress")
    console.apply("""
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lab, namespace: metallb-system}
spec: {addresses: [192.168.100.240/32]}
""")
    shop(console, replicas=1, type="LoadBalancer")
    assert "<pending>" in console.ok("kubectl get svc web")
    assert 'Failed to allocate IP for "default/web": no available IPs' in console.ok("kubectl describe svc web")


def test_haproxy_in_front_leaves_out_a_node_that_is_off():
    console = Console("three-nodes-haproxy")
    shop(console, replicas=2, type="LoadBalancer")
    ip = service(console)["status"]["loadBalancer"]["ingress"][0]["ip"]
    assert ip == "192.168.100.200" and console.ok(f"curl {CODE} {ip}") == "200"
    statistics = "curl -sS 'http://192.168.100.30:8404/stats;csv'"
    assert "default-web-80,worker-1,UP" in console.ok(statistics)
    port = service(console)["spec"]["ports"][0]["nodePort"]
    assert f"server worker-1 192.168.100.12:{port} check" in console.ok("ssh haproxy cat /etc/haproxy/haproxy.cfg")
    console.run("ssh worker-1 poweroff")
    console.advance(400)  # the node's Pods are evicted, and live on elsewhere
    assert "default-web-80,worker-1,DOWN" in console.ok(statistics)
    assert "default-web-80,worker-2,UP" in console.ok(statistics)
    assert {console.ok(f"curl {CODE} {ip}") for _ in range(4)} == {"200"}
    assert console.ok("curl -sSk https://192.168.100.30:6443/healthz") == "ok"  # the API is behind it, too


def test_haproxy_runs_with_the_file_that_it_read_last():
    console = Console("three-nodes-haproxy")
    shop(console, replicas=2, type="LoadBalancer")
    web = f"curl {CODE} 192.168.100.200"
    console.ok("ssh haproxy \"sed -i 's/default_backend default-web-80/default_backend x/' /etc/haproxy/haproxy.cfg\"")
    assert console.ok(web) == "200"
    said = console.fails("ssh haproxy haproxy -c -f /etc/haproxy/haproxy.cfg")
    assert "Proxy 'default-web-80': unable to find required default_backend: 'x'." in said
    assert "Job for haproxy.service failed" in console.fails("ssh haproxy systemctl reload haproxy")
    assert console.ok(web) == "200"  # a reload that fails leaves the old one running
    console.fails("ssh haproxy systemctl restart haproxy")
    assert "(7) Failed to connect" in console.run(f"{web} -m 3").stderr
    console.ok("kubectl delete service web")
    console.ok("kubectl expose deployment web --port=80 --type=LoadBalancer")  # the file is written anew
    console.ok("ssh haproxy systemctl start haproxy")
    assert console.ok(web) == "200"
    console.ok("kubectl config set-cluster kubernetes --server=https://192.168.100.30:6443")
    console.ok("kubectl get nodes")
    console.ok("ssh haproxy systemctl stop haproxy")
    assert "The connection to the server 192.168.100.30:6443 was refused" in console.fails("kubectl get nodes")


def test_the_local_policy_asks_for_a_health_check_port(console):
    shop(console, type="LoadBalancer")
    console.ok(f"kubectl patch svc web -p '{LOCAL}'")
    assert 30000 <= service(console)["spec"]["healthCheckNodePort"] <= 32767
    console.ok("""kubectl patch svc web -p '{"spec":{"externalTrafficPolicy":"Cluster"}}'""")
    assert "healthCheckNodePort" not in service(console)["spec"] and len(pods(console)) == 2
