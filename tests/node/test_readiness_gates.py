"""Readiness gates: a Pod is ready when others say so too.

Source: kubernetes.io, concepts/workloads/pods/pod-lifecycle (Pod readiness); pkg/kubelet/status/generate.go.
"""

from __future__ import annotations

from tests.console import Console

POD = """
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  readinessGates: [{conditionType: www.example.com/feature-1}]
  containers: [{name: web, image: nginx}]
"""


def say(console: Console, status: str) -> None:
    condition = f'{{"type":"www.example.com/feature-1","status":"{status}"}}'
    console.ok(f'kubectl patch pod web --subresource=status -p \'{{"status":{{"conditions":[{condition}]}}}}\'')
    console.advance(3)


def ready(console: Console) -> str:
    path = "'{.status.conditions[?(@.type==\"Ready\")]}'"
    return console.ok(f"kubectl get pod web -o jsonpath={path}")


def test_a_pod_waits_for_its_gate_though_its_containers_are_ready() -> None:
    console = Console()
    console.apply(POD)
    console.ok("kubectl expose pod web --port=80")
    console.advance(10)
    assert console.ok("kubectl get pod web -o wide --no-headers").split()[-1] == "0/1"
    assert '"reason":"ReadinessGatesNotReady"' in ready(console)
    told = 'corresponding condition of pod readiness gate \\"www.example.com/feature-1\\" does not exist.'
    assert told in ready(console)
    assert (
        console.ok("kubectl get endpointslices -l kubernetes.io/service-name=web -o jsonpath='{..conditions.ready}'")
        == "false"
    )
    say(console, "True")
    assert '"status":"True"' in ready(console)
    assert console.ok("kubectl get pod web -o wide --no-headers").split()[-1] == "1/1"
    assert (
        console.ok("kubectl get endpointslices -l kubernetes.io/service-name=web -o jsonpath='{..conditions.ready}'")
        == "true"
    )
    say(console, "False")
    assert 'the status of pod readiness gate \\"www.example.com/feature-1\\" is not \\"True\\", but False' in ready(
        console
    )
