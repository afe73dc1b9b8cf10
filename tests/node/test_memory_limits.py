"""Programs that take memory and processor time, against their containers' limits.

Sources: kubernetes.io, tasks/configure-pod-container/assign-memory-resource and assign-cpu-resource, whose Pods these
are; tasks/debug/debug-application/determine-reason-pod-failure for the last words.
"""

import pytest

from tests.console import Console

STRESS = """
apiVersion: v1
kind: Pod
metadata: {{name: demo}}
spec:
  containers:
  - name: demo
    image: {image}
    resources: {{requests: {{memory: 50Mi, cpu: 500m}}, limits: {{memory: 100Mi, cpu: "1"}}}}
    {line}
"""
VM = 'command: [stress]\n    args: ["--vm", "1", "--vm-bytes", "{}", "--vm-hang", "1"]'
READ_ONLY = """
apiVersion: v1
kind: Pod
metadata: {name: words}
spec:
  restartPolicy: Never
  containers:
  - name: words
    image: busybox:1.28
    command: [sh, -c, 'echo so long > /dev/termination-log; touch /file; exit 3']
    securityContext: {readOnlyRootFilesystem: true, runAsUser: 1000}
"""


def test_a_program_that_takes_more_memory_than_its_limit_is_killed_and_restarted_ever_more_slowly(console):
    console.apply(STRESS.format(image="polinux/stress", line=VM.format("250M")))
    console.advance(8)
    state = console.get("pod", "demo")["status"]["containerStatuses"][0]
    ended = state["state"].get("terminated") or state["lastState"]["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (137, "OOMKilled")
    console.advance(60)
    assert console.ok("kubectl get pod demo --no-headers").split()[2] in ("CrashLoopBackOff", "OOMKilled")
    told = console.ok("kubectl describe pod demo")
    assert "Reason:       OOMKilled" in told
    assert "Back-off restarting failed container demo in pod demo" in told


@pytest.mark.parametrize(
    ("image", "line", "cpu", "memory"),
    [
        ("polinux/stress", VM.format("90M"), range(20, 120), range(90, 101)),
        ("vish/stress", 'args: ["-cpus", "2"]', range(1000, 1001), range(1, 20)),
        ("vish/stress", 'args: ["-mem-total", "80Mi", "-mem-alloc-size", "10Mi"]', range(10), range(80, 100)),
    ],
)
def test_what_a_program_takes_shows_in_top_and_is_held_to_its_limit(image, line, cpu, memory):
    console = Console("three-nodes-metrics")
    console.apply(STRESS.format(image=image, line=line))
    console.advance(60)
    _, used, taken = console.ok("kubectl top pod demo --no-headers").split()
    assert int(used.removesuffix("m")) in cpu
    assert int(taken.removesuffix("Mi")) in memory


def test_last_words_can_be_written_though_the_root_file_system_cannot(console):
    console.apply(READ_ONLY)
    console.advance(8)
    state = console.get("pod", "words")["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (state["exitCode"], state["message"]) == (3, "so long\n")
    assert "Read-only file system" in console.ok("kubectl logs words")
