"""CoreDNS's Corefile in the lab: what its plugins answer, refuse and log.

Source: coredns.io/plugins (template, rewrite, forward, errors, loop, ready); coredns/coredns, plugin/*/setup.go;
kubernetes.io, tasks/administer-cluster/dns-custom-nameservers.
"""

from __future__ import annotations

import pytest

from kubelab.cluster.corefile import CorefileError, parse
from kubelab.cluster.corefile_checks import check
from kubelab.cluster.network.dns import Record
from tests.network.lab import COREFILE, Lab
from tests.topics.networking import box, shop
from tests.topics.test_coredns import configure


def said(text: str) -> str:
    """What CoreDNS logs before it ends."""
    with pytest.raises(CorefileError) as caught:
        check(parse(text))
    return str(caught.value)


def lab(corefile: str) -> Lab:
    found = Lab()
    found.put(
        "ConfigMap", {"metadata": {"namespace": "kube-system", "name": "coredns"}, "data": {"Corefile": corefile}}
    )
    found.service("web", [found.web("web", "worker-1")])
    return found


@pytest.mark.parametrize(("line", "instead", "message"), [
    ("    kubernetes cluster.local", "    kubernetess cluster.local",
     "/etc/coredns/Corefile:7 - Error during parsing: Unknown directive 'kubernetess'"),
    ("pods insecure", "podss insecure",
     "plugin/kubernetes: /etc/coredns/Corefile:8 - Error during parsing: unknown property 'podss'"),
    ("pods insecure", "pods sure",
     "plugin/kubernetes: wrong value for pods: sure,  must be one of: disabled, verified, insecure"),
    ("ttl 30", "ttl 7200",
     "plugin/kubernetes: /etc/coredns/Corefile:10 - Error during parsing: ttl must be in range [0, 3600]: 7200"),
    ("forward . /etc/resolv.conf {", "forward . 10.9.9 {", 'plugin/forward: not an IP address or file: "10.9.9"'),
    ("forward . /etc/resolv.conf {", "forward . {",
     "plugin/forward: /etc/coredns/Corefile:13 - Error during parsing: Wrong argument count or unexpected line ending "
     "after '.'"),
    ("loop\n", "rewrite nam a b\n", 'plugin/rewrite: invalid rule type "nam"'),
    ("loadbalance\n}", "loadbalance",
     "/etc/coredns/Corefile:19 - Syntax error: Unexpected token 'loadbalance', expecting '}'"),
    ("       max_concurrent 1000\n    }\n", "       max_concurrent 1000\n",
     "/etc/coredns/Corefile:19 - Error during parsing: Unexpected EOF"),
])  # fmt: skip
def test_each_mistake_has_its_message(line, instead, message):
    text = COREFILE.replace(line, instead, 1)
    if "max_concurrent" in line:
        text = text.rstrip().removesuffix("}")
        message = message.replace(":19", ":18")
    assert said(text) == message


def test_a_rewrite_by_pattern_needs_its_answer_rewritten_too():
    rule = r"rewrite name regex (.*)\.shop\.example {1}.default.svc.cluster.local"
    without = lab(COREFILE.replace("    loop\n", f"    {rule}\n"))
    client = without.pod("client", "worker-2")
    walk = without.network.connect(client, "web.shop.example", 80)
    assert walk.outcome == "nxdomain"  # the answer is about another name: resolvers drop it
    block = r"""rewrite stop {
      name regex (.*)\.shop\.example {1}.default.svc.cluster.local
      answer name (.*)\.default\.svc\.cluster\.local {1}.shop.example
    }"""
    for right in (block, f"{rule} answer auto"):
        mended = lab(COREFILE.replace("    loop\n", f"    {right}\n"))
        client = mended.pod("client", "worker-2")
        found = mended.network.resolve(client, "web.shop.example.")
        assert found.addresses == ["10.96.5.5"] and found.reply.answers[0].name == "web.shop.example."


def test_rules_that_go_on_are_followed_by_the_next():
    rules = "    rewrite continue name suffix .old.example .new.example answer auto\n" \
            "    rewrite name exact web.new.example web.default.svc.cluster.local\n"  # fmt: skip
    found = lab(COREFILE.replace("    loop\n", rules))
    client = found.pod("client", "worker-2")
    assert found.network.resolve(client, "web.old.example.").addresses == ["10.96.5.5"]


def test_templates_make_answers_up():
    text = """    template IN A lab.example {
       match ^(?P<a>[0-9]+)-(?P<b>[0-9]+)\\.lab\\.example\\.$
       answer "{{ .Name }} 60 IN A 10.0.{{ .Group.a }}.{{ .Group.b }}"
       fallthrough
    }
    template ANY AAAA {
       rcode NXDOMAIN
    }
"""
    found = lab(COREFILE.replace("    loop\n", text))
    client = found.pod("client", "worker-2")
    answer = found.network.resolve(client, "3-4.lab.example.")
    assert answer.reply.answers == [Record("3-4.lab.example.", 60, "A", "10.0.3.4")]
    assert found.network.resolve(client, "web.default.svc.cluster.local.", "AAAA").reply.code == "NXDOMAIN"
    assert found.network.resolve(client, "x.lab.example.").outcome == "no-name"


def test_the_zones_name_server_is_told():
    found = lab(COREFILE)
    reply = found.network.resolve(found.pod("client", "worker-2"), "cluster.local.", "NS").reply
    assert reply.data("NS") == ["ns.dns.cluster.local."] and reply.additional[0].data == "10.96.0.10"


def test_stub_domains_go_to_a_name_server_of_their_own(console):
    shop(console)
    stub = "corp.example:53 {\n    errors\n    cache 30\n    forward . 10.9.9.9\n}\n"
    corefile = console.ok("kubectl -n kube-system get configmap coredns -o jsonpath='{.data.Corefile}'")
    configure(console, corefile + stub)
    console.ok("kubectl -n kube-system rollout restart deployment coredns")
    console.advance(40)
    assert "status: SERVFAIL" in box(console, "dig db.corp.example")
    assert "status: NOERROR" in box(console, "dig example.com")
    logs = console.ok("kubectl -n kube-system logs -l k8s-app=kube-dns --tail=-1")
    assert "[ERROR] plugin/errors: 2 db.corp.example. A: read udp 10.244." in logs
    assert "->10.9.9.9:53: i/o timeout" in logs and "corp.example.:53" in logs


def test_a_forward_that_leads_back_is_a_loop_and_ends_coredns(console):
    corefile = console.ok("kubectl -n kube-system get configmap coredns -o jsonpath='{.data.Corefile}'")
    configure(console, corefile.replace("forward . /etc/resolv.conf", "forward . 127.0.0.1"))
    console.ok("kubectl -n kube-system rollout restart deployment coredns")
    console.advance(60)
    assert "0/1     Error    3" in console.ok("kubectl -n kube-system get pods -l k8s-app=kube-dns")
    logs = console.ok("kubectl -n kube-system logs -l k8s-app=kube-dns --tail=-1 --prefix")
    assert "[FATAL] plugin/loop: Loop (127.0.0.1:" in logs and ' -> :53) detected for zone ".", see https://' in logs


def test_without_the_ready_plugin_no_coredns_gets_ready(console):
    corefile = console.ok("kubectl -n kube-system get configmap coredns -o jsonpath='{.data.Corefile}'")
    configure(console, corefile.replace("    ready\n", "").replace("    loop\n", "    dnssec\n"))
    console.ok("kubectl -n kube-system rollout restart deployment coredns")
    console.advance(40)
    assert "0/1     Running" in console.ok("kubectl -n kube-system get pods -l k8s-app=kube-dns")
    events = console.ok("kubectl -n kube-system get events")
    assert "Readiness probe failed: Get" in events and ":8181: connect: connection refused" in events
    logs = console.ok("kubectl -n kube-system logs -l k8s-app=kube-dns --tail=-1")
    assert "[WARNING] plugin/dnssec: not simulated in KubeLab" in logs


POLICIES = """
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  %s
  containers: [{name: box, image: busybox, command: [sleep, 1d]}]
"""
CLUSTER = "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"


@pytest.mark.parametrize(("spec", "told"), [
    ("dnsPolicy: Default", "nameserver 192.168.100.1\n"),
    ("hostNetwork: true", "nameserver 192.168.100.1\n"),
    ("{hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet}", CLUSTER),
    ("dnsConfig: {nameservers: [1.2.3.4], searches: [my.dns.search.suffix], options: [{name: ndots, value: '2'}, "
     "{name: edns0}]}",
     "search default.svc.cluster.local svc.cluster.local cluster.local my.dns.search.suffix\nnameserver 10.96.0.10\n"
     "nameserver 1.2.3.4\noptions ndots:2 edns0\n"),
])  # fmt: skip
def test_each_dns_policy_writes_its_resolv_conf(console, spec, told):
    lines = "\n  ".join(part.strip() for part in spec.strip("{}").split(", dnsPolicy")) if spec[0] == "{" else spec
    console.apply(POLICIES % ("p", lines.replace("\n  :", "\n  dnsPolicy:")))
    console.advance(20)
    assert console.ok("kubectl exec p -- cat /etc/resolv.conf") == told


def test_busybox_until_1_28_tells_names_and_their_addresses_names(console):
    shop(console)
    console.ok("kubectl run old --image=busybox:1.28 -- sleep 1d")
    console.ok("kubectl run tools --image=registry.k8s.io/e2e-test-images/agnhost:2.39 --command -- sleep 1d")
    console.advance(20)
    ip = console.ok("kubectl get service web -o jsonpath='{.spec.clusterIP}'")
    assert console.ok("kubectl exec old -- nslookup web") == (
        "Server:    10.96.0.10\nAddress 1: 10.96.0.10 kube-dns.kube-system.svc.cluster.local\n\n"
        f"Name:      web\nAddress 1: {ip} web.default.svc.cluster.local\n"
    )
    failed = console.run("kubectl exec old -- nslookup nosuch")
    assert "nslookup: can't resolve 'nosuch'" in failed.stderr and failed.exit == 1
    assert "Name:\tkubernetes.default.svc.cluster.local\n" in console.ok(
        "kubectl exec tools -- nslookup kubernetes.default"
    )
