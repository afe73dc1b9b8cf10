"""Clusters of every supported version and preset come up, with the Pods that kubeadm of that version makes."""

import pytest

from kubelab.cluster import presets
from kubelab.cluster.cluster import DEFAULT_PRESET, DEFAULT_VERSION, Cluster
from kubelab.cluster.releases import release_of
from kubelab.cluster.schema.definitions import VERSIONS
from tests.cluster.lab import Lab, condition, deployment, made
from tests.console import Console


def nodes_are_ready(lab):
    return all(condition(node, "Ready")["status"] == "True" for node in lab.items("nodes"))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cluster_of_each_version_is_ready_with_its_system_pods(version):
    lab = Lab(version)
    assert nodes_are_ready(lab)
    assert {node["status"]["nodeInfo"]["kubeletVersion"] for node in lab.items("nodes")} == {release_of(version)}
    pods = lab.items("pods", "kube-system")
    assert all(found["status"]["phase"] == "Running" and lab.is_ready(found) for found in pods)
    static = [f"{name}-control-plane" for name in
              ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")]  # fmt: skip
    names = [found["metadata"]["name"] for found in pods]
    assert [name for name in names if name.endswith("-control-plane")] == static
    assert sum(name.startswith("coredns-") for name in names) == 2
    assert sum(name.startswith("kube-proxy-") for name in names) == 3
    assert len(lab.items("pods", "kube-flannel")) == 3
    images = {c["name"]: c["image"] for found in pods for c in found["spec"]["containers"]}
    assert images["kube-scheduler"] == f"registry.k8s.io/kube-scheduler:{release_of(version)}"
    assert images["kube-proxy"] == f"registry.k8s.io/kube-proxy:{release_of(version)}"
    lab.create(deployment())
    lab.until(lambda: lab.ready(3, app="web"), 60)


def test_the_default_is_the_newest_version_but_one():
    assert (DEFAULT_VERSION, DEFAULT_PRESET) == (VERSIONS[-2], "three-nodes")


def test_a_version_or_preset_that_there_is_not_is_named():
    with pytest.raises(ValueError, match=r"Kubernetes 1\.12 is not simulated; supported are 1\.31, .*1\.37"):
        Cluster.create("lab", version="1.12")
    with pytest.raises(ValueError, match=r"there is no preset 'nope'; there are .*one-node.*three-nodes"):
        Cluster.create("lab", "nope")


def test_a_cluster_of_one_node_runs_pods_on_its_control_plane():
    lab = Lab(preset="one-node")
    (node,) = lab.items("nodes")
    assert nodes_are_ready(lab)
    lab.create(deployment())
    lab.until(lambda: lab.ready(3, app="web"), 60)
    assert {found["spec"]["nodeName"] for found in lab.pods(app="web")} == {node["metadata"]["name"]}


def test_presets_say_what_they_are():
    for name in presets.preset_names():
        plan = presets.load_preset(name)
        assert plan.title
        assert any(machine.control_plane for machine in plan.machines) or not plan.initialized
        assert (
            len({machine.ip for machine in plan.machines}) == len({m.name for m in plan.machines}) == len(plan.machines)
        )


def test_a_new_cluster_has_what_kubeadm_leaves_behind(lab):
    assert [ns["metadata"]["name"] for ns in lab.items("namespaces")] == [
        "default", "kube-flannel", "kube-node-lease", "kube-public", "kube-system",
    ]  # fmt: skip
    assert [found["metadata"]["name"] for found in lab.items("priorityclasses")] == [
        "system-cluster-critical", "system-node-critical",
    ]  # fmt: skip
    assert lab.get("services", "kubernetes")["spec"]["clusterIP"] == "10.96.0.1"
    assert lab.get("services", "kube-dns", "kube-system")["spec"]["clusterIP"] == "10.96.0.10"
    assert {"coredns", "kube-proxy", "kubeadm-config", "kubelet-config"} <= {
        found["metadata"]["name"] for found in lab.items("configmaps", "kube-system")
    }
    control, *workers = lab.items("nodes")
    assert control["spec"]["taints"] == [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
    assert [worker["metadata"]["name"] for worker in workers] == ["worker-1", "worker-2"]
    assert [node["spec"]["podCIDR"] for node in (control, *workers)] == [f"10.244.{n}.0/24" for n in range(3)]


def test_a_cluster_that_is_left_alone_has_nothing_to_do_but_rare_things(lab):
    lab.advance(30)
    revision = lab.cluster.store.revision
    lab.advance(600)
    assert lab.cluster.store.revision - revision < 20
    assert made()[0]["now"] == lab.began


@pytest.mark.parametrize(("version", "told"), [("1.33", '{"creationTimestamp":null,"labels":{"app":"web"}}'),
                                               ("1.34", '{"labels":{"app":"web"}}')])  # fmt: skip
def test_templates_had_an_empty_creation_time_until_v1_34(version, told):
    console = Console("one-node", version)
    console.ok("kubectl create deployment web --image=nginx")
    assert console.ok("kubectl get deployment web -o jsonpath='{.spec.template.metadata}'") == told
    console.ok("kubectl annotate deployment web a=b; kubectl set image deployment web nginx=nginx:1.28")
    stored = console.get("deployment", "web")["spec"]["template"]["metadata"]
    assert "creationTimestamp" not in stored


@pytest.mark.parametrize(("version", "told"), [("1.32", ""), ("1.33", "1")])
def test_pods_count_their_generations_since_v1_33(version, told):
    console = Console("one-node", version)
    console.ok("kubectl run web --image=nginx")
    assert console.ok("kubectl get pod web -o jsonpath='{.metadata.generation}'") == told
