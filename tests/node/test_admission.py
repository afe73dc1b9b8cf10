"""Pods that a node does not take. Source: pkg/kubelet/lifecycle/predicate.go; concepts/scheduling-eviction."""

from tests.node.lab import Lab


def refused(lab: Lab, name: str) -> tuple[str, str]:
    """Reason and message of a Pod that was refused."""
    status = lab.status(name)
    assert status["phase"] == "Failed"
    assert lab.word(name) == status["reason"]
    assert "containerStatuses" not in status
    return status["reason"], status["message"]


def test_a_pod_put_on_a_full_node_by_hand_fails(lab):
    lab.run("big", "nginx:1.27", node="worker-1", resources={"requests": {"cpu": "1500m"}})
    lab.started("big")
    lab.run("more", "nginx:1.27", node="worker-1", resources={"requests": {"cpu": "1500m"}})
    lab.advance(2)
    why = "Node didn't have enough resource: cpu, requested: 1500, used: 1600, capacity: 2000"
    assert refused(lab, "more") == ("OutOfcpu", f"Pod was rejected: {why}")
    assert lab.events("more") == [("Warning", "OutOfcpu", why)]


def test_memory_runs_out_as_well(lab):
    lab.run("huge", "nginx:1.27", node="worker-1", resources={"requests": {"memory": "100Gi"}})
    lab.advance(2)
    reason, message = refused(lab, "huge")
    assert reason == "OutOfmemory" and "memory, requested: 107374182400, used: 52428800" in message


def test_a_node_takes_110_pods(lab):
    for number in range(112):
        lab.run(f"p{number}", "registry.k8s.io/pause:3.10", node="worker-1")
    lab.advance(150)
    words = [lab.word(f"p{number}") for number in range(112)]
    assert words.count("OutOfpods") == 4  # flannel and kube-proxy have two places
    assert words.count("Running") == 108
    assert refused(lab, "p111")[1] == (
        "Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 110, capacity: 110"
    )


def test_a_pod_by_hand_still_has_to_match_the_node(lab):
    lab.run("picky", "nginx:1.27", node="worker-1", nodeSelector={"disk": "ssd"})
    lab.advance(2)
    reason, message = refused(lab, "picky")
    assert reason == "NodeAffinity"
    assert (
        message == "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
    )


def test_a_port_of_the_node_is_taken_once(lab):
    for name in ("first", "second"):
        lab.run(name, "nginx:1.27", node="worker-1", ports=[{"containerPort": 80, "hostPort": 8080}])
        lab.advance(5)
    assert lab.word("first") == "Running"
    assert refused(lab, "second")[0] == "NodePorts"


def test_room_is_free_again_when_a_pod_is_over(lab):
    lab.run("big", "busybox:1.37", "true", node="worker-1", restartPolicy="Never",
            resources={"requests": {"cpu": "1500m"}})  # fmt: skip
    lab.until(lambda: lab.word("big") == "Completed")
    lab.advance(2)
    lab.run("more", "nginx:1.27", node="worker-1", resources={"requests": {"cpu": "1500m"}})
    lab.started("more")
