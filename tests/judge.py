"""Real kubectl as the judge: a simulated cluster served over plain HTTP on this machine, and the binaries that ask it.

    with Judge("1.31") as judge:
        judge.kubectl("get pods -A").stdout

The cluster's time is the machine's, since kubectl counts ages itself. Plain HTTP carries no token, so everybody is the
cluster's administrator here; who may do what is tested elsewhere.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from kubelab.cluster.api.watching import Watch
from kubelab.cluster.cluster import Cluster
from kubelab.cluster.rest.calls import Call, Reply, answer
from kubelab.cluster.user import User

ADMIN = User("kubernetes-admin", ("kubeadm:cluster-admins", "system:masters", "system:authenticated"))
LONGEST_WATCH = 60.0  # seconds
LOOK = 0.02  # seconds between two looks whether the server shall stop
# kubectl ends before it needs to collect garbage: a quarter of what one call takes otherwise.
UNCOLLECTED = {"GOGC": "off"}
PREFIX = "/clusters/judged"


def kubectl_binary(minor: str) -> str | None:
    """Returns the path of real kubectl of that minor version ("1.31"), or None where this machine has none."""
    dispatcher = shutil.which("kubectl")
    beside = Path(dispatcher).resolve().with_name(f"kubectl.{minor}") if dispatcher else None
    return str(beside) if beside and beside.exists() else None


class Judge:
    """A cluster on a port of this machine, and real kubectl of the same minor version.

    Args:
        version: the cluster's and kubectl's minor version.
        cluster: the one to serve; by default a new one of three nodes.
        follow: whether the cluster's time follows the machine's.
    """

    def __init__(self, version: str = "1.31", cluster: Cluster | None = None, *, follow: bool = True) -> None:
        found = kubectl_binary(version)
        if found is None:
            pytest.skip(f"no kubectl.{version} on this machine")
        self.binary = found
        self.cluster = cluster or Cluster.create("judged", version=version, now=time.time(), **_interpreter())
        self.follow = follow
        self.lock = threading.RLock()
        self.home = tempfile.TemporaryDirectory()
        self.env: dict[str, str] = {}  # what kubectl finds in its environment besides
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}{PREFIX}"

    def __enter__(self) -> Judge:
        threading.Thread(target=self.server.serve_forever, args=(LOOK,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.home.cleanup()

    def kubectl(self, line: str | list[str], stdin: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs the real kubectl with a line of arguments (as a shell reads them), or with a list of them."""
        argv = [self.binary, "--server", self.url, *line] if isinstance(line, list) else None
        command = f"{self.binary} --server {self.url} {line}" if argv is None else None
        return subprocess.run(
            argv or ["bash", "-c", command], input=stdin, capture_output=True, text=True, timeout=timeout,
            cwd=self.home.name,
            env={"PATH": os.environ["PATH"], "HOME": self.home.name, "LC_ALL": "C.UTF-8", **UNCOLLECTED, **self.env},
        )  # fmt: skip

    @contextmanager
    def at_work(self) -> Iterator[Cluster]:
        """The cluster, caught up with the machine's time; nobody else has it meanwhile."""
        with self.lock:
            self.cluster.run_until(max(time.time(), self.cluster.clock.now) if self.follow else self.cluster.clock.now)
            yield self.cluster
            self.cluster.settle()


def _interpreter() -> dict[str, object]:
    from kubelab.labs.simulation import interpreter

    return {"interpreter": interpreter()}


def _handler(judge: Judge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            body = self.chunks() if "Transfer-Encoding" in self.headers else self.rfile.read(self.length())
            headers = {name.lower(): value for name, value in self.headers.items()}
            path, query = url.path.removeprefix(PREFIX), dict(parse_qsl(url.query, keep_blank_values=True))
            call = Call(self.command, path, query, headers, body, ADMIN, PREFIX)
            with judge.at_work() as cluster:
                found = answer(cluster.api, call)
            if isinstance(found, Watch):
                self.stream(found, float(query.get("timeoutSeconds") or LONGEST_WATCH))
            else:
                self.reply(found)

        def length(self) -> int:
            return int(self.headers.get("Content-Length") or 0)

        def chunks(self) -> bytes:
            """Reads a body that comes in pieces, as kubectl sends what it has not read itself (create --raw)."""
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def reply(self, found: Reply) -> None:
            self.send_response(found.code)
            self.send_header("Content-Type", found.content_type)
            self.send_header("Content-Length", str(len(found.body)))
            for warning in found.warnings:
                self.send_header("Warning", f"299 - {json.dumps(warning)}")
            self.end_headers()
            self.wfile.write(found.body)

        def stream(self, watch: Watch, seconds: float) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            end = time.time() + min(seconds, LONGEST_WATCH)
            try:
                while time.time() < end and not watch.ended:
                    with judge.at_work():
                        events = watch.events()
                    for event in events:
                        line = json.dumps({"type": event.type, "object": event.object}).encode() + b"\n"
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    self.wfile.flush()
                    time.sleep(0.02)
                self.wfile.write(b"0\r\n\r\n")
            except OSError:
                return
            finally:
                with judge.lock:
                    watch.close()

        def log_message(self, *_: object) -> None:
            return

    return Handler
