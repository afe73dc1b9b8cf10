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


def applied(version: str, container: str, field: str = "containers") -> str:
    """Tries to create a Pod with a container that has more to say; returns what the server says of it."""
    console = Console(version=version)
    main = '[{"name":"app","image":"nginx"}]' if field == "initContainers" else "[]"
    spec = f'{{"containers":{main},"{field}":[{{"name":"main","image":"busybox",{container}}}]}}'
    console.write("pod.json", f'{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"trainer"}},"spec":{spec}}}')
    result = console.run("kubectl apply -f pod.json")
    return result.stderr or result.stdout


POLICY = '"restartPolicy":"Never"'


def test_before_v1_34_a_container_has_no_policy_of_its_own() -> None:
    said = applied("1.33", POLICY)
    assert "spec.containers[0].restartPolicy: Forbidden: may not be set for non-init containers" in said
    said = applied("1.33", POLICY, "initContainers")
    assert 'spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"' in said


def test_in_v1_34_the_gate_is_off() -> None:
    console = Console(version="1.34")
    assert run(console, 1, restartPolicy="OnFailure") == ["Error", "0"]


def test_rules_need_a_policy_and_an_operator_that_there_is() -> None:
    said = applied("1.36", '"restartPolicyRules":[{"action":"Restart","exitCodes":{"operator":"Is","values":[1]}}]')
    assert "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules" in said
    assert 'exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"' in said


def test_what_is_not_simulated_says_so() -> None:
    rule = '{"action":"RestartAllContainers","exitCodes":{"operator":"In","values":[1]}}'
    said = applied("1.36", f'{POLICY},"restartPolicyRules":[{rule}]')
    assert "KubeLab does not simulate RestartAllContainers" in said
