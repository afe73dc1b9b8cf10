"""A Pod from its creation until it runs. Source: kubernetes.io, concepts/workloads/pods/pod-lifecycle."""

import pytest

from kubelab.cluster.kinds import Event
from tests.node.lab import Lab

CONDITIONS = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]


def test_phases_and_words_in_their_order(lab):
    lab.run("web", "nginx:1.27")
    assert lab.status("web") == {"phase": "Pending", "qosClass": "BestEffort"}
    assert [word for _, word in lab.words("web", 10)] == ["Pending", "ContainerCreating", "Running"]
    assert lab.status("web")["phase"] == "Running"


def test_conditions_come_true_one_after_the_other(lab):
    lab.run("web", "nginx:1.27", readinessProbe={"httpGet": {"port": 80}, "initialDelaySeconds": 5})
    lab.until(lambda: lab.word("web") == "ContainerCreating")
    assert list(lab.conditions("web")) == CONDITIONS
    assert lab.conditions("web") == dict(zip(CONDITIONS, ["False", "True", "False", "False", "True"], strict=True))
    # The sandbox and the image are one sync: its outcome, the address among it, is written when that is through.
    lab.until(lambda: "Pulling" in lab.reasons("web"))
    assert "podIP" not in lab.status("web")
    lab.until(lambda: lab.is_running("web"))
    assert lab.status("web")["podIP"].startswith("10.244.")
    assert [lab.conditions("web")[each] for each in ("PodReadyToStartContainers", "Ready")] == ["True", "False"]
    lab.started("web")
    assert set(lab.conditions("web").values()) == {"True"}


def test_a_condition_keeps_the_time_of_its_last_change(lab):
    lab.run("web", "nginx:1.27", readinessProbe={"httpGet": {"port": 80}, "initialDelaySeconds": 5})
    lab.started("web")
    times = {each["type"]: each["lastTransitionTime"] for each in lab.status("web")["conditions"]}
    assert times["PodScheduled"] < times["PodReadyToStartContainers"] < times["Ready"]


def test_each_event_names_its_source(lab):
    lab.run("web", "nginx:1.27")
    lab.started("web")
    sources = {each["reason"]: each["source"] for each in lab.api.list(Event, "default")
               if each["involvedObject"]["name"] == "web"}  # fmt: skip
    node = lab.pod("web")["spec"]["nodeName"]
    assert sources["Scheduled"] == {"component": "default-scheduler"}
    assert sources["Started"] == {"component": "kubelet", "host": node}


@pytest.mark.parametrize(
    ("resources", "qos"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "100m"}}, "Burstable"),
        ({"limits": {"cpu": "100m", "memory": "64Mi"}}, "Guaranteed"),
        ({"limits": {"cpu": "100m", "memory": "64Mi"}, "requests": {"cpu": "50m"}}, "Burstable"),
    ],
)
def test_quality_of_service_follows_from_the_resources(lab, resources, qos):
    lab.run("web", "nginx:1.27", resources=resources)
    lab.started("web")
    assert lab.status("web")["qosClass"] == qos


def test_a_status_says_what_runs_where(lab):
    lab.run("web", "nginx:1.27")
    lab.started("web")
    status, container = lab.status("web"), lab.container("web")
    assert status["hostIP"] in ("192.168.100.12", "192.168.100.13")
    assert status["podIPs"] == [{"ip": status["podIP"]}]
    assert container["image"] == "docker.io/library/nginx:1.27"
    assert container["imageID"].startswith("docker.io/library/nginx@sha256:")
    assert container["containerID"].startswith("containerd://") and len(container["containerID"]) == 77
    assert container["started"] and container["ready"] and container["restartCount"] == 0


@pytest.mark.parametrize("version", ["1.31", "1.37"])
def test_other_versions_tell_what_they_know(version):
    lab = Lab(version)
    lab.run("web", "nginx:1.27")
    lab.started("web")
    newer = version == "1.37"
    assert ("user" in lab.container("web")) == newer
    assert ("observedGeneration" in lab.status("web")) == newer
    assert lab.node("worker-1")["status"]["nodeInfo"]["kubeletVersion"].startswith(f"v{version}.")


def test_a_pod_on_the_nodes_network_has_the_nodes_address(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: agent}
        spec: {hostNetwork: true, nodeName: worker-1, containers: [{name: agent, image: "nginx:1.27"}]}
    """)
    lab.started("agent")
    assert lab.status("agent")["podIP"] == lab.status("agent")["hostIP"] == "192.168.100.12"
    assert lab.sh("agent", "echo $HOSTNAME") == "worker-1\n"
