"""The official Python client and kr8s do on a lab's cluster what their manuals show, in their own idioms.

Source: github.com/kubernetes-client/python (examples), docs.kr8s.org.
"""

import urllib.request

import pytest

from kubelab.labs.gateway.kubeconfig import kubeconfig
from tests.gateway.conftest import furnish

kubernetes = pytest.importorskip("kubernetes")
kr8s = pytest.importorskip("kr8s")

from kubernetes import client, config, stream, watch  # noqa: E402


@pytest.fixture
def file(api, lab, tmp_path):
    furnish(lab, "kubectl run web --image=nginx:1.27", "kubectl create deployment shop --image=nginx:1.27 --replicas=2")
    path = tmp_path / "config"
    path.write_text(kubeconfig(lab))
    return str(path)


@pytest.fixture
def core(file):
    return client.CoreV1Api(config.new_client_from_config(file))


def test_the_official_client_lists_and_watches_like_an_informer(core):
    pods = core.list_namespaced_pod("default", limit=2)
    assert len(pods.items) == 2 and pods.metadata._continue
    assert len(core.list_namespaced_pod("default", _continue=pods.metadata._continue).items) == 1
    told = []
    begin = core.list_namespaced_config_map("default").metadata.resource_version
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="colours"), data={"wall": "red"})
    core.create_namespaced_config_map("default", body)
    follow = watch.Watch()
    for event in follow.stream(core.list_namespaced_config_map, "default", resource_version=begin, timeout_seconds=10):
        told.append((event["type"], event["object"].data))
        if event["type"] == "ADDED":
            applied = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "colours"},
                "data": {"wall": "blue"},
            }
            core.patch_namespaced_config_map(
                "colours", "default", applied, field_manager="painter", force=True,
                _content_type="application/apply-patch+yaml",
            )  # fmt: skip
        elif event["type"] == "MODIFIED":
            core.delete_namespaced_config_map("colours", "default")
        else:
            follow.stop()
    assert told == [("ADDED", {"wall": "red"}), ("MODIFIED", {"wall": "blue"}), ("DELETED", {"wall": "blue"})]
    with pytest.raises(client.ApiException) as refused:
        core.read_namespaced_pod("gone", "default")
    assert (refused.value.status, refused.value.reason) == (404, "Not Found")
    with pytest.raises(client.ApiException) as refused:
        list(follow.stream(core.list_namespaced_config_map, "default", resource_version="1", timeout_seconds=5))
    assert refused.value.status == 410


def test_the_official_client_enters_containers_and_forwards_ports(core):
    enter = core.connect_get_namespaced_pod_exec
    said = stream.stream(
        enter, "web", "default", command=["sh", "-c", "hostname; echo no >&2"], stdout=True, stderr=True
    )
    assert sorted(said.split()) == ["no", "web"]
    shell = stream.stream(
        enter, "web", "default", command=["sh"], stdin=True, stdout=True, stderr=True, _preload_content=False
    )
    shell.write_stdin("echo $((6 * 7))\n")
    assert shell.readline_stdout(timeout=10) == "42"
    shell.write_stdin("exit 3\n")
    shell.run_forever(timeout=10)
    shell.close()
    assert shell.returncode == 3
    forward = stream.portforward(core.connect_get_namespaced_pod_portforward, "web", "default", ports="80,81")
    http = forward.socket(80)
    http.settimeout(10)
    http.sendall(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
    answer = b""
    while part := http.recv(65536):
        answer += part
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and b"Welcome to nginx!" in answer
    assert "connection refused" in forward.error(81)
    forward.close()


def test_kr8s_works_as_its_manual_shows(file):
    cluster = kr8s.api(kubeconfig=file)
    assert {pod.name for pod in cluster.get("pods", namespace="default")} >= {"web"}
    (web,) = cluster.get("pods", "web", namespace="default")
    assert web.ready()
    assert web.exec(["hostname"]).stdout == b"web\n"
    with web.portforward(remote_port=80) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            assert b"Welcome to nginx!" in answer.read()
    (shop,) = cluster.get("deployments", "shop", namespace="default")
    shop.scale(1)
    shop.wait("jsonpath='{.status.replicas}'=1", timeout=20)
    assert len(list(shop.pods())) >= 1
    web.label(seen="yes")
    web.delete()
    web.wait("delete", timeout=40)
