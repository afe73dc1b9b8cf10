"""Topic hostpath: a directory of the node itself, which stays behind when the Pod moves.

Source: kubernetes.io, concepts/storage/volumes (hostPath).
"""

import pytest

from tests.console import Console
from tests.topics.storage import apply, pod, running, told


def test_what_was_written_stays_on_its_node(console):
    place = "hostPath: {path: /srv/app, type: DirectoryOrCreate}"
    apply(console, pod("web", place, more="nodeName: worker-1"))
    running(console, "web")
    console.ok("kubectl exec web -- sh -c 'echo here > /data/note'")
    assert console.ok("ssh worker-1 cat /srv/app/note") == "here\n"
    console.ok("kubectl delete pod web")
    apply(console, pod("web", place, more="nodeName: worker-2"))
    running(console, "web")
    assert "No such file or directory" in console.fails("kubectl exec web -- cat /data/note")
    console.ok("kubectl delete pod web")
    assert console.ok("ssh worker-1 cat /srv/app/note") == "here\n"


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("Directory", "is not a directory"),
        ("File", "is not a file"),
        ("Socket", "is not a socket file"),
        ("CharDevice", "is not a character device"),
        ("BlockDevice", "is not a block device"),
    ],
)
def test_the_type_is_checked(console, kind, why):
    apply(console, pod("web", f"hostPath: {{path: /srv/nothing, type: {kind}}}"))
    console.advance(2)
    message = (
        f'FailedMount: MountVolume.SetUp failed for volume "data" : hostPath type check failed: /srv/nothing {why}'
    )
    assert message in told(console, "Pod", "web")


def test_a_file_is_made_where_that_is_asked_for_and_a_wrong_type_is_refused(console):
    mount = "volumeMounts: [{name: data, mountPath: /etc/app.conf}]"
    apply(
        console,
        pod("web", "hostPath: {path: /srv/app.conf, type: FileOrCreate}", mount=mount, more="nodeName: worker-1"),
    )
    running(console, "web")
    assert console.ok("ssh worker-1 stat -c %F /srv/app.conf") == "regular empty file\n"
    console.write("bad.yaml", pod("bad", "hostPath: {path: /srv/../etc, type: Folder}"))
    refused = console.fails("kubectl apply -f bad.yaml")
    assert "spec.volumes[0].hostPath.path: Invalid value: \"/srv/../etc\": must not contain '..'" in refused
    assert 'spec.volumes[0].hostPath.type: Unsupported value: "Folder"' in refused


FOUND = {"/etc": "a directory", "/etc/hostname": "a file", "/run/containerd/containerd.sock": "a socket file",
         "/dev/null": "a character device", "/dev/sda": "a block device"}  # fmt: skip
TYPES = ("Directory", "File", "Socket", "CharDevice", "BlockDevice")


def test_each_type_takes_what_it_is_for_and_refuses_the_rest(console):
    pods, wanted = [], {}
    for at, (path, kind) in enumerate((path, kind) for path in FOUND for kind in TYPES):
        name = f"h{at}"
        more = "nodeName: worker-1"
        pods.append(pod(name, f"hostPath: {{path: {path}, type: {kind}}}", mount="", more=more))
        what = list(FOUND.values())[TYPES.index(kind)]
        wanted[name] = "" if FOUND[path] == what else f"hostPath type check failed: {path} is not {what}"
    apply(console, *pods)
    console.advance(5)
    lines = console.ok(
        "kubectl get events -o jsonpath='{range .items[*]}{.involvedObject.name} {.message}{\"\\n\"}{end}'"
    )
    why = dict(line.split(" ", 1) for line in lines.splitlines() if "FailedMount" in line or "type check" in line)
    for name, message in wanted.items():
        if message:
            assert why[name] == f'MountVolume.SetUp failed for volume "data" : {message}'
        else:
            assert name not in why


def test_from_v1_37_on_the_message_says_what_is_there():
    console = Console(version="1.37")
    apply(console, pod("a", "hostPath: {path: /etc, type: File}"), pod("b", "hostPath: {path: /no, type: File}"))
    console.advance(5)
    failed = 'FailedMount: MountVolume.SetUp failed for volume "data" : '
    assert f"{failed}hostPath type check failed: /etc is not a file, it's a Directory" in told(console, "Pod", "a")
    assert f"{failed}hostPath /no doesn't exist" in told(console, "Pod", "b")


def test_a_path_may_lead_through_links_and_into_what_is_mounted_by_hand(console):
    console.ok(
        "ssh worker-1 'mkdir -p /mnt/share /mnt/later && mount -t nfs 192.168.100.22:/srv/nfs/storage /mnt/share'"
    )
    more = "nodeName: worker-1"
    paths = {"all": "/mnt", "share": "/mnt/share", "run": "/var/run/containerd/containerd.sock"}
    apply(console, *(pod(name, f"hostPath: {{path: {path}}}", more=more) for name, path in paths.items()))
    for name in ("all", "share", "run"):
        running(console, name)
    console.ok("ssh worker-1 mount -t nfs 192.168.100.22:/srv/nfs/storage /mnt/later")
    console.ok("kubectl exec all -- sh -c 'echo one > /data/share/one; echo two > /data/later/two'")
    assert console.ok("kubectl exec share -- ls /data") == "one\n"
    assert console.ok("ssh nfs-server ls /srv/nfs/storage") == "one\n", (
        "what is mounted later is not seen in containers"
    )
    assert "192.168.100.22:/srv/nfs/storage /data/share nfs4 rw" in console.ok("kubectl exec all -- cat /proc/mounts")
    assert console.ok("kubectl exec run -- stat -c %F /data") == "socket\n"
