"""Topic probes: each kind of probe, what its failure does, and a slow starter saved by a startup probe.

Source: kubernetes.io, tasks/configure-pod-container/configure-liveness-readiness-startup-probes.
"""

import pytest

POD = """
apiVersion: v1
kind: Pod
metadata: {{name: probed, labels: {{app: probed}}}}
spec:
  containers:
  - {{name: c, image: {image}, {more}}}
"""
LIVE = "livenessProbe: {%s, periodSeconds: 5, failureThreshold: 1}"
FILE = "command: [sh, -c, 'touch /tmp/healthy; sleep 20; rm /tmp/healthy; sleep 600'], "
SLOW = "command: [sh, -c, 'sleep 25; touch /tmp/up; sleep 600'], "


@pytest.mark.parametrize(
    ("image", "good", "bad"),
    [
        ("nginx", "httpGet: {path: /, port: 80}", "httpGet: {path: /healthz, port: 80}"),
        ("nginx", "tcpSocket: {port: 80}", "tcpSocket: {port: 8080}"),
        ("nginx", "exec: {command: [cat, /etc/hostname]}", "exec: {command: [cat, /tmp/none]}"),
        ("nginx", None, "grpc: {port: 2379}"),
    ],
)
def test_each_kind_of_probe_lets_live_and_restarts(console, image, good, bad):
    console.apply(POD.format(image=image, more=LIVE % bad))
    console.advance(45)
    assert console.get("pod", "probed")["status"]["containerStatuses"][0]["restartCount"] >= 1
    assert "Container c failed liveness probe, will be restarted" in console.ok("kubectl describe pod probed")
    if good:
        console.ok("kubectl delete pod probed --now")
        console.apply(POD.format(image=image, more=LIVE % good))
        console.advance(60)
        assert console.ok("kubectl get pod probed --no-headers").split()[1:4] == ["1/1", "Running", "0"]


def test_an_endpoint_leaves_while_its_pod_is_not_ready_and_returns(console):
    probe = "readinessProbe: {exec: {command: [ls, /tmp/ready]}, periodSeconds: 2}"
    console.apply(POD.format(image="nginx", more=probe))
    console.ok("kubectl expose pod probed --port=80")
    ready = "kubectl get endpointslices -l kubernetes.io/service-name=probed -o jsonpath={..conditions.ready}"
    console.advance(20)
    assert console.ok(ready) == "false"
    console.ok("kubectl exec probed -- touch /tmp/ready")
    console.advance(5)
    assert console.ok(ready) == "true"
    console.ok("kubectl exec probed -- rm /tmp/ready")
    console.advance(10)
    assert console.ok(ready) == "false"
    assert console.ok("kubectl get pod probed --no-headers").split()[1:4] == ["0/1", "Running", "0"]


def test_a_slow_starter_is_restarted_but_for_a_startup_probe(console):
    live = LIVE % "exec: {command: [cat, /tmp/up]}"
    console.apply(POD.format(image="'busybox:1.28'", more=SLOW + live))
    console.advance(60)
    assert console.get("pod", "probed")["status"]["containerStatuses"][0]["restartCount"] >= 1
    console.ok("kubectl delete pod probed --now")
    startup = ", startupProbe: {exec: {command: [cat, /tmp/up]}, periodSeconds: 5, failureThreshold: 30}"
    console.apply(POD.format(image="'busybox:1.28'", more=SLOW + live + startup))
    console.advance(60)
    assert console.ok("kubectl get pod probed --no-headers").split()[1:4] == ["1/1", "Running", "0"]
