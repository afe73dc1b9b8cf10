"""What a program notices of its securityContext: user, groups, capabilities, a file system that it cannot write.

Source: kubernetes.io, tasks/configure-pod-container/security-context.
"""

from __future__ import annotations

import pytest

from tests.console import Console


def run(console: Console, command: str, context: dict | None = None, **spec: object) -> str:
    """Runs a command in busybox; returns its log."""
    container = {"name": "main", "image": "busybox", "command": ["sh", "-c", f"{command}; sleep 3600"]}
    pod = {"containers": [{**container, "securityContext": context or {}}], **spec}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo"}, "spec": pod})
    console.advance(5)
    return console.run("kubectl logs demo").stdout


def test_a_process_has_the_user_and_the_groups_of_its_pod() -> None:
    context = {"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 2000, "supplementalGroups": [4000]}
    log = run(Console(), "id; ls -ln /x 2>&1; touch /x", securityContext=context)
    assert log.startswith("uid=1000 gid=3000 groups=3000,2000,4000\n")


def test_files_of_a_volume_belong_to_its_fs_group() -> None:
    mount = {"emptyDir": {}, "name": "data"}
    console = Console()
    container = {"name": "main", "image": "busybox", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    container["command"] = ["sh", "-c", "touch /data/y; ls -ln /data/y; sleep 3600"]
    spec = {"containers": [container], "volumes": [mount], "securityContext": {"runAsUser": 1000, "fsGroup": 2000}}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo"}, "spec": spec})
    console.advance(5)
    assert "1000 2000" in console.ok("kubectl logs demo")


@pytest.mark.parametrize(
    "context, mask",
    [
        ({}, "00000000a80425fb"),
        ({"capabilities": {"add": ["NET_ADMIN", "SYS_TIME"]}}, "00000000aa0435fb"),
        ({"capabilities": {"drop": ["ALL"]}}, "0000000000000000"),
        ({"privileged": True}, "000001ffffffffff"),
    ],
    ids=["default", "added", "dropped", "privileged"],
)
def test_capabilities_are_seen_in_proc(context: dict, mask: str) -> None:
    log = run(Console(), "cat /proc/1/status", context)
    assert f"CapPrm:\t{mask}\nCapEff:\t{mask}\n" in log


def test_another_user_than_root_holds_none() -> None:
    log = run(Console(), "grep Cap /proc/1/status", {"runAsUser": 1000})
    assert "CapEff:\t0000000000000000" in log
    assert "CapBnd:\t00000000a80425fb" in log


def test_a_read_only_root_file_system_refuses_writes() -> None:
    assert "Read-only file system" in run(Console(), "touch /x 2>&1", {"readOnlyRootFilesystem": True})


@pytest.mark.parametrize(
    "context, message",
    [
        ({"runAsNonRoot": True}, "container has runAsNonRoot and image will run as root"),
        ({"runAsNonRoot": True, "runAsUser": 0}, "container's runAsUser breaks non-root policy"),
    ],
    ids=["image", "asked"],
)
def test_who_may_not_be_root_does_not_start_as_root(context: dict, message: str) -> None:
    console = Console()
    run(console, "id", context)
    waiting = console.ok("kubectl get pod demo -o jsonpath='{.status.containerStatuses[0].state.waiting}'")
    assert '"reason":"CreateContainerConfigError"' in waiting
    assert message in waiting
