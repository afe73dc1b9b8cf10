"""Containers with a restart policy of their own, and rules by exit code (on by default since v1.35).

Source: KEP-5307; kubernetes.io, concepts/workloads/pods/pod-lifecycle (individual container restart policy and rules).
"""

from __future__ import annotations

from tests.console import Console


def run(console: Console, code: int, **fields: object) -> list[str]:
    """Runs a container that ends with a code in a Pod that restarts none; returns STATUS and RESTARTS."""
    container = {"name": "main", "image": "busybox", "command": ["sh", "-c", f"sleep 1; exit {code}"], **fields}
    spec = {"restartPolicy": "Never", "containers": [container]}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "trainer"}, "spec": spec})
    console.advance(30)
    return console.ok("kubectl get pod trainer --no-headers").split()[2:4]


RULES = [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]


def test_an_exit_code_of_a_rule_restarts_the_container_though_the_pod_would_not() -> None:
    console = Console()
    assert run(console, 42, restartPolicy="Never", restartPolicyRules=RULES)[1] != "0"
    assert console.ok("kubectl get pod trainer -o jsonpath='{.status.phase}'") == "Running"


def test_another_exit_code_ends_the_pod() -> None:
    console = Console()
    assert run(console, 1, restartPolicy="Never", restartPolicyRules=RULES) == ["Error", "0"]
    assert console.ok("kubectl get pod trainer -o jsonpath='{.status.phase}'") == "Failed"


def test_a_container_has_a_policy_of_its_own() -> None:
    assert run(Console(), 1, restartPolicy="OnFailure")[1] != "0"
