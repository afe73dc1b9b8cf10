"""The API for learners' own clients: what real kubectl's `get pods` costs, watches that are quiet, long lists.

The server runs here, on one core: the site and the gateway beside it, over TLS as always. Clients are another
process, on the other core (`_watchers.py`), and the machine's kubectl where there is one.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings

from kubelab.cluster.kinds import Pod
from kubelab.cluster.objects import Object
from kubelab.labs import creation
from kubelab.labs.bench import Figure
from kubelab.labs.bench._figures import percentile
from kubelab.labs.bench._workload import ADMIN
from kubelab.labs.bench.command import PODS, Terminal
from kubelab.labs.gateway import serving, tokens
from kubelab.labs.gateway.application import Gateway
from kubelab.labs.gateway.certificates import authority_certificate
from kubelab.labs.gateway.kubeconfig import kubeconfig
from kubelab.labs.gateway.server import SiteServer
from kubelab.labs.keeping import act_on
from kubelab.labs.models import Lab
from kubelab.management.commands.lab import listen

TARGETS = {
    "api.get.p50_ms": 10,
    "api.watches_idle_cpu_ms": 10,
    "api.table_rows_per_s": 20_000,
    "api.whole_table_rows_per_s": 20_000,
}
CLUSTERS, WATCHES_EACH = 100, 10
QUIET = 10.0  # seconds
WINDOWS = 3  # as long as one round of what is done now and then; the dearest window counts
SETTLE = 60.0  # seconds after the last watch was opened: until what was just made has had its first things done
ROWS = 10_000
RUNS = 30


def run(size: float) -> Iterator[Figure]:
    terminal = Terminal()
    terminal.line(f"kubectl create deployment many --image=nginx:1.27 --replicas={PODS}")
    terminal.advance(120)
    full = with_pods(max(500, int(ROWS * size)))
    labs = [creation.create(None, f"bench-{number}") for number in range(max(2, int(CLUSTERS * size)))]
    with served() as port:
        yield from kubectl(terminal, max(5, int(RUNS * size)))
        yield from watched([full, *labs[: len(labs) - 1]], port, QUIET if size == 1 else 2.0)


@contextmanager
def served() -> Iterator[int]:
    """Serve the site and the API; gives the API's port."""
    with listen("127.0.0.1", 0) as page, listen("127.0.0.1", 0) as api:
        config = uvicorn.Config("kubelab.asgi:application", lifespan="on", log_level="error")
        server = SiteServer(config, api)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[page])), daemon=True)
        thread.start()
        while not server.gateway.started:
            time.sleep(0.02)
        settings.API_PORT = int(api.getsockname()[1])
        yield settings.API_PORT
        server.should_exit = server.gateway.should_exit = True
        thread.join(10)


def with_pods(count: int) -> Lab:
    """Return a lab with so many Pods that wait for a scheduler which does not come."""
    lab = creation.create(None, "bench-full")
    spec: Object = {"schedulerName": "nobody", "containers": [{"name": "web", "image": "nginx:1.27"}]}
    with act_on(lab.pk) as act:
        act.run_until(act.cluster.clock.now + 60, None)
        client = act.cluster.api.client(ADMIN, "bench")
        for number in range(count):
            metadata = {"name": f"web-{number:05}", "namespace": "default", "labels": {"app": "web"}}
            client.create(Pod, {"metadata": metadata, "spec": spec})
    return lab


def kubectl(terminal: Terminal, runs: int) -> Iterator[Figure]:
    """Yield what `kubectl get pods` takes: in the server, for a real kubectl as a whole, and in the terminal."""
    binary = shutil.which("kubectl")
    if binary is None:
        return
    binary = next((str(path) for path in Path(binary).resolve().parent.glob("kubectl.1.33")), binary)
    inside, walls = [0.0], []
    asking, Gateway._http = Gateway._http, timed(inside)  # type: ignore[method-assign]
    spent = []
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "config"
        config.write_text(kubeconfig(terminal.lab))
        for _ in range(runs + 3):
            inside[0], begun = 0.0, time.perf_counter()
            subprocess.run(
                [binary, "--kubeconfig", str(config), "get", "pods"],
                env={"HOME": home}, check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            walls.append(time.perf_counter() - begun)
            spent.append(inside[0])
    Gateway._http = asking  # type: ignore[method-assign]
    typed = [terminal.line("kubectl get pods") for _ in range(runs)]
    yield Figure("api.get.p50_ms", percentile(spent[3:], 50) * 1000, "ms")
    yield Figure("api.kubectl_wall.p50_ms", percentile(walls[3:], 50) * 1000, "ms")
    yield Figure("api.terminal_wall.p50_ms", percentile(typed, 50) * 1000, "ms")


def timed(inside: list[float]) -> Any:
    """Return the gateway's way to answer, which adds up how long it takes."""
    answer = Gateway._http

    async def measured(self: Gateway, scope: Any, receive: Any, send: Any) -> None:
        begun = time.perf_counter()
        await answer(self, scope, receive, send)
        inside[0] += time.perf_counter() - begun

    return measured


def processor_seconds(seconds: float) -> float:
    """Return the processor's seconds that this process takes in so many seconds."""
    begun = time.process_time()
    time.sleep(seconds)
    return time.process_time() - begun


def watched(labs: list[Lab], port: int, quiet: float) -> Iterator[Figure]:
    """Yield what open watches cost while nothing happens, and how quickly a long list comes."""
    asked = {
        "port": port,
        "authority": authority_certificate(settings.DATA_DIR),
        "each": WATCHES_EACH,
        "labs": [{"lab": lab.public_id, "token": tokens.admin_token(lab)} for lab in labs],
    }
    others = sorted(set(range(os.cpu_count() or 1)) - os.sched_getaffinity(0)) or sorted(os.sched_getaffinity(0))
    with subprocess.Popen(
        [sys.executable, "-m", "kubelab.labs.bench._watchers", str(others[0])],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR,
    ) as clients:  # fmt: skip
        if clients.stdin is None or clients.stdout is None:
            raise RuntimeError("no pipes")
        clients.stdin.write(json.dumps(asked) + "\n")
        clients.stdin.flush()
        if clients.stdout.readline() != "open\n":
            raise RuntimeError("the watches could not be opened")
        time.sleep(SETTLE if quiet == QUIET else 2.0)
        spent = max(processor_seconds(quiet) for _ in range(WINDOWS if quiet == QUIET else 1))
        yield Figure("api.watches_idle_cpu_ms", spent * 1000 * QUIET / quiet, "ms")
        with holding() as held:
            clients.stdin.write("\n")
            clients.stdin.flush()
            paged, whole = (json.loads(clients.stdout.readline()) for _ in range(2))
    for name, found in (("table", paged), ("whole_table", whole)):
        yield Figure(f"api.{name}_rows_per_s", found["rows"] / found["seconds"], "rows/s")
        yield Figure(f"api.{name}_others_p99_ms", percentile(found["waits"], 99) * 1000, "ms")
    yield Figure("api.list_longest_hold_ms", max(held) * 1000, "ms")


@contextmanager
def holding() -> Iterator[list[float]]:
    """Give how long each answer, and each piece of one, has held the worker, until the `with` ends."""
    held: list[float] = []

    def timed_in(do: Any) -> Any:
        def measured(*args: Any) -> Any:
            begun = time.perf_counter()
            try:
                return do(*args)
            finally:
                held.append(time.perf_counter() - begun)

        return measured

    before = serving.serve, serving.next_piece
    serving.serve, serving.next_piece = map(timed_in, before)
    try:
        yield held
    finally:
        serving.serve, serving.next_piece = before
