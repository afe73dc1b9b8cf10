"""Topic node-directories: a Pod's directories on its node, its volumes and its logs.

Source: pkg/kubelet/kubelet_getters.go; kubernetes.io, concepts/cluster-administration/logging.
"""

import pytest

POD = """
apiVersion: v1
kind: Pod
metadata: {name: box}
spec:
  nodeName: worker-1
  containers:
  - name: app
    image: busybox
    command: [sh, -c, "echo up; sleep infinity"]
    volumeMounts: [{name: scratch, mountPath: /scratch}, {name: logs, mountPath: /node-logs}]
  volumes:
  - {name: scratch, emptyDir: {}}
  - {name: logs, hostPath: {path: /var/log}}
"""


@pytest.fixture
def box(console):
    console.apply(POD)
    console.advance(20)
    return console


@pytest.fixture
def folder(box):
    uid = box.ok("kubectl get pod box -o jsonpath={.metadata.uid}")
    return f"/var/lib/kubelet/pods/{uid}"


def test_a_pod_has_its_directories_by_its_uid(box, folder):
    assert box.ok(f"ssh worker-1 ls {folder}").split() == ["containers", "etc-hosts", "plugins", "volumes"]
    assert box.ok(f"ssh worker-1 ls {folder}/volumes").split() == ["kubernetes.io~empty-dir", "kubernetes.io~projected"]
    assert box.ok(f"ssh worker-1 ls {folder}/containers") == "app\n"
    assert "box" in box.ok(f"ssh worker-1 cat {folder}/etc-hosts")
    assert "No such file" in box.fails(f"ssh worker-2 ls {folder}")


def test_what_a_pod_writes_into_an_emptydir_is_seen_on_the_node_and_the_other_way_round(box, folder):
    scratch = f"{folder}/volumes/kubernetes.io~empty-dir/scratch"
    box.ok("kubectl exec box -- sh -c 'echo from the pod > /scratch/note'")
    assert box.ok(f"ssh worker-1 cat {scratch}/note") == "from the pod\n"
    box.ok(f"ssh worker-1 'echo from the node >> {scratch}/note; mkdir {scratch}/more'")
    assert box.ok("kubectl exec box -- cat /scratch/note") == "from the pod\nfrom the node\n"
    assert box.ok("kubectl exec box -- ls /scratch").split() == ["more", "note"]


def test_directories_go_with_the_pod(box, folder):
    box.ok("kubectl delete pod box --now")
    box.advance(10)
    assert "No such file" in box.fails(f"ssh worker-1 ls {folder}")


def test_logs_lie_on_the_node_and_a_pod_can_collect_them(box):
    path = box.ok("ssh worker-1 'ls /var/log/containers/box_default_app-*'").strip()
    line = box.ok(f"ssh worker-1 cat {path}")
    assert line.endswith(" stdout F up\n")
    assert box.ok("ssh worker-1 'cat /var/log/pods/default_box_*/app/0.log'") == line
    assert box.ok("kubectl exec box -- sh -c 'cat /node-logs/pods/default_box_*/app/0.log'") == line
