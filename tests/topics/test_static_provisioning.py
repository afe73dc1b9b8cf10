"""Topic static-provisioning: a storage admin's server, an administrator's volume, a developer's claim.

Source: kubernetes.io, concepts/storage/persistent-volumes; pkg/controller/volume/persistentvolume/pv_controller.go.
"""

import re

from tests.topics.storage import apply, by_claim, claim, nfs_volume, phase, pod, running, storage_class, told

ROLES = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: volumes}
rules: [{apiGroups: [""], resources: [persistentvolumes], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: volumes}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: volumes}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: administrator}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: developers, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: developer}]
"""


def test_three_people_make_a_volume_available_claim_and_use_it(console):
    console.ok("ssh nfs-server 'mkdir /srv/nfs/storage/team && echo welcome > /srv/nfs/storage/team/README'")
    apply(console, ROLES)
    console.write("pv.yaml", nfs_volume("team", "/srv/nfs/storage/team"))
    console.write("app.yaml", claim("data") + "---" + pod("web", by_claim("data")))
    refused = console.fails("kubectl apply -f pv.yaml --as developer")
    assert 'User "developer" cannot get resource "persistentvolumes" in API group "" at the cluster scope' in refused
    console.ok("kubectl apply -f pv.yaml --as administrator")
    console.advance(1)
    assert console.ok("kubectl get pv --no-headers").split()[:5] == ["team", "5Gi", "RWX", "Retain", "Available"]
    console.ok("kubectl apply -f app.yaml --as developer")
    running(console, "web")
    assert console.ok("kubectl get pvc --no-headers").split()[:5] == ["data", "Bound", "team", "5Gi", "RWX"]
    assert console.ok("kubectl get pv --no-headers").split()[4:6] == ["Bound", "default/data"]
    assert console.ok("kubectl exec web -- cat /data/README") == "welcome\n"
    assert phase(console, "pvc", "data", "{.metadata.annotations.pv\\.kubernetes\\.io/bind-completed}") == "yes"


def test_the_smallest_volume_that_suits_is_taken(console):
    apply(console, nfs_volume("large", size="20Gi"), nfs_volume("right", size="4Gi"), nfs_volume("small", size="1Gi"),
          nfs_volume("classy", size="3Gi", more="storageClassName: gold"),
          nfs_volume("once", size="2Gi", modes="[ReadWriteOnce]"))  # fmt: skip
    console.advance(1)
    apply(console, claim("data", size="2Gi"))
    console.advance(1)
    assert phase(console, "pvc", "data", "{.spec.volumeName}") == "right"


def test_a_selector_and_a_name_choose_the_volume(console):
    labelled = nfs_volume("fast").replace("{name: fast}", "{name: fast, labels: {disk: ssd}}")
    apply(console, labelled, nfs_volume("slow", size="1Gi"), nfs_volume("tiny", size="500Mi"))
    console.advance(1)
    apply(
        console, claim("chosen", more="selector: {matchLabels: {disk: ssd}}"), claim("named", more="volumeName: tiny")
    )
    console.advance(1)
    assert phase(console, "pvc", "chosen", "{.spec.volumeName}") == "fast"
    assert phase(console, "pvc", "named") == "Pending"
    assert told(console, "PersistentVolumeClaim", "named") == [
        'VolumeMismatch: Cannot bind to requested volume "tiny": requested PV is too small'
    ]


def test_a_volume_that_is_kept_for_a_claim_waits_for_it(console):
    apply(console, nfs_volume("kept", more="claimRef: {namespace: default, name: later}"))
    apply(console, claim("sooner"))
    console.advance(1)
    assert phase(console, "pvc", "sooner") == "Pending"
    why = "FailedBinding: no persistent volumes available for this claim and no storage class is set"
    assert told(console, "PersistentVolumeClaim", "sooner") == [why]
    assert phase(console, "pv", "kept") == "Available"
    apply(console, claim("later"))
    console.advance(1)
    assert phase(console, "pvc", "later") == "Bound"
    apply(console, nfs_volume("other"))
    console.advance(15)  # --pvclaimbinder-sync-period
    assert phase(console, "pvc", "sooner", "{.spec.volumeName}") == "other"


def test_a_claim_in_use_is_not_deleted_and_one_without_its_volume_is_lost(console):
    apply(console, nfs_volume("team"), claim("data"), pod("web", by_claim("data")))
    running(console, "web")
    console.ok("kubectl delete pvc data --wait=false")
    console.advance(5)
    assert console.ok("kubectl get pvc --no-headers").split()[1] == "Terminating"
    console.ok("kubectl delete pv team --wait=false")
    console.ok("kubectl delete pod web")
    console.advance(3)
    assert console.ok("kubectl get pvc,pv --ignore-not-found") == ""
    apply(console, nfs_volume("team"), claim("data"))
    console.advance(1)
    console.ok('kubectl patch pv team --type merge -p \'{"metadata":{"finalizers":null}}\'')
    console.ok("kubectl delete pv team")
    console.advance(1)
    assert console.ok("kubectl get pvc --no-headers").split()[:2] == ["data", "Lost"]
    lost = "ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!"
    assert told(console, "PersistentVolumeClaim", "data") == [lost]


def test_what_a_volume_and_a_claim_have_to_say_is_checked(console):
    console.write("bad.yaml", nfs_volume("bad", modes="[]") + "  hostPath: {path: /srv}\n")
    refused = console.fails("kubectl apply -f bad.yaml")
    assert "spec.accessModes: Required value" in refused
    assert "spec.nfs: Forbidden: may not specify more than 1 volume type" in refused
    apply(console, nfs_volume("team"), claim("data"))
    console.advance(1)
    why = console.fails('kubectl patch pvc data -p \'{"spec":{"accessModes":["ReadWriteOnce"]}}\'')
    assert "spec: Forbidden: spec is immutable after creation except resources.requests" in why


def test_what_a_claim_waits_for_is_told_again_every_fifteen_seconds(console):
    console.ok(f"kubectl apply -f - <<'X'\n{claim('wants')}\nX")
    console.advance(70)
    events = console.ok("kubectl describe pvc wants").splitlines()[-1]
    assert re.search(
        r"Normal  FailedBinding  \d+s \(x[56] over \d+s\)  persistentvolume-controller  no persistent", events
    )
    console.advance(3600)
    count = console.ok("kubectl get events -o jsonpath='{.items[0].count}'")
    assert 25 < int(count) < 50


def test_what_a_size_may_become_depends_on_whether_the_claim_is_bound(console):
    apply(console, claim("data", size="3Gi"))
    resize = 'kubectl patch pvc data -p \'{"spec":{"resources":{"requests":{"storage":"%s"}}}}\''
    assert "spec: Forbidden: spec is immutable after creation except resources.requests" in console.fails(
        resize % "4Gi"
    )
    apply(console, nfs_volume("team", size="5Gi"))
    console.advance(20)
    less = "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"
    assert less in console.fails(resize % "1Gi")
    more = 'persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the '
    assert more in console.fails(resize % "9Gi")


def test_what_a_claim_and_a_class_say_is_checked(console):
    console.write("claim.yaml", claim("bad", more="selector: {matchExpressions: [{key: a, operator: Foo}]}"))
    assert (
        'spec.selector.matchExpressions[0].operator: Invalid value: "Foo": not a valid selector operator'
        in console.fails("kubectl create -f claim.yaml")
    )
    topologies = "allowedTopologies: [{matchLabelExpressions: [{key: zone, values: []}]}]"
    console.write("class.yaml", storage_class("bad", "'a b'", topologies))
    refused = console.fails("kubectl create -f class.yaml")
    assert 'provisioner: Invalid value: "a b": name part must consist of alphanumeric characters' in refused
    assert "allowedTopologies[0].matchLabelExpressions[0].values: Required value" in refused
