"""Probes: what they look at, how often, what follows. Source: pkg/kubelet/prober; pod-lifecycle#container-probes."""

import pytest

from tests.node.lab import Lab


def pod(lab: Lab, probes: str, image: str = "nginx:1.27", command: str = "", more: str = "") -> None:
    lab.apply(f"""
        apiVersion: v1
        kind: Pod
        metadata: {{name: web}}
        spec:
          {more or "restartPolicy: Always"}
          containers:
          - name: web
            image: {image}
            {f"command: {command}" if command else "tty: false"}
            {probes}
    """)


def test_a_pod_without_probes_is_ready_as_soon_as_it_runs(lab):
    lab.run("web", "nginx:1.27")
    lab.until(lambda: lab.is_running("web"))
    assert lab.is_ready("web")


def test_a_ready_probe_is_answered_at_once(lab):
    pod(lab, "readinessProbe: {httpGet: {path: /, port: 80}}")
    lab.until(lambda: lab.is_running("web"))
    assert not lab.is_ready("web")
    assert lab.started("web") < 11
    assert "Unhealthy" not in lab.reasons("web")


def test_a_page_that_is_not_there_keeps_a_pod_from_being_ready(lab):
    pod(lab, "readinessProbe: {httpGet: {path: /nothing, port: 80}, periodSeconds: 5}")
    lab.advance(40)
    assert lab.word("web") == "Running" and not lab.is_ready("web")
    assert lab.said("web", "Unhealthy") == ["Readiness probe failed: HTTP probe failed with statuscode: 404"]
    assert lab.container("web")["restartCount"] == 0 and lab.container("web")["started"]


def test_a_port_that_nobody_listens_on_is_refused(lab):
    pod(lab, "readinessProbe: {tcpSocket: {port: 81}, periodSeconds: 5}")
    lab.advance(20)
    ip = lab.status("web")["podIP"]
    assert lab.said("web", "Unhealthy") == [f"Readiness probe failed: dial tcp {ip}:81: connect: connection refused"]


def test_http_to_a_closed_port_says_what_it_wanted(lab):
    pod(lab, "readinessProbe: {httpGet: {path: /x, port: 8080}, periodSeconds: 5}")
    lab.advance(20)
    ip = lab.status("web")["podIP"]
    assert lab.said("web", "Unhealthy") == [
        f'Readiness probe failed: Get "http://{ip}:8080/x": dial tcp {ip}:8080: connect: connection refused'
    ]


def test_a_command_tells_by_its_exit_status(lab):
    pod(
        lab, "readinessProbe: {exec: {command: [cat, /tmp/ready]}, periodSeconds: 5}", "busybox:1.37", '[sleep, "3600"]'
    )
    lab.advance(20)
    assert not lab.is_ready("web")
    [message] = lab.said("web", "Unhealthy")
    assert message.startswith("Readiness probe failed: cat: ")
    assert message.endswith(": No such file or directory\n")
    lab.sh("web", "echo > /tmp/ready")
    assert lab.started("web") < 6


def test_a_failed_readiness_takes_the_pod_out_again(lab):
    probe = "readinessProbe: {exec: {command: [sh, -c, 'read x < /tmp/ready']}, periodSeconds: 2, failureThreshold: 3}"
    pod(lab, probe, "busybox:1.37", "[sh, -c, 'echo yes > /tmp/ready; sleep 3600']")
    lab.started("web")
    lab.sh("web", "echo -n > /tmp/ready")
    lost = lab.until(lambda: not lab.is_ready("web"))
    assert 3 < lost < 7
    assert lab.container("web")["restartCount"] == 0


def test_a_failed_liveness_restarts_the_container(lab):
    """The tutorial of kubernetes.io: healthy for 30 s, then never again."""
    command = "[sh, -c, 'echo x > /tmp/healthy; sleep 30; echo -n > /tmp/healthy; sleep 600']"
    probe = (
        "livenessProbe: {exec: {command: [sh, -c, 'read x < /tmp/healthy']}, initialDelaySeconds: 5, periodSeconds: 5}"
    )
    pod(lab, probe, "busybox:1.37", command)
    lab.started("web")
    lab.until(lambda: "Unhealthy" in lab.reasons("web"))
    lab.until(lambda: "Killing" in lab.reasons("web"))
    assert lab.said("web", "Killing") == ["Container web failed liveness probe, will be restarted"]
    # The shell ignores TERM: thirty more seconds until it is killed and starts anew.
    assert 29 < lab.until(lambda: lab.container("web")["restartCount"] == 1) < 33
    assert lab.container("web")["lastState"]["terminated"]["exitCode"] == 137


def test_liveness_over_http_kills_after_three_failures(lab):
    """registry.k8s.io/e2e-test-images/agnhost liveness answers 500 after ten seconds."""
    lab.run("web", "registry.k8s.io/e2e-test-images/agnhost:2.40", args=["liveness"], livenessProbe={
        "httpGet": {"path": "/healthz", "port": 8080}, "initialDelaySeconds": 3, "periodSeconds": 3})  # fmt: skip
    lab.started("web")
    lab.until(lambda: lab.container("web")["restartCount"] == 1, seconds=60)
    assert lab.said("web", "Unhealthy") == ["Liveness probe failed: HTTP probe failed with statuscode: 500"]
    assert lab.said("web", "Killing") == ["Container web failed liveness probe, will be restarted"]


def test_a_failing_liveness_leads_to_a_crash_loop():
    lab = Lab("1.34")
    pod(lab, "livenessProbe: {tcpSocket: {port: 81}, periodSeconds: 1, failureThreshold: 1}")
    lab.until(lambda: lab.word("web") == "CrashLoopBackOff")


def test_without_restarts_a_failed_liveness_ends_the_pod(lab):
    pod(
        lab,
        "livenessProbe: {tcpSocket: {port: 81}, periodSeconds: 1, failureThreshold: 1}",
        more="restartPolicy: Never",
    )
    lab.until(lambda: lab.status("web").get("phase") in ("Failed", "Succeeded"))
    assert lab.said("web", "Killing") == ["Stopping container web"] or lab.said("web", "Killing") == [
        "Container web failed liveness probe"
    ]


def test_a_startup_probe_holds_the_others_back(lab):
    pod(lab, "startupProbe: {exec: {command: [sh, -c, 'read x < /tmp/up']}, periodSeconds: 2, failureThreshold: 30}\n"
             "            livenessProbe: {tcpSocket: {port: 81}, periodSeconds: 1, failureThreshold: 1}",
        "busybox:1.37", '[sh, -c, "sleep 20; echo up > /tmp/up; sleep 3600"]')  # fmt: skip
    lab.until(lambda: lab.is_running("web"))
    assert not lab.container("web")["started"] and not lab.is_ready("web")
    lab.advance(15)
    assert lab.container("web")["restartCount"] == 0
    lab.until(lambda: lab.container("web")["started"], seconds=12)
    lab.until(lambda: "Killing" in lab.reasons("web"), seconds=5)


def test_a_startup_probe_that_never_succeeds_restarts_the_container(lab):
    # The worker's tick some milliseconds after the start, before the kubelet has noticed it, asks nothing (doProbe).
    pod(lab, "startupProbe: {httpGet: {path: /nothing, port: 80}, periodSeconds: 2, failureThreshold: 3}")
    lab.until(lambda: "Killing" in lab.reasons("web"))
    assert lab.said("web", "Killing") == ["Container web failed startup probe, will be restarted"]
    assert lab.said("web", "Unhealthy") == ["Startup probe failed: HTTP probe failed with statuscode: 404"]


def test_a_command_that_takes_too_long_has_failed(lab):
    probe = "readinessProbe: {exec: {command: [sleep, '10']}, timeoutSeconds: 2, periodSeconds: 5}"
    pod(lab, probe, "busybox:1.37", '[sleep, "3600"]')
    lab.advance(20)
    [message] = lab.said("web", "Unhealthy")
    assert message == 'Readiness probe failed: command timed out: "sleep 10" timed out after 2s'


def test_a_command_that_is_not_there_cannot_tell(lab):
    pod(lab, "readinessProbe: {exec: {command: [nosuch]}, periodSeconds: 5}")
    lab.advance(20)
    message = lab.said("web", "Unhealthy")[0]
    assert message.startswith("Readiness probe errored and resulted in unknown state: rpc error: code = ")
    assert 'exec: "nosuch": executable file not found in $PATH: unknown' in message


def test_initial_delay_and_success_threshold_are_waited_for(lab):
    pod(
        lab,
        "readinessProbe: {httpGet: {port: 80}, initialDelaySeconds: 10, periodSeconds: 3, successThreshold: 3}",
    )
    lab.until(lambda: lab.is_running("web"))
    assert 15 <= lab.started("web") <= 21


def test_the_probes_of_a_plain_pod_cost_nothing(lab):
    lab.run("web", "nginx:1.27")
    lab.started("web")
    lab.advance(20)
    key = f"{lab.pod('web')['spec']['nodeName']}/default/web"
    assert lab.cluster.agenda.due("kubelet", key) is None


@pytest.mark.parametrize("named", ["http", "80"])
def test_a_port_may_be_given_by_its_name(lab, named):
    port = named if named.isdigit() else f'"{named}"'
    pod(lab, f"ports: [{{name: http, containerPort: 80}}]\n            readinessProbe: {{httpGet: {{port: {port}}}}}")
    lab.started("web")


def test_the_access_log_shows_the_kubelet(lab):
    pod(lab, "readinessProbe: {httpGet: {path: /, port: 80}}")
    lab.started("web")
    line = next(line for line in lab.log("web") if "kube-probe" in line)
    gateway = lab.status("web")["podIP"].rpartition(".")[0] + ".1"
    assert line.startswith(f"{gateway} - - [")
    assert line.endswith('"GET / HTTP/1.1" 200 615 "-" "kube-probe/1.36" "-"')
