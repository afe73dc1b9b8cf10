"""A Pod's network namespace entered from its node: its interfaces and routes, with the node's own files and programs.

Source: util-linux, nsenter(1); iproute2, ip-netns(8); containerd names the namespaces cni-<uuid>.
"""

from __future__ import annotations


def test_a_nodes_programs_run_in_a_pods_network(console):
    console.ok("kubectl run web --image=nginx")
    console.ok("kubectl expose pod web --port=80")
    console.advance(20)
    pod = console.get("pod", "web")
    node, ip = pod["spec"]["nodeName"], pod["status"]["podIP"]
    names = [line.split()[0] for line in console.ok(f"ssh {node} ip netns list").splitlines()]
    shown = [console.ok(f"ssh {node} ip netns exec {name} ip -br addr") for name in names]
    here = next(index for index, text in enumerate(shown) if f"UP             {ip}/24" in text)
    path = f"/var/run/netns/{names[here]}"
    assert path in console.ok(f"ssh {node} 'crictl inspectp $(crictl pods -q --name web)'")
    inside = f"ssh {node} nsenter --net={path}"
    code = "curl -sS -o /dev/null -w %{http_code}"
    assert console.ok(f"{inside} {code} 127.0.0.1") == "200"  # the Pod's own loopback
    assert "connect to" in console.fails(f"ssh {node} {code} 127.0.0.1")
    assert "Could not resolve host: web" in console.fails(f"{inside} {code} web")  # by the node's resolv.conf
    assert console.ok(f"{inside} hostname") == f"{node}\n"


def test_a_process_leads_to_the_network_that_it_has(console):
    console.ok("kubectl run web --image=nginx")
    console.advance(20)
    pod = console.get("pod", "web")
    node, ip = pod["spec"]["nodeName"], pod["status"]["podIP"]
    assert f"inet {ip}/24" in console.ok(f"ssh {node} 'nsenter -t $(pgrep -o nginx) -n ip addr'")
    assert " cni0 " in console.ok(f"ssh {node} nsenter -t 1 -n ip route")  # systemd has the node's own
    lost = console.fails(f"ssh {node} nsenter -t 77 -n ip addr")
    assert lost == "nsenter: cannot open /proc/77/ns/net: No such file or directory\n"
    assert "Permission denied" in console.fails(f"ssh learner@{node} nsenter -t 1 -n ip addr")
