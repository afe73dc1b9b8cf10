"""`manage.py lab` serves learners' own clients beside the site, with certificates that it makes once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kubelab.labs.gateway.certificates import authority_certificate, server_certificate
from tests.gateway.conftest import Kubectl
from tests.house.server import ROOT, server
from tests.services import free_port


def manage(data: Path, api_port: int, *arguments: str) -> str:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "kubelab.settings", "KUBELAB_DATA": str(data)}
    env |= {"API_PORT": str(api_port), "HOST": "127.0.0.1"}
    run = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_one_process_serves_both_and_stops_at_a_signal(tmp_path):
    data, api_port = tmp_path / "data", free_port()
    with server(data, API_PORT=str(api_port)) as site:
        site.wait_for_answer()
        manage(data, api_port, "cluster", "create", "mine")
        kubectl = Kubectl("1.33", tmp_path / "home", manage(data, api_port, "cluster", "kubeconfig", "mine"))
        assert "control-plane" in kubectl("get nodes")
        watch = kubectl.start("get pods -A -w")
        watch.stdout.readline()
        began = time.monotonic()
        site.process.send_signal(signal.SIGTERM)
        site.process.wait(20)
        watch.communicate(timeout=10)
        assert time.monotonic() - began < 4, "a watch holds the server back"
    before = authority_certificate(data)
    with server(data, API_PORT=str(api_port)) as site:
        site.wait_for_answer()
        assert "control-plane" in kubectl("get nodes"), "the old kubeconfig holds"
    assert authority_certificate(data) == before


def test_a_port_in_use_is_told_in_one_line(tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with server(tmp_path / "data", API_PORT=str(port)) as site:
            _, err = site.process.communicate(timeout=20)
    assert site.process.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}: address already in use" in err and "API_PORT=0 goes without" in err


@pytest.mark.parametrize("hosts", [["localhost", "127.0.0.1", "[::1]", ".localhost"], ["lab.example"]])
def test_a_certificate_is_made_anew_for_other_names_only(tmp_path, hosts):
    first = server_certificate(tmp_path, hosts).read_bytes()
    assert server_certificate(tmp_path, hosts).read_bytes() == first
    assert server_certificate(tmp_path, [*hosts, "other.example"]).read_bytes() != first
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir()), "keys are their owner's alone"
