"""Topic restarts: a container that is restarted keeps its Pod; a Pod that is replaced is another one.

Source: kubernetes.io, concepts/workloads/pods/pod-lifecycle (container restarts).
"""

import pytest

from tests.console import Console

UID = "kubectl get pods -l app=web -o jsonpath='{.items[*].metadata.uid}'"
POD = """
apiVersion: v1
kind: Pod
metadata: {{name: once}}
spec:
  restartPolicy: {policy}
  containers: [{{name: c, image: 'busybox:1.28', command: [sh, -c, 'exit {code}']}}]
"""


def test_killing_the_process_keeps_the_uid_and_deleting_the_pod_does_not(console):
    console.ok("kubectl create deployment web --image=nginx")
    console.advance(20)
    before = console.ok(UID)
    console.ok("kubectl exec deploy/web -- sh -c 'kill 1'")
    console.advance(10)
    assert console.ok(UID) == before
    assert console.ok("kubectl get pods -l app=web --no-headers").split()[3] == "1"
    console.ok("kubectl delete pod -l app=web")
    console.advance(10)
    assert console.ok(UID) != before
    assert console.ok("kubectl get pods -l app=web --no-headers").split()[3] == "0"


@pytest.mark.parametrize(
    ("policy", "code", "status"),
    [
        ("Never", 0, "Completed"), ("Never", 1, "Error"), ("OnFailure", 0, "Completed"),
        ("OnFailure", 1, "CrashLoopBackOff"), ("Always", 0, "CrashLoopBackOff"),
    ],
)  # fmt: skip
def test_the_policy_says_whether_a_container_is_started_again(policy, code, status):
    console = Console("three-nodes", "1.34")  # since v1.35 the first short waits show as Error or Completed
    console.apply(POD.format(policy=policy, code=code))
    seen = set()
    for _ in range(30):
        console.advance(3)
        seen.add(console.ok("kubectl get pod once --no-headers").split()[2])
    assert status in seen
    restarts = console.get("pod", "once")["status"]["containerStatuses"][0]["restartCount"]
    assert (restarts > 0) == (status == "CrashLoopBackOff")


def test_the_back_off_grows_to_five_minutes():
    console = Console("three-nodes", "1.34")
    console.apply(POD.format(policy="Always", code=1))
    told = set()
    for _ in range(100):
        console.advance(8)
        state = console.get("pod", "once")["status"]["containerStatuses"][0]["state"]
        told.add((state.get("waiting") or {}).get("message", "").partition(" restarting")[0])
    assert {"back-off 40s", "back-off 1m20s", "back-off 2m40s", "back-off 5m0s"} <= told
