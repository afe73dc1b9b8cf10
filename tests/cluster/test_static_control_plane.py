"""The control plane is static Pods on the first node: what stops with each of them, and comes back with it.

Source: kubernetes.io, tasks/configure-pod-container/static-pod and concepts/architecture.
"""

import pytest

from kubelab.cluster.node import machinefiles
from tests.cluster.lab import deployment, pod

MANIFESTS = "/etc/kubernetes/manifests"


@pytest.fixture
def files(lab):
    return machinefiles.of(lab.cluster, "control-plane")


def mirror(lab, component):
    return lab.find("pods", f"{component}-control-plane", "kube-system")


def stop(lab, files, component):
    """Moves a manifest out of the directory; returns how to move it back."""
    path = f"{MANIFESTS}/{component}.yaml"
    text = files.read(path)
    files.remove(path)
    lab.until(lambda: not lab.cluster.processes.running(component), 60)

    def back():
        files.write(path, text)
        lab.until(lambda: lab.cluster.processes.running(component), 120)

    return back


def test_without_the_scheduler_nothing_gets_a_node(lab, files):
    back = stop(lab, files, "kube-scheduler")
    lab.advance(60)
    assert mirror(lab, "kube-scheduler") is None
    lab.create(deployment())
    lab.advance(120)
    pods = lab.pods(app="web")
    assert [found["spec"].get("nodeName") for found in pods] == [None, None, None]
    assert all(found["status"] == {"phase": "Pending", "qosClass": "BestEffort"} for found in pods)
    assert all(lab.events(found["metadata"]["name"]) == [] for found in pods)
    lab.create(pod("named", nodeName="worker-1"))
    lab.until(lambda: lab.is_ready(lab.get("pods", "named")), 60)  # it needs no scheduler
    back()
    lab.until(lambda: lab.ready(3, app="web"), 60)


def test_without_the_controller_manager_nobody_acts_on_what_is_wanted(lab, files):
    lab.create(deployment("before"))
    lab.until(lambda: lab.ready(3, app="before"))
    back = stop(lab, files, "kube-controller-manager")
    lab.create(deployment())
    lab.scale("deployments", "before", 5)
    victim = lab.pods(app="before")[0]["metadata"]["name"]
    lab.delete("pods", victim)
    lab.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    lab.advance(120)
    assert lab.pods(app="web") == []
    assert len(lab.pods(app="before")) == 2
    assert lab.find("serviceaccounts", "default", "shop") is None
    back()
    lab.until(lambda: lab.ready(3, app="web") and lab.ready(5, app="before"), 60)
    assert lab.find("serviceaccounts", "default", "shop")


@pytest.mark.parametrize("component", ["kube-apiserver", "etcd"])
def test_without_the_api_the_control_plane_stands_still_and_pods_run_on(lab, files, component):
    lab.create(deployment())
    lab.until(lambda: lab.ready(3, app="web"))
    back = stop(lab, files, component)
    assert not lab.cluster.processes.serve_api
    # What would have come of this had somebody been there to act on it:
    lab.scale("deployments", "web", 5)
    lab.advance(300)
    assert len(lab.pods(app="web")) == 3
    assert all(found["status"]["phase"] == "Running" for found in lab.pods(app="web"))
    back()
    lab.until(lambda: lab.ready(5, app="web"), 120)


def test_a_deleted_mirror_pod_comes_back_and_its_container_never_stopped(lab):
    before = mirror(lab, "kube-scheduler")
    container = before["status"]["containerStatuses"][0]["containerID"]
    lab.delete("pods", "kube-scheduler-control-plane", namespace="kube-system")
    lab.advance(60)
    after = mirror(lab, "kube-scheduler")
    assert after["metadata"]["annotations"]["kubernetes.io/config.mirror"]
    assert after["metadata"]["annotations"]["kubernetes.io/config.source"] == "file"
    assert after["metadata"]["ownerReferences"][0]["kind"] == "Node"
    assert after["status"]["containerStatuses"][0]["containerID"] == container
    assert lab.cluster.processes.running("kube-scheduler")


def test_what_was_stopped_stays_stopped_in_a_process_that_loads_the_cluster(lab, files):
    from kubelab.cluster.cluster import Cluster
    from tests.cluster.lab import Lab, kept, made

    stop(lab, files, "kube-scheduler")
    header, rows = kept(lab.cluster, made()[1])
    other = Lab(cluster=Cluster.load(header, rows.items()))
    other.create(pod())
    other.advance(30)
    assert other.get("pods", "web")["spec"].get("nodeName") is None
