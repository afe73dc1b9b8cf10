"""Topic hostpath: a directory of the node itself, which stays behind when the Pod moves.

Source: kubernetes.io, concepts/storage/volumes (hostPath).
"""

import pytest

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
