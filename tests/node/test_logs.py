"""Containers' logs. Source: kubernetes.io, concepts/cluster-administration/logging."""

from itertools import pairwise

import pytest

from kubelab.cluster.node import entry, logs
from tests.node.lab import Lab


def refused(lab: Lab, name: str, **options) -> str:
    with pytest.raises(entry.EntryError) as caught:
        lab.log(name, **options)
    return str(caught.value)


def test_what_a_command_writes_is_kept_with_its_time(lab):
    lab.run("app", "busybox:1.37", "sh", "-c", "while true; do echo tick; sleep 5; done")
    lab.started("app")
    lab.advance(16)
    assert lab.log("app") == ["tick"] * 4
    times = [line.time for line in entry.read_log(lab.cluster, "default", "app", "app")]
    assert [round(after - before) for before, after in pairwise(times)] == [5, 5, 5]


def test_standard_error_goes_to_the_log_too(lab):
    lab.run("app", "busybox:1.37", "sh", "-c", "echo out; echo err >&2; sleep 60")
    lab.started("app")
    lines = entry.read_log(lab.cluster, "default", "app", "app")
    assert [(line.stream, line.text) for line in lines] == [("stdout", "out"), ("stderr", "err")]


def test_the_log_before_the_restart_is_the_previous_one(lab):
    lab.run("app", "busybox:1.37", "sh", "-c", "echo attempt $HOSTNAME; sleep 3; exit 1")
    lab.started("app")
    assert refused(lab, "app", previous=True) == 'previous terminated container "app" in pod "app" not found'
    lab.until(lambda: lab.container("app")["restartCount"] == 1)
    assert lab.log("app", previous=True) == ["attempt app"]


def test_a_finished_pods_log_stays(lab):
    lab.run("app", "busybox:1.37", "sh", "-c", "echo done", restartPolicy="Never")
    lab.until(lambda: lab.word("app") == "Completed")
    lab.advance(100)
    assert lab.log("app") == ["done"]


def test_a_container_that_has_not_started_has_no_log(lab):
    lab.run("app", "nginx:1.27")
    lab.advance(1)
    assert refused(lab, "app") == 'container "app" in pod "app" is waiting to start: ContainerCreating'


def test_nor_has_one_whose_image_does_not_come(lab):
    lab.run("app", "nginx:doesnotexist")
    lab.until(lambda: lab.word("app") == "ErrImagePull")
    assert refused(lab, "app") == 'container "app" in pod "app" is waiting to start: image can\'t be pulled'
    lab.until(lambda: lab.word("app") == "ImagePullBackOff")
    assert refused(lab, "app").endswith("is waiting to start: trying and failing to pull image")


def test_a_log_without_end_keeps_its_newest_lines(lab, monkeypatch):
    monkeypatch.setattr(logs, "PARTS", 3)
    lab.run("app", "busybox:1.37", "sh", "-c", "i=0; while true; do i=$((i+1)); echo line $i; sleep 0.01; done")
    lab.started("app")
    lab.advance(10)
    lines = lab.log("app")
    assert 400 < len(lines) <= 600
    assert int(lines[-1].split()[1]) - int(lines[0].split()[1]) == len(lines) - 1
    assert int(lines[-1].split()[1]) > 900


def test_the_termination_message_may_come_from_the_log(lab):
    lab.run("app", "busybox:1.37", "sh", "-c", "echo it broke; exit 1", restartPolicy="Never",
            terminationMessagePolicy="FallbackToLogsOnError")  # fmt: skip
    lab.until(lambda: lab.word("app") == "Error")
    assert lab.container("app")["state"]["terminated"]["message"] == "it broke\n"


def test_the_termination_message_is_what_was_written_to_its_file(lab):
    lab.run("app", "busybox:1.37", "sh", "-c", "echo enough > /dev/termination-log", restartPolicy="Never")
    lab.until(lambda: lab.word("app") == "Completed")
    assert lab.container("app")["state"]["terminated"]["message"] == "enough\n"
