"""Containers that end: policies, phases, back-off. Source: kubernetes.io, concepts/workloads/pods/pod-lifecycle."""

from itertools import pairwise

import pytest

from tests.node.lab import Lab


def crash(lab: Lab, code: int = 1, after: int = 0, **more) -> None:
    lab.run("app", "busybox:1.37", "sh", "-c", f"sleep {after}; exit {code}" if after else f"exit {code}", **more)


def test_the_first_restart_comes_at_once_and_the_next_ones_later_each_time(lab):
    crash(lab)
    lab.until(lambda: lab.is_running("app"))
    times = [lab.seconds]
    for count in range(1, 8):
        lab.until(lambda count=count: lab.container("app")["restartCount"] == count)
        times.append(lab.seconds)
    waits = [after - before for before, after in pairwise(times)]
    assert waits[0] < 3
    for wait, backoff in zip(waits[1:], [10, 20, 40, 80, 160, 300], strict=False):
        assert backoff - 2 <= wait <= backoff * 1.5 + 32, waits


def test_the_words_of_a_crash_loop(lab):
    crash(lab)
    words = [word for _, word in lab.words("app", 60)]
    assert words[:2] == ["Pending", "ContainerCreating"]
    assert "Error" in words and words[-1] in ("CrashLoopBackOff", "Error")
    lab.until(lambda: lab.word("app") == "CrashLoopBackOff")
    uid = lab.pod("app")["metadata"]["uid"]
    reason, message = lab.waiting("app")
    assert reason == "CrashLoopBackOff"
    assert message.startswith("back-off ") and message.endswith(
        f" restarting failed container=app pod=app_default({uid})"
    )
    assert f"Back-off restarting failed container app in pod app_default({uid})" in lab.said("app", "BackOff")


@pytest.mark.parametrize("number", range(5))
def test_the_message_tells_the_wait(number):
    lab = Lab("1.34")
    crash(lab)
    waits = ["10s", "20s", "40s", "1m20s", "2m40s"]
    lab.until(lambda: waits[number] in lab.waiting("app")[1] if lab.status("app").get("containerStatuses") else False,
              seconds=900)  # fmt: skip
    assert lab.waiting("app")[1].startswith(f"back-off {waits[number]} restarting")
    assert lab.status("app")["phase"] == "Running"
    assert not lab.is_ready("app")


def test_the_wait_is_five_minutes_at_the_most(lab):
    crash(lab)
    lab.advance(3000)
    lab.until(lambda: lab.word("app") == "CrashLoopBackOff")
    assert lab.waiting("app")[1].startswith("back-off 5m0s restarting")


def test_the_wait_is_told_to_the_second_since_v1_35(lab):
    """Until then the Pod is looked at every 10 to 15 s; now when the wait is over, or after a minute of it."""
    crash(lab)
    lab.advance(20)
    assert lab.word("app") == "Error"
    lab.until(lambda: "1m20s" in lab.waiting("app")[1], seconds=900)
    assert lab.word("app") == "CrashLoopBackOff"


def test_ten_good_minutes_make_it_start_anew(lab):
    crash(lab, after=900)
    lab.until(lambda: lab.container("app")["restartCount"] == 2 if lab.is_running("app") else False, seconds=4000)
    assert all("CrashLoopBackOff" not in word for _, word in lab.words("app", 2000))


def test_a_container_that_ends_well_under_always_is_restarted_too():
    lab = Lab("1.34")
    crash(lab, code=0)
    words = [word for _, word in lab.words("app", 40)]
    assert "Completed" in words and "CrashLoopBackOff" in words


@pytest.mark.parametrize(
    ("policy", "code", "phase", "word"),
    [
        ("Never", 0, "Succeeded", "Completed"),
        ("Never", 3, "Failed", "Error"),
        ("OnFailure", 0, "Succeeded", "Completed"),
    ],
)
def test_a_pod_ends_when_nothing_is_to_be_restarted(lab, policy, code, phase, word):
    crash(lab, code=code, restartPolicy=policy)
    lab.advance(30)
    assert (lab.status("app")["phase"], lab.word("app")) == (phase, word)
    ended = lab.container("app")["state"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (code, word)
    assert lab.container("app")["restartCount"] == 0
    ready = {each["type"]: each.get("reason") for each in lab.status("app")["conditions"]}
    assert ready["Ready"] == ("PodCompleted" if phase == "Succeeded" else "PodFailed")


def test_on_failure_restarts_until_it_succeeds(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: app}
        spec:
          restartPolicy: OnFailure
          volumes: [{name: kept, emptyDir: {}}]
          containers:
          - name: app
            image: busybox:1.37
            command: [sh, -c, 'read x < /kept/tried && exit 0; echo yes > /kept/tried; exit 1']
            volumeMounts: [{name: kept, mountPath: /kept}]
    """)
    lab.until(lambda: lab.status("app")["phase"] == "Succeeded")
    assert lab.container("app")["restartCount"] == 1
    assert lab.container("app")["lastState"]["terminated"]["exitCode"] == 1


def test_the_last_state_tells_the_end_before_the_restart(lab):
    crash(lab, code=7)
    lab.until(lambda: lab.waiting("app")[0] == "CrashLoopBackOff" if lab.is_running("app") else False)
    last = lab.container("app")["lastState"]["terminated"]
    assert (last["exitCode"], last["reason"]) == (7, "Error")
    assert last["containerID"] == lab.container("app")["containerID"]


def test_a_command_that_is_not_there_cannot_start(lab):
    lab.run("app", "busybox:1.37", "nosuchcommand")
    lab.advance(10)
    ended = lab.container("app")["lastState"].get("terminated") or lab.container("app")["state"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (128, "StartError")
    message = (
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
        'unable to start container process: error during container init: exec: "nosuchcommand": executable file not '
        "found in $PATH: unknown"
    )
    assert ended["message"] == message
    assert f"Error: {message}" in lab.said("app", "Failed")
    assert "Created" in lab.reasons("app") and "Started" not in lab.reasons("app")


def test_both_words_of_a_failed_start_are_seen():
    lab = Lab("1.34")
    lab.run("app", "busybox:1.37", "nosuchcommand")
    words = [word for _, word in lab.words("app", 40)]
    assert "RunContainerError" in words and "CrashLoopBackOff" in words


def test_a_pod_of_two_containers_is_half_ready_while_one_crashes(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: two}
        spec:
          containers:
          - {name: web, image: "nginx:1.27"}
          - {name: app, image: "busybox:1.37", command: ["false"]}
    """)
    lab.until(lambda: lab.word("two") == "CrashLoopBackOff")
    assert lab.container("two", "web")["ready"] and not lab.container("two", "app")["ready"]
    condition = next(each for each in lab.status("two")["conditions"] if each["type"] == "Ready")
    assert (condition["status"], condition["reason"]) == ("False", "ContainersNotReady")
    assert condition["message"] == "containers with unready status: [app]"


def test_files_outside_of_volumes_are_lost_in_a_restart_and_those_in_an_empty_dir_stay(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: app}
        spec:
          volumes: [{name: kept, emptyDir: {}}]
          containers:
          - name: app
            image: busybox:1.37
            command: [sh, -c, 'echo mine > /tmp/own; echo ours > /kept/shared; sleep 60; exit 1']
            volumeMounts: [{name: kept, mountPath: /kept}]
          - name: other
            image: busybox:1.37
            command: [sleep, infinity]
            volumeMounts: [{name: kept, mountPath: /seen}]
    """)
    lab.started("app")
    assert lab.sh("app", "read x < /tmp/own; echo extra > /kept/more; echo extra > /tmp/more; echo $x") == "mine\n"
    lab.until(lambda: lab.container("app")["restartCount"] == 1)
    lab.advance(2)
    assert "/tmp/more: no such file" in lab.sh("app", "read x < /tmp/more").lower()
    assert lab.sh("app", "read x < /kept/more; echo $x") == "extra\n"
    assert lab.sh("app", "read x < /seen/shared; echo $x", of="other") == "ours\n"
