"""The made-up cluster of the stub page: enough life to look at, no rule of Kubernetes in it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Say = Callable[[dict[str, Any]], Awaitable[None]]

FILES = {
    "pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels:\n    app: web\nspec:\n  containers:\n"
    "  - name: nginx\n    image: nginx:1.27\n    ports:\n    - containerPort: 80\n",
    "web.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: three\n  selector:\n"
    "    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n"
    "      containers:\n      - name: nginx\n        image: nginx:1.27\n        imagePullPolicy: Sometimes\n        port: 80\n",
}
PROMPT = "\x1b[32mlearner@kubelab\x1b[0m:\x1b[34m~\x1b[0m$ "
SYSTEM = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "coredns", "kube-proxy", "kube-flannel"]
MOODS = ["Running"] * 14 + ["CrashLoopBackOff", "ContainerCreating", "Completed", "ImagePullBackOff", "Terminating", "Running"]
GREEN = (
    '<li class="check" id="check-0" data-state="passed" hx-swap-oob="true">A Pod named <code>web</code> exists</li>'
    '<li class="check" id="check-1" data-state="passed" hx-swap-oob="true">It runs the image <code>nginx:1.27</code></li>'
)


class Scenery:
    def __init__(self, nodes: int, pods: int, now: float) -> None:
        self.now, self.revision = now, 1
        self.nodes = ["control-plane", *(f"worker-{number}" for number in range(1, nodes))]
        self.pods = [self.pod(number) for number in range(pods)]
        self.typed = ""

    def pod(self, number: int) -> dict[str, Any]:
        workers = self.nodes[1:] or self.nodes
        mood = MOODS[number * 7 % len(MOODS)] if number > 2 else "Running"
        name = f"web-5d8f7c9b6-{number * 7919 % 60466176:05x}"
        ready = mood == "Running"
        container = {"name": "nginx", "image": "nginx:1.27", "state": mood, "ready": ready, "restarts": number % 3}
        side = {"name": "log-shipper", "image": "busybox:1.36", "state": "Running", "ready": True, "restarts": 0}
        node = "" if number == 3 else workers[number % len(workers)]
        return {
            "id": f"pods/default/{name}", "ns": "default", "name": name, "node": node, "status": mood if node else "Pending",
            "ready": "1/1" if ready else "0/1", "restarts": number % 3, "ip": f"10.244.1.{number % 250}", "labels": {"app": "web"},
            "containers": [container, side] if number % 4 == 1 else [container], "owner": "ReplicaSet/web-5d8f7c9b6",
            "deleting": mood == "Terminating",
        }  # fmt: skip

    def everything(self) -> dict[str, Any]:
        node = {"ready": True, "version": "v1.36.0", "unschedulable": False, "ip": "192.168.100.11"}
        nodes = [
            {"id": f"nodes/{name}", "name": name, "roles": ["control-plane"] if name == "control-plane" else [], **node}
            for name in self.nodes
        ]
        nodes[-1] |= {"unschedulable": len(nodes) > 2}
        ready = [pod["id"] for pod in self.pods if pod["status"] == "Running" and pod["node"]]
        service = {
            "ns": "default", "type": "ClusterIP", "ip": "10.96.14.3", "ports": ["80/TCP"], "selector": {"app": "web"},
        }  # fmt: skip
        return {
            "nodes": nodes,
            "pods": [*self.pods, *self.system()],
            "services": [
                {"id": "services/default/web", "name": "web", "endpoints": ready, "addresses": len(ready), **service},
                {"id": "services/default/kubernetes", "name": "kubernetes", "endpoints": [], "addresses": 1, **service, "ip": "10.96.0.1", "ports": ["443/TCP"]},
            ],
            "workloads": [
                self.workload("Deployment", "web", len(ready), ""),
                self.workload("ReplicaSet", "web-5d8f7c9b6", len(ready), "Deployment/web"),
                self.workload("ReplicaSet", "web-7c9d4f", 0, "Deployment/web", desired=0),
            ],
        }

    def workload(self, kind: str, name: str, ready: int, owner: str, desired: int | None = None) -> dict[str, Any]:
        wanted = len(self.pods) if desired is None else desired
        return {
            "id": f"{kind.lower()}s/default/{name}", "ns": "default", "name": name, "kind": kind, "ready": ready, "desired": wanted, "owner": owner,
        }  # fmt: skip

    def system(self) -> list[dict[str, Any]]:
        return [
            {
                "id": f"pods/kube-system/{name}", "ns": "kube-system", "name": name, "node": self.nodes[0], "status": "Running",
                "ready": "1/1", "restarts": 0, "ip": "192.168.100.11", "labels": {}, "owner": "", "deleting": False,
                "containers": [{"name": name, "image": "registry.k8s.io/x", "state": "Running", "ready": True, "restarts": 0}],
            }
            for name in SYSTEM
        ]  # fmt: skip

    async def hear(self, message: dict[str, Any], say: Say) -> None:
        kind = message["type"]
        if kind == "hello":
            await say({"type": "map", "revision": self.revision, "full": True, "put": self.everything(), "gone": []})
            await say({"type": "clock", "now": self.now, "rate": 1, "paused": False, "next": self.now + 42})
            await say({"type": "terminal", "data": PROMPT, "reset": True})
        elif kind == "open":
            await say({"type": "file", "path": message["path"], "content": FILES.get(message["path"], "")})
        elif kind in ("run", "apply"):
            line = message.get("line") or f"kubectl apply -f {message['path']}"
            await say({"type": "terminal", "data": f"{line}\r\n\x1b[2mThe stub has no shell.\x1b[0m\r\n{PROMPT}"})
            await say({"type": "html", "html": GREEN})
        elif kind == "keys":
            await self.type(message["data"], say)
        elif kind == "clock":
            paused = message["action"] == "pause"
            rate = message.get("value", 1) if message["action"] == "rate" else 1
            await say({"type": "clock", "now": self.now, "rate": rate, "paused": paused, "next": None})

    async def type(self, data: str, say: Say) -> None:
        if data != "\r":
            self.typed += data
            await say({"type": "terminal", "data": data})
            return
        await say({"type": "terminal", "data": f"\r\n{PROMPT}"})
        if self.typed == "edit":
            await say({"type": "edit", "path": "/tmp/kubectl-edit-1234.yaml", "content": FILES["pod.yaml"], "token": "t1"})
        self.typed = ""

    async def live(self, say: Say) -> None:
        """A Pod that comes, is placed, starts, runs and goes, over and over."""
        number = 0
        while self.pods:
            number += 1
            fresh = self.pod(0) | {"name": f"web-5d8f7c9b6-new{number}", "id": f"pods/default/web-5d8f7c9b6-new{number}"}
            for status, node in [("Pending", ""), ("ContainerCreating", self.nodes[-1]), ("Running", self.nodes[-1])]:
                await asyncio.sleep(1.5)
                ready = {"ready": "1/1" if status == "Running" else "0/1", "node": node, "status": status}
                await self.tell(say, put={"pods": [fresh | ready]})
            await asyncio.sleep(3)
            await self.tell(say, put={"pods": [fresh | {"status": "Terminating", "deleting": True, "node": self.nodes[-1]}]})
            await asyncio.sleep(2)
            await self.tell(say, gone=[fresh["id"]])

    async def tell(self, say: Say, put: dict[str, Any] | None = None, gone: list[str] | None = None) -> None:
        self.revision += 1
        await say({"type": "map", "revision": self.revision, "full": False, "put": put or {}, "gone": gone or []})
