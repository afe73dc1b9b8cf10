"""Topic upstream: releases of Kubernetes, and where to read which one runs.

Source: kubernetes.io, releases/version-skew-policy and releases/patch-releases.
"""

import pytest

from tests.console import Console


def test_client_server_and_nodes_tell_their_releases(console):
    client, _, server = console.ok("kubectl version").splitlines()
    assert client.removeprefix("Client Version: ") == server.removeprefix("Server Version: ")
    release = server.removeprefix("Server Version: ")
    for line in console.ok("kubectl get nodes -o wide --no-headers").splitlines():
        assert line.split()[4] == release
        assert line.split()[-1].startswith("containerd://")
    assert release in console.ok("kubectl get --raw /version | jq -r .gitVersion")


@pytest.mark.parametrize("version", ["1.35", "1.37"])
def test_a_lab_may_be_of_another_minor_release(version):
    lab = Console(version=version)
    assert f"Server Version: v{version}." in lab.ok("kubectl version")
    assert lab.ok("kubectl get nodes -o jsonpath={..kubeletVersion}").count(f"v{version}.") == 3
