"""Topic nfs: the server 192.168.100.22, its export in two Pods on two nodes, and what is seen when it is down.

Source: kubernetes.io, concepts/storage/volumes (nfs); exports(5), mount.nfs(8).
"""

from tests.topics.storage import NFS, apply, phase, pod, running, told

SHARE = f"nfs: {{server: {NFS}, path: /srv/nfs/storage}}"


def on(node):
    return f"nodeName: {node}"


def test_two_pods_on_two_nodes_share_a_file(console):
    assert console.ok(f"showmount -e {NFS}") == f"Export list for {NFS}:\n/srv/nfs/storage 192.168.100.0/24\n"
    apply(console, pod("one", SHARE, more=on("worker-1")), pod("two", SHARE, more=on("worker-2")))
    running(console, "one")
    running(console, "two")
    console.ok("kubectl exec one -- sh -c 'echo from one > /data/note'")
    assert console.ok("kubectl exec two -- cat /data/note") == "from one\n"
    assert console.ok(f"ssh {NFS} cat /srv/nfs/storage/note") == "from one\n"
    assert console.ok("kubectl exec two -- df /data").splitlines()[1].startswith(f"{NFS}:/srv/nfs/storage ")
    console.ok("kubectl delete pod one two")
    assert console.ok(f"ssh {NFS} cat /srv/nfs/storage/note") == "from one\n"


def test_a_server_that_is_down_keeps_a_pod_in_container_creating(console):
    console.ok(f"ssh {NFS} systemctl stop nfs-server")
    assert "Program not registered" in console.fails(f"showmount -e {NFS}")
    apply(console, pod("web", SHARE, more=on("worker-1")))
    console.advance(125)
    assert console.ok("kubectl get pod web --no-headers").split()[:3] == ["web", "0/1", "ContainerCreating"]
    uid = phase(console, "pod", "web", "{.metadata.uid}")
    target = f"/var/lib/kubelet/pods/{uid}/volumes/kubernetes.io~nfs/data"
    output = console.ok("kubectl describe pod web")
    assert 'MountVolume.SetUp failed for volume "data" : mount failed: exit status 32' in output
    assert f"Mounting arguments: -t nfs {NFS}:/srv/nfs/storage {target}" in output
    assert f"Output: mount.nfs: Connection timed out for {NFS}:/srv/nfs/storage on {target}" in output
    missing = "Unable to attach or mount volumes: unmounted volumes=[data]"
    assert any(missing in message for message in told(console, "Pod", "web"))
    console.ok(f"ssh {NFS} systemctl start nfs-server")
    running(console, "web")


def test_what_is_mounted_cannot_be_read_while_the_server_is_down(console):
    apply(console, pod("web", SHARE))
    running(console, "web")
    console.ok(f"ssh {NFS} 'echo kept > /srv/nfs/storage/note'")
    console.ok(f"ssh {NFS} systemctl stop nfs-server")
    assert "Input/output error" in console.fails("kubectl exec web -- cat /data/note")
    console.ok(f"ssh {NFS} systemctl start nfs-server")
    assert console.ok("kubectl exec web -- cat /data/note") == "kept\n"


def test_only_what_is_exported_can_be_mounted(console):
    apply(console, pod("web", f"nfs: {{server: {NFS}, path: /srv/nfs/team}}"))
    console.advance(5)
    gone = f"mount.nfs: mounting {NFS}:/srv/nfs/team failed, reason given by server: No such file or directory"
    assert gone in console.ok("kubectl describe pod web")
    console.ok(f"ssh {NFS} mkdir /srv/nfs/team")
    console.advance(30)
    denied = f"mount.nfs: access denied by server while mounting {NFS}:/srv/nfs/team"
    assert denied in console.ok("kubectl describe pod web")
    console.ok(f"ssh {NFS} 'echo \"/srv/nfs/team 192.168.100.0/24(ro)\" >> /etc/exports && exportfs -ra'")
    running(console, "web")
    assert "Read-only file system" in console.fails("kubectl exec web -- touch /data/x")
