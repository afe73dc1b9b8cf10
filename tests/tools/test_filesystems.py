"""df and mount on nodes and in Pods: the machine's disk, what lies in memory, and volumes with the size they have.

Source: df(1), mount(8); pkg/volume/emptydir (the size of a tmpfs); kubernetes.io, concepts/storage/volumes.
"""

from tests.topics.storage import VSPHERE, apply, by_claim, claim, nfs_volume, pod, running, storage_class, until

LIMITED = "volumeMounts: [{name: data, mountPath: /data}]\n    resources: {limits: {memory: 64Mi}}"


def rows(text):
    """Returns the columns of df by the place of each file system."""
    return {line.split()[-1]: line.split() for line in text.splitlines()[1:]}


def test_a_nodes_disk_is_as_large_as_its_node_says_and_its_pods_mounts_are_there(console):
    apply(console, pod("web", "secret: {secretName: key}", mount=LIMITED))
    console.ok("kubectl create secret generic key --from-literal=a=b")
    running(console, "web")
    node = console.ok("kubectl get pod web -o jsonpath={.spec.nodeName}")
    uid = console.ok("kubectl get pod web -o jsonpath={.metadata.uid}")
    shown = rows(console.ok(f"ssh {node} df"))
    size = console.ok(f"kubectl get node {node} -o jsonpath={{.status.capacity.ephemeral-storage}}")
    device, blocks, used, free = shown["/"][:4]
    assert (device, int(blocks)) == ("/dev/sda1", int(size.removesuffix("Gi")) * 1024**2)
    assert int(used) > 2_000_000 and int(blocks) == int(used) + int(free)
    place = f"/var/lib/kubelet/pods/{uid}/volumes/kubernetes.io~secret/data"
    assert shown[place][:2] == ["tmpfs", "65536"]
    assert any(place.startswith("/run/containerd/") and row[0] == "overlay" for place, row in shown.items())
    assert f"tmpfs on {place} type tmpfs (rw,relatime,size=65536k," in console.ok(f"ssh {node} mount -t tmpfs")
    assert list(rows(console.ok(f"ssh {node} df {place}"))) == [place]
    inside = rows(console.ok("kubectl exec web -- df"))
    assert inside["/"][:2] == ["overlay", blocks] and inside["/data"][:2] == ["tmpfs", "65536"]
    assert inside["/etc/hosts"][:2] == ["/dev/sda1", blocks] and "/etc/resolv.conf" not in inside


def test_a_disk_of_a_driver_is_as_large_as_its_volume(console):
    console.ok(f"kubectl apply -f {VSPHERE}")
    bound = claim("data", modes="[ReadWriteOnce]", more="storageClassName: vsan")
    apply(console, storage_class("vsan", "csi.vsphere.vmware.com"), bound, pod("web", by_claim("data")))
    running(console, "web")
    until(console, lambda: console.ok("kubectl get pvc data -o jsonpath={.status.phase}") == "Bound")
    assert console.ok("kubectl exec web -- df -h /data").splitlines()[1].split()[:2] == ["/dev/sdb", "1.0G"]
    node = console.ok("kubectl get pod web -o jsonpath={.spec.nodeName}")
    assert "/dev/sdb on /var/lib/kubelet/pods/" in console.ok(f"ssh {node} mount -t ext4")


def test_a_share_of_the_network_is_the_servers_disk(console):
    apply(console, nfs_volume("share"), claim("data", size="5Gi", more='storageClassName: ""'))
    apply(console, pod("web", by_claim("data")))
    running(console, "web")
    assert console.ok("kubectl exec web -- df -h /data").splitlines()[1].split()[:2] == [
        "192.168.100.22:/srv/nfs/storage",
        "100G",
    ]
