"""A site with its API served over TLS, and real kubectl with the kubeconfig that a learner gets."""

import asyncio
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from kubelab.accounts.models import User
from kubelab.labs import creation, templates
from kubelab.labs.awake import clusters
from kubelab.labs.gateway import streams
from kubelab.labs.gateway.kubeconfig import kubeconfig
from kubelab.labs.gateway.server import GatewayServer
from kubelab.labs.keeping import act_on
from kubelab.labs.shell import Shell
from tests.judge import UNCOLLECTED, kubectl_binary

SECONDS_TO_START = 10


@pytest.fixture(autouse=True)
def fresh_caches():
    """Ids begin anew with each test's database: what an earlier one left in memory is another's."""
    yield
    templates.forget()
    clusters.clear()


class Api:
    """The API's port, while the `with` lasts. `start` and `stop` are what a restart of the server does."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        self.server = GatewayServer()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve([listener])), daemon=True)
        self.thread.start()
        end = time.monotonic() + SECONDS_TO_START
        while not self.server.started:
            assert self.thread.is_alive() and time.monotonic() < end, "the API did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(SECONDS_TO_START)
        assert not self.thread.is_alive(), "the API did not stop"


@pytest.fixture
def api(live_site, settings) -> Iterator[Api]:
    """The API beside the whole site, whose reconciler lets the clusters' time pass."""
    served = Api()
    settings.API_PORT = served.port
    served.start()
    yield served
    served.stop()


class Kubectl:
    """Real kubectl of one minor version with a kubeconfig of its own."""

    def __init__(self, minor: str, home: Path, config: str) -> None:
        found = kubectl_binary(minor)
        if found is None:
            pytest.skip(f"no kubectl.{minor} on this machine")
        self.binary, self.home = found, home
        self.configure(config)

    def configure(self, config: str) -> None:
        self.home.mkdir(exist_ok=True)
        (self.home / "config").write_text(config)

    @property
    def env(self) -> dict[str, str]:
        config = str(self.home / "config")
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "KUBECONFIG": config, **UNCOLLECTED}

    def start(self, line: str) -> subprocess.Popen[str]:
        """Start kubectl with a line of arguments, as a shell reads them."""
        return subprocess.Popen(
            ["bash", "-c", f"exec {self.binary} {line}"], env=self.env, cwd=self.home, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, line: str, stdin: str = "", code: int = 0) -> str:
        """Run kubectl; returns what it printed, errors after the rest."""
        process = self.start(line)
        out, err = process.communicate(stdin, timeout=60)
        assert process.returncode == code, f"kubectl {line}: {process.returncode}\n{out}{err}"
        return out + err


@pytest.fixture
def learner(live_site):
    return User.objects.create_guest()


@pytest.fixture
def lab(learner):
    return creation.create(learner, "playground", version="1.33")


def furnish(lab, *lines: str) -> None:
    """Type lines in the lab's terminal, and let two virtual minutes pass at once: what they made runs then."""
    shell = Shell(lab.pk)
    with act_on(lab.pk) as act:
        shell.in_act(act)
        for line in lines:
            shell.type_line(act, line)
        act.run_until(act.cluster.clock.now + 120, None)
        shell.finish(act)
    shell.committed()


def hurry(lab) -> None:
    """Let the lab's virtual time pass ten times as fast as ours."""
    with act_on(lab.pk) as act:
        act.lab.rate = 10
        act.touch("rate", "at")


def pass_time(lab, seconds: float) -> None:
    """Let virtual seconds pass at once."""
    with act_on(lab.pk) as act:
        act.run_until(act.cluster.clock.now + seconds, None)
        act.touch("now")


def wait_for_streams(lab, count: int = 1) -> None:
    """Wait until so many clients watch, or are in containers."""
    end = time.monotonic() + SECONDS_TO_START
    while streams.count(lab.pk) < count:
        assert time.monotonic() < end, "nobody came"
        time.sleep(0.01)


@pytest.fixture
def kubectl(api, lab, tmp_path) -> Kubectl:
    """Real kubectl of the cluster's version: it sends protobuf."""
    return Kubectl("1.33", tmp_path / "home", kubeconfig(lab))


@pytest.fixture
def older_kubectl(api, lab, tmp_path) -> Kubectl:
    """Real kubectl of a version that sends JSON."""
    return Kubectl("1.31", tmp_path / "home", kubeconfig(lab))


@pytest.fixture
def data() -> Path:
    return Path(settings.DATA_DIR)
