"""How Pods end. Source: kubernetes.io, concepts/workloads/pods/pod-lifecycle#pod-termination."""

from tests.node.lab import Lab


def lasted(lab: Lab, name: str, seconds: float = 200) -> float:
    """How long it takes until a Pod that was deleted is gone."""
    return lab.until(lambda: lab.find(name) is None, seconds)


def test_a_server_that_heeds_the_signal_is_gone_in_a_moment(lab):
    lab.run("web", "nginx:1.27")
    lab.started("web")
    lab.delete("web")
    assert lab.word("web") == "Terminating"
    assert lab.pod("web")["metadata"]["deletionGracePeriodSeconds"] == 30
    assert lasted(lab, "web") < 3
    assert lab.events("web")[-1] == ("Normal", "Killing", "Stopping container web")


def test_a_shell_as_process_one_ignores_the_signal_and_is_killed_after_thirty_seconds(lab):
    lab.run("app", "busybox:1.37", "sh", "-c", "while true; do sleep 5; done")
    lab.started("app")
    lab.delete("app")
    assert 30 <= lasted(lab, "app") < 32


def test_a_trap_ends_a_shell_in_time(lab):
    lab.run("app", "busybox:1.37", "sh", "-c", "trap 'echo bye; exit 0' TERM; while true; do sleep 1; done")
    lab.started("app")
    lab.delete("app")
    assert lasted(lab, "app") < 3


def test_the_pods_own_grace_period_counts(lab):
    lab.run("app", "busybox:1.37", "sleep", "3600", terminationGracePeriodSeconds=5)
    lab.started("app")
    lab.delete("app")
    assert 5 <= lasted(lab, "app") < 7


def test_whoever_deletes_may_ask_for_another_grace_period(lab):
    lab.run("app", "busybox:1.37", "sleep", "3600")
    lab.started("app")
    lab.delete("app", grace=3)
    assert 3 <= lasted(lab, "app") < 5


def test_a_second_deletion_shortens_the_first(lab):
    lab.run("app", "busybox:1.37", "sleep", "3600")
    lab.started("app")
    lab.delete("app")
    lab.advance(5)
    lab.delete("app", grace=1)
    assert lasted(lab, "app") < 4


def test_deletion_by_force_removes_the_pod_at_once(lab):
    lab.run("app", "busybox:1.37", "sleep", "3600")
    lab.started("app")
    lab.delete("app", grace=0)
    assert lab.find("app") is None


def test_the_exit_code_of_a_killed_container_is_137(lab):
    lab.run("app", "busybox:1.37", "sleep", "3600", terminationGracePeriodSeconds=2)
    lab.apply("""
        {apiVersion: v1, kind: Pod, metadata: {name: kept, finalizers: [example.com/wait]},
         spec: {terminationGracePeriodSeconds: 2,
                containers: [{name: kept, image: "busybox:1.37", command: [sleep, "99"]}]}}
    """)
    lab.started("kept")
    lab.delete("kept")
    lab.advance(10)
    ended = lab.container("kept")["state"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (137, "Error")
    assert lab.status("kept")["phase"] == "Failed"


def test_a_pre_stop_hook_comes_before_the_signal_and_within_the_grace_period(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          containers:
          - {name: web, image: "nginx:1.27", lifecycle: {preStop: {exec: {command: [sleep, "7"]}}}}
    """)
    lab.started("web")
    lab.delete("web")
    lab.advance(6)
    assert lab.container("web")["state"].get("running")
    assert 0.9 <= lasted(lab, "web") < 4


def test_a_pre_stop_hook_that_is_too_slow_leaves_two_seconds_for_the_signal(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          terminationGracePeriodSeconds: 10
          containers:
          - name: web
            image: busybox:1.37
            command: [sleep, "3600"]
            lifecycle: {preStop: {exec: {command: [sleep, "60"]}}}
    """)
    lab.started("web")
    lab.delete("web")
    assert 12 <= lasted(lab, "web") < 14


def test_a_pre_stop_hook_that_fails_is_told(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          containers:
          - {name: web, image: "nginx:1.27", lifecycle: {preStop: {exec: {command: ["false"]}}}}
    """)
    lab.started("web")
    lab.delete("web")
    lasted(lab, "web")
    assert lab.said("web", "FailedPreStopHook") == ["PreStopHook failed"]


def test_a_terminating_pod_stays_ready_no_longer_than_it_runs(lab):
    lab.run("app", "busybox:1.37", "sleep", "3600")
    lab.started("app")
    lab.delete("app")
    lab.advance(5)
    assert lab.word("app") == "Terminating" and lab.status("app")["phase"] == "Running"


def test_sidecars_end_after_the_app_and_in_the_opposite_order(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: app}
        spec:
          initContainers:
          - {name: first, image: "nginx:1.27", restartPolicy: Always}
          - {name: second, image: "redis:8.2", restartPolicy: Always}
          containers:
          - {name: app, image: "httpd:2.4"}
    """)
    lab.started("app")
    lab.delete("app")
    lasted(lab, "app")
    stopped = lab.said("app", "Killing")
    assert stopped == ["Stopping container app", "Stopping container second", "Stopping container first"]


def test_what_a_pod_kept_on_its_node_goes_with_it(lab):
    lab.run("app", "busybox:1.37", "sh", "-c", "echo hello > /tmp/x; sleep 3600", terminationGracePeriodSeconds=1)
    lab.started("app")
    uid = lab.pod("app")["metadata"]["uid"]
    assert any(uid in key for key, _ in lab.cluster.store.items("/machine/"))
    lab.delete("app")
    lasted(lab, "app")
    lab.advance(5)
    kept = [(key, value) for key, value in lab.cluster.store.items("/machine/") if "/decisions/" not in key]
    left = [
        key for key, value in kept if uid in key or uid in str(value)
    ]  # the scheduler's decisions are not the node's
    assert left == []
