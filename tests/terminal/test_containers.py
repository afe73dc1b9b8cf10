"""What runs in containers is the same shell: its output is the log, its end the container's, its signals the Pod's."""

import json


def pod(console, script, *, name="p", image="busybox", grace=30, restart="Never"):
    container = {"name": "c", "image": image, "command": ["sh", "-c", script]}
    spec = {"containers": [container], "terminationGracePeriodSeconds": grace, "restartPolicy": restart}
    console.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
    console.advance(10)


def state(console, name="p"):
    return console.get("pod", name)["status"]["containerStatuses"][0]["state"]


def log(console, name="p"):
    return console.ok(f"kubectl logs {name}")


def test_a_loop_writes_the_log_as_time_passes(console):
    pod(console, "i=0; while true; do echo line $i; i=$((i+1)); sleep 2; done")
    before = len(log(console).splitlines())
    console.advance(10)
    assert len(log(console).splitlines()) == before + 5


def test_the_exit_status_of_the_script_is_the_containers(console):
    pod(console, "echo bye; exit 3")
    assert state(console)["terminated"]["exitCode"] == 3
    assert log(console) == "bye\n"


def test_a_pipeline_and_a_function_run_as_anywhere(console):
    pod(console, "f() { for i in 1 2 3; do echo $i; sleep 1; done; }; f | while read x; do echo got $x; done")
    assert log(console) == "got 1\ngot 2\ngot 3\n"
    assert state(console)["terminated"]["exitCode"] == 0


def test_environment_files_and_hostname_are_the_containers(console):
    pod(console, "echo $HOSTNAME $(hostname); echo hi > /tmp/f; cat /tmp/f; pwd; whoami")
    assert log(console) == "p p\nhi\n/\nroot\n"


def test_process_1_without_a_trap_is_killed_only_after_its_grace(console):
    pod(console, "while true; do sleep 1; done | cat", grace=20)
    before = console.now
    console.ok("kubectl delete pod p")
    assert 19 < console.now - before < 25


def test_a_trap_waits_for_the_command_in_the_foreground(console):
    pod(console, "trap 'echo trapped' TERM; sleep 12 | cat; echo after; sleep 1000", grace=60)
    console.ok("kubectl delete pod p --wait=false")
    assert log(console) == ""
    console.advance(8)
    assert log(console) == "trapped\nafter\n"


def test_a_trap_ends_it_in_time(console):
    pod(console, "trap 'echo cleaning; exit 0' TERM; while true; do sleep 1; done", grace=20)
    before = console.now
    console.ok("kubectl delete pod p")
    assert console.now - before < 5


def test_commands_in_a_container_see_its_files_and_end_with_their_status(console):
    pod(console, "echo content > /data; sleep 10000")
    assert console.ok("kubectl exec p -- cat /data") == "content\n"
    assert console.ok("echo typed | kubectl exec -i p -- sh -c 'read x; echo got $x'") == "got typed\n"
    assert console.run("kubectl exec p -- sh -c 'exit 4'").exit == 4
    assert console.ok("kubectl exec p -- sh -c 'echo $$'").strip() != "1"


def test_a_failing_script_is_restarted_with_back_off(console):
    pod(console, "echo try; exit 1", restart="Always")
    console.advance(60)
    assert console.get("pod", "p")["status"]["containerStatuses"][0]["restartCount"] >= 3


def test_an_interactive_shell_in_a_container(console):
    from tests.terminal.seen import Seen

    pod(console, "sleep 10000")
    seen = Seen(console)
    seen.type("kubectl exec -it p -- sh\r").advance(1)
    assert seen.last == "/ #"
    seen.type("cd /tmp; echo in $PWD\r").advance(1)
    assert seen.lines[-2:] == ["in /tmp", "/tmp #"]
    seen.type("sleep 100\r\x03").advance(1)
    assert seen.last == "/tmp #"
    seen.restart()
    seen.type("echo still here\r").advance(1)
    assert seen.lines[-2:] == ["still here", "/tmp #"]
    seen.type("exit\r").advance(1)
    assert seen.last.endswith("workstation:~$")


def test_the_process_of_a_container_is_small_json(console):
    pod(console, "while true; do sleep 60; echo tick; done | while read line; do echo got $line; done")
    kept = [obj for key, obj in console.cluster.store.items("/machine/process/")]
    assert len(kept) == 1 and len(json.dumps(kept[0])) < 4000
