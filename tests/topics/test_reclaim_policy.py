"""Topic reclaim-policy: what becomes of a volume and its data when its claim goes.

Source: kubernetes.io, concepts/storage/persistent-volumes (reclaiming).
"""

from tests.topics.storage import apply, by_claim, claim, nfs_volume, phase, pod, running, told, until, volume

FILE = "/srv/nfs/storage/note"


def use_and_drop(console):
    apply(console, claim("data"), pod("web", by_claim("data"), command="echo precious > /data/note; sleep 3600"))
    running(console, "web")
    console.ok("kubectl delete pod web; kubectl delete pvc data")
    console.advance(1)


def test_retain_keeps_the_data_and_the_volume_until_somebody_frees_it(console):
    apply(console, nfs_volume("team"))
    use_and_drop(console)
    assert phase(console, "pv", "team") == "Released"
    assert console.ok(f"ssh nfs-server cat {FILE}") == "precious\n"
    apply(console, claim("again"))
    console.advance(30)
    assert phase(console, "pvc", "again") == "Pending"
    console.ok('kubectl patch pv team --type json -p \'[{"op":"remove","path":"/spec/claimRef"}]\'')
    console.advance(20)
    assert phase(console, "pvc", "again", "{.status.phase} {.spec.volumeName}") == "Bound team"
    assert console.ok(f"ssh nfs-server cat {FILE}") == "precious\n"


def test_recycle_scrubs_the_volume_and_makes_it_available_again(console):
    apply(console, nfs_volume("team", more="persistentVolumeReclaimPolicy: Recycle"))
    use_and_drop(console)
    assert phase(console, "pv", "team") == "Released"
    assert console.ok("kubectl get pods --no-headers").split()[0] == "recycler-for-team"
    until(console, lambda: phase(console, "pv", "team") == "Available")
    assert "VolumeRecycled: Volume recycled" in told(console, "PersistentVolume", "team")
    assert console.ok("ssh nfs-server ls -A /srv/nfs/storage") == ""
    assert phase(console, "pv", "team", "{.spec.claimRef}") == ""


def test_delete_of_a_volume_made_by_hand_fails_where_no_plug_in_can(console):
    apply(console, nfs_volume("team", more="persistentVolumeReclaimPolicy: Delete"))
    use_and_drop(console)
    assert phase(console, "pv", "team") == "Failed"
    assert told(console, "PersistentVolume", "team") == [
        'VolumeFailedDelete: error getting deleter volume plugin for volume "team": no deletable volume plugin matched'
    ]
    assert console.ok(f"ssh nfs-server cat {FILE}") == "precious\n"


def test_the_policy_of_a_volume_can_be_changed_and_a_claim_has_none(console):
    apply(console, volume("disk", "hostPath: {path: /data}", more="persistentVolumeReclaimPolicy: Delete"))
    console.ok('kubectl patch pv disk -p \'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}\'')
    use_and_drop(console)
    assert console.ok("kubectl get pv --no-headers").split()[3:5] == ["Retain", "Released"]
    console.write("policy.yaml", claim("odd", more="persistentVolumeReclaimPolicy: Retain"))
    assert 'unknown field "spec.persistentVolumeReclaimPolicy"' in console.fails("kubectl apply -f policy.yaml")


def test_a_scrubbing_that_has_begun_is_brought_to_its_end_whatever_the_policy_becomes(console):
    console.ok("ssh nfs-server touch /srv/nfs/storage/old")
    apply(console, nfs_volume("team", more="persistentVolumeReclaimPolicy: Recycle"), claim("data"))
    console.advance(1)
    console.ok("kubectl delete pvc data")
    console.advance(0.5)
    console.ok("kubectl get pod recycler-for-team")
    console.ok('kubectl patch pv team -p \'{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}\'')
    console.advance(60)
    assert phase(console, "pv", "team") == "Available"
    assert console.ok("kubectl get pods --ignore-not-found") == console.ok("ssh nfs-server ls /srv/nfs/storage") == ""
