"""Pods that may run only so long. Source: pkg/kubelet/active_deadline.go; reference of Pod (activeDeadlineSeconds)."""

from __future__ import annotations

import pytest

from tests.node.lab import Lab

MESSAGE = "Pod was active on the node longer than the specified deadline"


@pytest.mark.parametrize(("image", "command"), [("nginx", ()), ("busybox", ("sleep", "9999"))])
def test_a_pod_is_ended_when_its_time_is_over(image: str, command: tuple) -> None:
    lab = Lab()
    pod = {"containers": [{"name": "web", "image": image, "command": list(command)}], "activeDeadlineSeconds": 20}
    lab.apply(f'{{"kind": "Pod", "metadata": {{"name": "web"}}, "spec": {pod}}}'.replace("'", '"'))
    lab.advance(19)
    assert lab.is_running("web")
    lab.advance(2)
    status = lab.status("web")
    assert (status["phase"], status["reason"], status["message"]) == ("Failed", "DeadlineExceeded", MESSAGE)
    assert ("Normal", "DeadlineExceeded", MESSAGE) in lab.events("web")
    lab.advance(40)
    assert "running" not in lab.container("web")["state"]


def test_images_that_take_long_to_come_count_as_well() -> None:
    lab = Lab()
    spec = '{"containers": [{"name": "db", "image": "mysql:8.4"}], "activeDeadlineSeconds": 5}'
    lab.apply(f'{{"kind": "Pod", "metadata": {{"name": "db"}}, "spec": {spec}}}')
    lab.advance(30)
    assert lab.status("db")["reason"] == "DeadlineExceeded"
