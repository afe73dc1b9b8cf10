"""The files of a network plug-in on a node, and what comes of taking them away.

Source: containerd, internal/cri/server/cni_conf_syncer.go (the directory is watched); flannel-io/flannel,
Documentation/configuration.md (subnet.env); pkg/kubelet/kubelet_node_status.go and runtime.go for the words.
"""

from __future__ import annotations

from tests.console import Console

CONFLIST = "/etc/cni/net.d/10-flannel.conflist"


def readiness(console: Console, node: str) -> tuple[str, str]:
    found = console.get("node", node)
    assert found is not None
    ready = next(each for each in found["status"]["conditions"] if each["type"] == "Ready")
    return ready["status"], ready["message"]


def test_a_node_without_a_cni_configuration_is_not_ready_until_it_is_back(console):
    console.ok(f"ssh worker-1 mv {CONFLIST} /root/")
    console.advance(15)
    status, why = readiness(console, "worker-1")
    assert status == "False" and why.endswith("Network plugin returns error: cni plugin not initialized")
    console.ok("kubectl run web --image=nginx")
    console.advance(10)
    assert console.get("pod", "web")["spec"]["nodeName"] == "worker-2"
    console.ok(f"ssh worker-1 mv /root/10-flannel.conflist {CONFLIST}")
    console.advance(15)
    assert readiness(console, "worker-1")[0] == "True"


def test_the_plug_ins_next_pod_writes_its_configuration_anew(console):
    console.ok(f"ssh worker-1 rm {CONFLIST}")
    console.advance(30)
    assert readiness(console, "worker-1")[0] == "False"  # the Pod that runs wrote it when it began
    console.ok("kubectl -n kube-flannel delete pod --field-selector spec.nodeName=worker-1")
    console.advance(30)
    assert readiness(console, "worker-1")[0] == "True"
    assert '"name": "cbr0"' in console.ok(f"ssh worker-1 cat {CONFLIST}")


def test_flanneld_notes_its_nodes_range_and_calico_leaves_other_files(console):
    assert "FLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450" in console.ok("ssh worker-1 cat /run/flannel/subnet.env")
    calico = Console("three-nodes-calico")
    assert calico.ok("ssh worker-1 ls /etc/cni/net.d") == "10-calico.conflist\ncalico-kubeconfig\n"
    assert "No such file" in calico.run("ssh worker-1 ls /run/flannel").stderr
    assert calico.ok("ssh worker-1 ls /opt/cni/bin/calico") == "/opt/cni/bin/calico\n"
