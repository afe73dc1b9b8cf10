"""Packages that a learner installs in a container: they are there until it ends.

Source: apt-get(8), apk(8); kubernetes.io, tasks/debug/debug-application/debug-running-pod.
"""

from __future__ import annotations

import pytest

from tests.console import Console

CLOSED = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {}, policyTypes: [Egress]}
"""


@pytest.fixture
def console() -> Console:
    console = Console()
    for image in ("ubuntu", "debian", "alpine"):
        console.ok(f"kubectl run {image} --image={image} -- sleep 99999")
    console.advance(15)
    return console


@pytest.mark.parametrize("image", ["ubuntu", "debian"])
def test_apt_knows_no_package_before_it_was_updated(console: Console, image: str) -> None:
    said = console.run(f"kubectl exec {image} -- apt-get install -y curl")
    assert "E: Unable to locate package curl" in said.stderr
    assert said.exit == 100
    console.ok(f"kubectl exec {image} -- apt-get update")
    out = console.ok(f"kubectl exec {image} -- apt-get install -y curl iputils-ping")
    assert "The following NEW packages will be installed:\n  curl iputils-ping\n" in out
    assert "Setting up curl (" in out
    assert "1 received" in console.ok(f"kubectl exec {image} -- ping -c 1 127.0.0.1")
    assert "KubeLab" in console.ok(f"kubectl exec {image} -- curl -s http://example.com")


def test_apt_asks_first_and_nobody_answers(console: Console) -> None:
    out = console.run("kubectl exec debian -- sh -c 'apt update && apt install curl'")
    assert out.stdout.endswith("Do you want to continue? [Y/n] Abort.\n")


def test_apk_adds_and_names_what_there_is_not(console: Console) -> None:
    out = console.ok("kubectl exec alpine -- apk add --no-cache curl bind-tools")
    assert "(1/2) Installing curl (" in out and "OK: " in out
    assert "KubeLab" in console.ok("kubectl exec alpine -- curl -s http://example.com")
    said = console.run("kubectl exec alpine -- apk add nope").stderr
    assert "ERROR: unable to select packages:\n  nope (no such package):\n    required by: world[nope]\n" in said


def test_what_was_installed_is_gone_with_the_container(console: Console) -> None:
    console.ok("kubectl exec alpine -- apk add curl")
    console.ok("kubectl delete pod alpine --now")
    console.ok("kubectl run alpine --image=alpine -- sleep 99999")
    console.advance(10)
    assert "executable file not found in $PATH" in console.run("kubectl exec alpine -- curl example.com").stderr


def test_without_a_way_out_nothing_is_fetched() -> None:
    console = Console("three-nodes-calico")
    console.ok("kubectl run alpine --image=alpine -- sleep 99999")
    console.apply(CLOSED)
    console.advance(15)
    said = console.run("kubectl exec alpine -- apk add curl")
    assert (
        "WARNING: fetching https://dl-cdn.alpinelinux.org/alpine/v3.22/main/x86_64/APKINDEX.tar.gz: DNS" in said.stderr
    )
    assert said.exit == 1


def test_another_user_than_root_may_not() -> None:
    console = Console()
    overrides = '{"spec":{"securityContext":{"runAsUser":1000}}}'
    console.ok(f"kubectl run alpine --image=alpine --overrides='{overrides}' -- sleep 99999")
    console.advance(10)
    assert "Permission denied" in console.run("kubectl exec alpine -- apk add curl").stderr
