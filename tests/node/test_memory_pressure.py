"""Nodes whose memory runs short: eviction by the kubelet, or an end by the kernel.

Source: kubernetes.io, concepts/scheduling-eviction/node-pressure-eviction; pkg/kubelet/eviction/helpers.go (messages).
"""

from __future__ import annotations

import pytest

from tests.console import Console

TRANSITION = 300  # seconds that the condition stays (evictionPressureTransitionPeriod)


def takes(console: Console, name: str, memory: str, request: str = "", seconds: str = "1s", **spec: object) -> None:
    """Has a Pod on worker-1 take memory, 100 MiB at a time."""
    resources = {"requests": {"memory": request}} if request else {}
    args = ["-mem-total", memory, "-mem-alloc-size", "100Mi", "-mem-alloc-sleep", seconds]
    container = {"name": "stress", "image": "vish/stress", "args": args, "resources": resources}
    pod = {"nodeName": "worker-1", "containers": [container], **spec}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": pod})


def phase(console: Console, name: str) -> str:
    return console.ok(f"kubectl get pod {name} -o jsonpath='{{.status.phase}} {{.status.reason}}'").strip()


def pressed(console: Console) -> None:
    """Has worker-1 run short of memory: one Pod takes what it asked for, another far more."""
    takes(console, "calm", "900Mi", "1Gi")
    takes(console, "greedy", "2640Mi", "100Mi")
    console.advance(45)


@pytest.fixture
def console() -> Console:
    return Console()


def test_the_pod_that_takes_more_than_it_asked_for_is_evicted(console: Console) -> None:
    pressed(console)
    assert phase(console, "greedy") == "Failed Evicted"
    assert phase(console, "calm") == "Running"
    message = console.ok("kubectl get pod greedy -o jsonpath='{.status.message}'")
    assert message.startswith("The node was low on resource: memory. Threshold quantity: 100Mi, available: ")
    assert message.endswith("Ki, request is 100Mi, has larger consumption of memory. ")
    assert "Container stress was using " in message
    path = "'{.status.conditions[?(@.type==\"DisruptionTarget\")].reason}'"
    assert console.ok(f"kubectl get pod greedy -o jsonpath={path}") == "TerminationByKubelet"


def test_the_node_says_so_and_is_tainted_until_the_transition_period_is_over(console: Console) -> None:
    pressed(console)
    told = console.ok("kubectl describe node worker-1")
    assert "KubeletHasInsufficientMemory   kubelet has insufficient memory available" in told
    assert "node.kubernetes.io/memory-pressure:NoSchedule" in told
    assert "EvictionThresholdMet" in told
    assert "Attempting to reclaim memory" in told
    assert "Node worker-1 status is now: NodeHasInsufficientMemory" in told
    console.advance(TRANSITION - 60)
    assert "memory-pressure" in console.ok("kubectl get node worker-1 -o jsonpath='{.spec.taints}'")
    console.advance(120)
    assert console.ok("kubectl get node worker-1 -o jsonpath='{.spec.taints}'") == ""


def test_a_node_under_pressure_refuses_pods_that_ask_for_nothing(console: Console) -> None:
    pressed(console)
    takes(console, "late", "10Mi")
    takes(console, "asking", "10Mi", "10Mi")
    console.advance(5)
    assert phase(console, "late") == "Failed Evicted"
    message = console.ok("kubectl get pod late -o jsonpath='{.status.message}'")
    assert message == "Pod was rejected: The node had condition: [MemoryPressure]. "
    assert phase(console, "asking") == "Running"


def test_of_two_that_take_too_much_the_less_important_goes_first(console: Console) -> None:
    console.ok("kubectl create priorityclass dear --value=1000")
    takes(console, "dear", "1900Mi", "100Mi", priorityClassName="dear")
    takes(console, "cheap", "1640Mi", "100Mi")
    console.advance(40)
    assert phase(console, "cheap") == "Failed Evicted"
    assert phase(console, "dear") == "Running"


def test_the_threshold_is_the_kubelets_configuration(console: Console) -> None:
    config = "/var/lib/kubelet/config.yaml"
    console.ok(f"ssh worker-1 \"printf 'evictionHard:\\n  memory.available: 2Gi\\n' | sudo tee -a {config}\"")
    console.ok("ssh worker-1 sudo systemctl restart kubelet")
    takes(console, "greedy", "1800Mi")
    console.advance(40)
    message = console.ok("kubectl get pod greedy -o jsonpath='{.status.message}'")
    assert "Threshold quantity: 2Gi, available: " in message
    assert "request is 0, has larger consumption of memory. " in message


def test_the_kernel_is_quicker_where_memory_goes_at_once(console: Console) -> None:
    takes(console, "calm", "900Mi", "1Gi")
    takes(console, "bomb", "8Gi", seconds="50ms")
    console.advance(12)
    state = console.ok("kubectl get pod bomb -o jsonpath='{.status.containerStatuses[0]}'")
    assert '"exitCode":137' in state
    assert '"reason":"OOMKilled"' in state
    assert phase(console, "calm") == "Running"
    told = console.ok("kubectl get events --field-selector reason=SystemOOM")
    assert "System OOM encountered, victim process: stress, pid: " in told
