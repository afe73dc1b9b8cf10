"""Topic kube-proxy. The names of chains are hashes that real clusters have, too.

Source: kubernetes.io, reference/networking/virtual-ips; pkg/proxy/{iptables,ipvs,nftables}/proxier.go.
"""

from __future__ import annotations

from kubelab.cluster.network import Place, trace
from tests.topics.networking import CODE, box, node_of, pods, service, shop


def switch(console, mode: str) -> None:
    """Change kube-proxy's mode as its documentation says: in the ConfigMap, then new Pods."""
    console.ok(
        "kubectl -n kube-system get configmap kube-proxy -o yaml "
        f"| sed 's/^    mode: .*/    mode: {mode}/' | kubectl replace -f -"
    )
    console.ok("kubectl -n kube-system rollout restart daemonset kube-proxy")
    console.advance(40)


def test_one_packet_is_followed_from_the_client_to_the_pod_that_a_rule_chose(console):
    shop(console)
    ip = service(console)["spec"]["clusterIP"]
    rules = console.ok(f"ssh {node_of(console, 'box')} iptables-save -t nat").splitlines()
    entrance = next(rule for rule in rules if "default/web cluster IP" in rule and rule.startswith("-A KUBE-SERVICES"))
    assert entrance.endswith("-j KUBE-SVC-LOLE4ISW44XBNF3G")
    choices = [rule for rule in rules if rule.startswith("-A KUBE-SVC-LOLE4ISW44XBNF3G -m")]
    assert "--mode random --probability 0.50000000000" in choices[0] and len(choices) == 2
    way = trace(console.cluster.network, Place("container", node_of(console, "box"), "default", "box", "box"), ip, 80)
    hop = next(hop for hop in way["hops"] if hop["component"] == "kube-proxy")
    assert hop["rule"].splitlines()[0] == entrance and hop["verdict"] == "DNAT"
    assert all(line in rules for line in hop["rule"].splitlines())
    assert hop["after"].endswith(":80") and way["target"]["address"] in {
        pod["status"]["podIP"] for pod in pods(console)
    }
    box(console, f"curl {CODE} {ip}")
    flows = console.ok(f"ssh {node_of(console, 'box')} conntrack -L -d {ip}")
    assert f"dst={ip} " in flows and "dport=80 src=10.244." in flows and "[ASSURED]" in flows


def test_rules_that_somebody_flushed_are_back_when_kube_proxy_starts_anew(console):
    shop(console)
    node = node_of(console, "box")
    console.ok(f"ssh {node} iptables -t nat -F KUBE-SERVICES")
    ip = service(console)["spec"]["clusterIP"]
    assert "Connection timed out" in box(console, f"curl -sS -m 2 {ip}")
    console.ok("kubectl -n kube-system delete pod -l k8s-app=kube-proxy")
    console.advance(20)
    assert box(console, f"curl {CODE} {ip}") == "200"


def test_while_kube_proxy_is_away_rules_stand_still(console):
    shop(console)
    console.ok("""kubectl -n kube-system patch daemonset kube-proxy -p \
'{"spec":{"template":{"spec":{"nodeSelector":{"no":"where"}}}}}'""")
    console.advance(60)
    console.ok("kubectl expose deployment web --name=late --port=80")
    console.advance(5)
    assert box(console, f"curl {CODE} web") == "200"
    assert "Connection timed out" in box(console, "curl -sS -m 2 late")


def test_nftables_mode_has_maps_instead_of_chains_of_rules(console):
    shop(console, type="NodePort")
    switch(console, "nftables")
    ip = service(console)["spec"]["clusterIP"]
    rules = console.ok("ssh worker-1 nft list ruleset")
    assert f"{ip} . tcp . 80 : goto service-PFISGYVC-default/web/tcp/" in rules
    assert "meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244." in rules
    assert "KUBE-SVC" not in console.ok("ssh worker-1 iptables-save -t nat")
    assert box(console, f"curl {CODE} web") == "200"
    before = console.now
    assert "(7) Failed to connect" in box(console, f"curl -sS -m 5 {ip}:81")  # iptables mode lets this time out
    assert console.now - before < 1
    port = service(console)["spec"]["ports"][0]["nodePort"]
    assert console.ok(f"curl {CODE} 192.168.100.12:{port}") == "200"


def test_ipvs_mode_takes_turns_and_binds_the_addresses(console):
    shop(console)
    told = f"ssh {node_of(console, 'box')} curl -s localhost:10249/proxyMode"
    assert console.ok(told) == "iptables"
    switch(console, "ipvs")
    assert console.ok(told) == "ipvs"
    ip = service(console)["spec"]["clusterIP"]
    listed = console.ok("ssh worker-1 ipvsadm -Ln")
    assert f"TCP  {ip}:80 rr\n  -> {pods(console)[0]['status']['podIP']}:80" in listed
    assert f"inet {ip}/32 scope global kube-ipvs0" in console.ok("ssh worker-1 ip addr show kube-ipvs0")
    assert f"{ip},tcp:80" in console.ok("ssh worker-1 ipset list KUBE-CLUSTER-IP")
    for _ in range(4):
        assert box(console, f"curl {CODE} {ip}") == "200"
    counts = [console.ok(f"kubectl logs {pod['metadata']['name']}").count("curl") for pod in pods(console)]
    assert counts == [2, 2]
    told = box(console, f"ping -c 1 {ip}")  # kubernetes/website#41002: only the Service's ports are let in
    assert f"From {ip} icmp_seq=1 Destination Port Unreachable" in told and "+1 errors" in told
    assert "(7) Failed to connect" in box(console, f"curl -sS {ip}:81")
    one = console.ok(f"ssh worker-1 ipvsadm -Ln -t {ip}:80").splitlines()
    assert one[0] == "Prot LocalAddress:Port Scheduler Flags" and len(one) == 5
