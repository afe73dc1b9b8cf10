"""gRPC probes: the health service, what it answers, and servers that have none.

Source: kubernetes.io, tasks/configure-pod-container/configure-liveness-readiness-startup-probes; pkg/probe/grpc.
"""

from __future__ import annotations

from tests.console import Console

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"


def probe(console: Console, image: str, port: int, *args: str) -> None:
    liveness = {"grpc": {"port": port}, "initialDelaySeconds": 2, "periodSeconds": 5, "failureThreshold": 1}
    container = {"name": "app", "image": image, "args": list(args), "livenessProbe": liveness}
    container |= {} if args else {"args": []}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app"}, "spec": {"containers": [container]}})
    console.advance(40)


def told(console: Console) -> str:
    return console.ok("kubectl get events --field-selector reason=Unhealthy -o jsonpath='{.items[*].message}'")


def restarts(console: Console) -> int:
    return int(console.ok("kubectl get pod app -o jsonpath='{.status.containerStatuses[0].restartCount}'"))


def test_a_server_with_the_health_service_lives() -> None:
    console = Console()
    probe(console, AGNHOST, 5000, "grpc-health-checking")
    assert (restarts(console), told(console)) == (0, "")


def test_a_server_that_says_not_serving_is_restarted() -> None:
    console = Console()
    probe(console, AGNHOST, 5000, "grpc-health-checking", "--delay-unhealthy-sec=10")
    assert 'Liveness probe failed: service unhealthy (responded with "NOT_SERVING")' in told(console)
    assert restarts(console) > 0


def test_a_server_without_it_never_answers() -> None:
    console = Console()
    probe(console, "nginx", 80)
    assert "Liveness probe failed: timeout: failed to connect service" in told(console)
    assert "within 1s: context deadline exceeded" in told(console)
