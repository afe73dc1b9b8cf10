"""What the tests of Services and networking begin with: a web server with replicas, a Service, a box with tools."""

from __future__ import annotations

from tests.console import Console

CODE = "-sS -o /dev/null -w '%{http_code}'"


def shop(console: Console, replicas: int = 2, **expose: str) -> None:
    """Deploy nginx behind the Service `web`, and a Pod `box` with network tools."""
    console.ok(f"kubectl create deployment web --image=nginx --replicas={replicas}")
    options = " ".join(f"--{name.replace('_', '-')}={value}" for name, value in expose.items())
    console.ok(f"kubectl expose deployment web --port=80 {options}")
    console.ok("kubectl run box --image=nicolaka/netshoot --privileged -- sleep 1d")
    console.advance(30)


def box(console: Console, line: str) -> str:
    """Run a line in the box; returns all that it wrote."""
    found = console.run(f"kubectl exec box -- {line}")
    return found.stdout + found.stderr


def service(console: Console, name: str = "web") -> dict:
    found = console.get("service", name)
    assert found is not None
    return found


def pods(console: Console, app: str = "web") -> list[dict]:
    kind = console.cluster.resources.find("pods")
    found = [pod for pod in console.api.list(kind, "default") if pod["metadata"].get("labels", {}).get("app") == app]
    return sorted(found, key=lambda pod: pod["status"]["podIP"])


def node_of(console: Console, name: str) -> str:
    found = console.get("pod", name)
    assert found is not None
    return found["spec"]["nodeName"]
