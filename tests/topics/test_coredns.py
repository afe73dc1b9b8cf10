"""Topic coredns. Source: github.com/kubernetes/dns, docs/specification.md; kubernetes.io,
tasks/administer-cluster/dns-custom-nameservers, dns-debugging-resolution; coredns.io/plugins.
"""

from __future__ import annotations

from tests.topics.networking import CODE, box, pods, service, shop

COREFILE = """.:53 {
    errors
    log
    health
    ready
    rewrite name shop.example.com web.default.svc.cluster.local
    hosts {
       10.1.2.3 printer.example.com
       fallthrough
    }
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    forward . /etc/resolv.conf
    cache 30
    reload
    loadbalance
}
"""


def configure(console, corefile: str) -> None:
    """Put a Corefile into CoreDNS's ConfigMap as one does it with a file."""
    console.write("Corefile", corefile)
    console.ok(
        "kubectl -n kube-system create configmap coredns --from-file=Corefile --dry-run=client -o yaml "
        "| kubectl replace -f -"
    )


def test_services_headless_services_and_pods_have_names(console):
    shop(console)
    console.ok("kubectl create service clusterip bare --clusterip=None --tcp=80")
    console.ok("kubectl set selector service bare app=web")
    console.advance(3)
    assert service(console)["spec"]["clusterIP"] in box(console, "nslookup web.default")
    assert len(box(console, "dig +short bare.default.svc.cluster.local").split()) == 2
    ip = pods(console)[0]["status"]["podIP"]
    dashed = ip.replace(".", "-")
    assert box(console, f"dig +short {dashed}.default.pod.cluster.local").strip() == ip
    assert f"{dashed}.bare.default.svc.cluster.local." in box(console, f"dig +short -x {ip}")
    assert "NXDOMAIN" in box(console, "dig wep.default.svc.cluster.local")


def test_the_search_list_finds_short_names_only_where_it_says(console):
    shop(console)
    assert box(console, "cat /etc/resolv.conf") == (
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
    )
    console.ok("kubectl create namespace other")
    console.ok("kubectl -n other run box --image=nicolaka/netshoot -- sleep 1d")
    console.advance(15)
    other = "kubectl -n other exec box --"
    assert "Could not resolve host: web" in console.fails(f"{other} curl -sS web")
    assert console.ok(f"{other} curl {CODE} web.default") == "200"


def test_a_hostname_in_a_subdomain_is_a_name_of_its_own(console):
    console.apply("""
apiVersion: v1
kind: Service
metadata: {name: crew}
spec: {clusterIP: None, selector: {app: crew}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: p1, labels: {app: crew}}
spec: {hostname: anna, subdomain: crew, containers: [{name: web, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata: {name: box}
spec:
  dnsPolicy: None
  dnsConfig:
    nameservers: [10.96.0.10]
    searches: [crew.default.svc.cluster.local]
    options: [{name: ndots, value: "2"}]
  containers: [{name: box, image: nicolaka/netshoot, command: [sleep, 1d]}]
""")
    console.advance(20)
    assert console.ok("kubectl exec p1 -- hostname -f").strip() == "anna.crew.default.svc.cluster.local"
    assert box(console, f"curl {CODE} anna") == "200"
    assert box(console, "cat /etc/resolv.conf") == (
        "search crew.default.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:2\n"
    )


def test_without_coredns_names_fail_while_addresses_work(console):
    shop(console)
    ip = service(console)["spec"]["clusterIP"]
    console.ok("kubectl -n kube-system scale deployment coredns --replicas=0")
    console.advance(10)
    assert "Could not resolve host: web" in box(console, "curl -sS web")
    assert box(console, f"curl {CODE} {ip}") == "200"
    assert "communications error to 10.96.0.10#53" in box(console, "dig web.default.svc.cluster.local")
    console.ok("kubectl -n kube-system scale deployment coredns --replicas=2")
    console.advance(20)
    assert box(console, f"curl {CODE} web") == "200"


def test_a_changed_corefile_counts_when_it_is_reloaded_and_not_before(console):
    shop(console)
    configure(console, COREFILE)
    assert "Could not resolve" in box(console, "curl -sS shop.example.com")
    console.advance(150)  # the mounted file follows within 90 s, the reload plugin looks every 30 s
    assert box(console, f"curl {CODE} shop.example.com") == "200"
    assert box(console, "dig +short printer.example.com").strip() == "10.1.2.3"
    box(console, "dig web.default.svc.cluster.local")
    logs = console.ok("kubectl -n kube-system logs -l k8s-app=kube-dns --tail=-1")
    assert "[INFO] Reloading complete" in logs
    assert '"A IN web.default.svc.cluster.local. udp 47 false 512" NOERROR qr,aa,rd' in logs


def test_a_broken_corefile_is_not_taken_up_and_stops_who_starts_with_it(console):
    shop(console)
    configure(console, COREFILE.replace("kubernetes cluster.local", "kubernetess cluster.local"))
    console.advance(150)
    assert box(console, f"curl {CODE} web") == "200"
    wrong = "/etc/coredns/Corefile:11 - Error during parsing: Unknown directive 'kubernetess'"
    assert f"[ERROR] Restart failed: {wrong}" in console.ok("kubectl -n kube-system logs -l k8s-app=kube-dns --tail=-1")
    console.ok("kubectl -n kube-system delete pod -l k8s-app=kube-dns")
    console.advance(60)
    console.ok("kubectl -n kube-system wait pod -l k8s-app=kube-dns --timeout=60s "
               "--for=jsonpath='{.status.containerStatuses[0].lastState.terminated.reason}'=Error")  # fmt: skip
    assert wrong in console.ok("kubectl -n kube-system logs -l k8s-app=kube-dns --tail=-1")
    assert "Could not resolve host: web" in box(console, "curl -sS web")


def test_a_name_server_outside_that_does_not_answer_is_a_failure_not_a_missing_name(console):
    shop(console)
    configure(console, COREFILE.replace("forward . /etc/resolv.conf", "forward . 10.9.9.9"))
    console.ok("kubectl -n kube-system rollout restart deployment coredns")
    console.advance(40)
    assert "status: SERVFAIL" in box(console, "dig example.com")
    assert box(console, f"curl {CODE} web") == "200"
