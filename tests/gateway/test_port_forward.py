"""kubectl port-forward: programs outside reach programs in Pods.

Source: kubernetes.io, tasks/access-application-cluster/port-forward-access-application-cluster; KEP-4006.
"""

import http.client
import re
import socket
from contextlib import contextmanager

import pytest

from kubelab.labs.gateway.kubeconfig import kubeconfig
from tests.gateway.conftest import Kubectl, furnish
from tests.services import free_port


@contextmanager
def forwarded(kubectl, what, port):
    local = free_port()
    process = kubectl.start(f"port-forward --address 127.0.0.1 {what} {local}:{port}")
    assert process.stdout.readline() == f"Forwarding from 127.0.0.1:{local} -> {port}\n"
    yield local, process
    process.terminate()
    process.communicate(timeout=10)


@pytest.mark.parametrize("minor", ["1.33", "1.30"], ids=["within a websocket", "SPDY"])
def test_a_port_is_forwarded(minor, api, lab, tmp_path):
    kubectl = Kubectl(minor, tmp_path / "home", kubeconfig(lab))
    furnish(lab, "kubectl create deployment web --image=nginx:1.27", "kubectl run cache --image=redis:7")
    with forwarded(kubectl, "deployment/web", 80) as (local, process):
        several = [http.client.HTTPConnection("127.0.0.1", local, timeout=10) for _ in range(3)]
        for path, status in (("/", 200), ("/nope", 404), ("/", 200)):
            for connection in several:  # all open at once, each used several times
                connection.request("GET", path)
                answer = connection.getresponse()
                assert answer.status == status and len(answer.read()) == int(answer.headers["Content-Length"])
        kubectl("delete deployment web")
        assert "lost connection to pod" in process.communicate(timeout=20)[1]
    with forwarded(kubectl, "pod/cache", 6379) as (local, process):
        with socket.create_connection(("127.0.0.1", local), timeout=10) as connection:
            connection.sendall(b"PING\r\n")
            assert connection.recv(100) == b"+PONG\r\n"
    with forwarded(kubectl, "pod/cache", 81) as (local, process):
        with socket.create_connection(("127.0.0.1", local), timeout=10) as connection:
            assert connection.recv(100) == b""
        told = process.communicate(timeout=10)[1]
        assert "failed to connect to localhost:81 inside namespace" in told and "connection refused" in told


def test_a_kubelet_that_is_silent_is_told_of(kubectl, lab):
    furnish(lab, 'kubectl run web --image=nginx:1.27 --overrides=\'{"spec":{"nodeName":"worker-1"}}\'')
    furnish(lab, "ssh worker-1", "sudo systemctl stop kubelet")
    why = r"error dialing backend: dial tcp [\d.]+:10250: connect: connection refused\n"
    assert re.fullmatch(f"error: error upgrading connection: {why}", kubectl("port-forward web 18080:80", code=1))
    assert re.fullmatch(f"error: {why}", kubectl("exec web -- date", code=1))
