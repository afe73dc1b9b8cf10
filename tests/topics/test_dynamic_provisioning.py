"""Topic dynamic-provisioning: a provisioner, a class, a claim; when volumes are made, for whom, and how they grow.

Source: kubernetes.io, concepts/storage/{dynamic-provisioning,storage-classes}; the provisioners' own documentation.
"""

from tests.topics.storage import (
    LOCAL_PATH,
    NFS,
    NFS_DEPLOY,
    VSPHERE,
    apply,
    by_claim,
    claim,
    phase,
    pod,
    running,
    storage_class,
    told,
    until,
)


def with_nfs(console):
    console.ok(f"curl -sO {NFS_DEPLOY}/deployment.yaml")
    console.ok(f"sed -i 's|10.3.243.101|{NFS}|; s|/ifs/kubernetes|/srv/nfs/storage|' deployment.yaml")
    console.ok(f"kubectl apply -f {NFS_DEPLOY}/rbac.yaml -f {NFS_DEPLOY}/class.yaml -f deployment.yaml")
    console.ok("kubectl wait --for=condition=Available deploy/nfs-client-provisioner --timeout=90s")
    console.advance(2)


def test_the_nfs_provisioner_makes_a_directory_for_each_claim_and_removes_it(console):
    with_nfs(console)
    apply(console, claim("data", more="storageClassName: nfs-client"), pod("web", by_claim("data")))
    running(console, "web")
    name = phase(console, "pvc", "data", "{.spec.volumeName}")
    assert name == f"pvc-{phase(console, 'pvc', 'data', '{.metadata.uid}')}"
    console.ok("kubectl exec web -- sh -c 'echo hello > /data/note'")
    assert console.ok(f"ssh {NFS} cat /srv/nfs/storage/default-data-{name}/note") == "hello\n"
    reasons = [message.partition(":")[0] for message in told(console, "PersistentVolumeClaim", "data")]
    assert {"ExternalProvisioning", "Provisioning", "ProvisioningSucceeded"} == set(reasons)
    console.ok("kubectl delete pod web; kubectl delete pvc data")
    console.advance(3)
    assert console.ok("kubectl get pv --ignore-not-found") == ""
    assert console.ok(f"ssh {NFS} ls /srv/nfs/storage") == ""


def test_a_claim_waits_for_its_class_and_then_for_its_provisioner(console):
    apply(console, claim("nobody", more="storageClassName: gold"))
    console.advance(1)
    assert told(console, "PersistentVolumeClaim", "nobody") == [
        'ProvisioningFailed: storageclass.storage.k8s.io "gold" not found'
    ]
    apply(console, storage_class("gold", "example.com/nfs"))
    console.advance(16)
    assert phase(console, "pvc", "nobody") == "Pending"
    waiting = "Waiting for a volume to be created either by the external provisioner 'example.com/nfs' or manually"
    assert any(waiting in message for message in told(console, "PersistentVolumeClaim", "nobody"))


def test_the_default_class_is_given_to_claims_that_name_none(console):
    marked = "  annotations: {storageclass.kubernetes.io/is-default-class: 'true'}\n"
    apply(console, claim("early"))
    console.advance(1)
    sc = storage_class("standard", "example.com/nfs").replace(
        "metadata: {name: standard}", f"metadata:\n  name: standard\n{marked}"
    )
    apply(console, sc, claim("late"), claim("none", more='storageClassName: ""'))
    console.advance(16)
    assert "standard (default)" in console.ok("kubectl get sc")
    classes = {name: phase(console, "pvc", name, "{.spec.storageClassName}") for name in ("early", "late", "none")}
    assert classes == {"early": "standard", "late": "standard", "none": ""}


def test_waiting_for_the_first_consumer_puts_the_volume_on_the_pods_node(console):
    console.ok(f"kubectl apply -f {LOCAL_PATH}")
    console.ok(
        "kubectl -n local-path-storage wait --for=condition=Available deploy/local-path-provisioner --timeout=90s"
    )
    apply(console, claim("data", modes="[ReadWriteOnce]", more="storageClassName: local-path"))
    console.advance(5)
    assert told(console, "PersistentVolumeClaim", "data") == [
        "WaitForFirstConsumer: waiting for first consumer to be created before binding"
    ]
    apply(console, pod("web", by_claim("data"), more="nodeSelector: {kubernetes.io/hostname: worker-2}"))
    running(console, "web")
    assert phase(console, "pvc", "data", "{.metadata.annotations.volume\\.kubernetes\\.io/selected-node}") == "worker-2"
    name = phase(console, "pvc", "data", "{.spec.volumeName}")
    assert console.ok("ssh worker-2 ls /opt/local-path-provisioner") == f"{name}_default_data\n"
    console.ok("kubectl delete pod web")
    apply(console, pod("web", by_claim("data"), more="nodeSelector: {kubernetes.io/hostname: worker-1}"))
    console.advance(2)
    elsewhere = "1 node(s) didn't match PersistentVolume's node affinity"
    assert any(elsewhere in message for message in told(console, "Pod", "web"))


def test_a_pod_whose_claim_nobody_makes_a_volume_for_fails_after_ten_minutes(console):
    late = storage_class("late", "example.com/nobody", "volumeBindingMode: WaitForFirstConsumer")
    apply(console, late, claim("data", more="storageClassName: late"), pod("web", by_claim("data")))
    console.advance(5)
    assert [event.partition(":")[0] for event in told(console, "PersistentVolumeClaim", "data")] == [
        "WaitForFirstConsumer", "ExternalProvisioning",
    ]  # fmt: skip
    console.advance(585)
    assert told(console, "Pod", "web") == []
    console.advance(20)
    why = 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded'
    assert told(console, "Pod", "web") == [f"FailedScheduling: {why}"]
    condition = "{.status.phase} {.status.conditions[0].reason}: {.status.conditions[0].message}"
    assert phase(console, "pod", "web", condition) == f"Pending SchedulerError: {why}"


def test_an_expansion_grows_the_disk_and_then_the_file_system(console):
    console.ok(f"kubectl apply -f {VSPHERE}")
    apply(console, storage_class("fixed", "csi.vsphere.vmware.com"),
          storage_class("vsan", "csi.vsphere.vmware.com", "allowVolumeExpansion: true"),
          claim("data", modes="[ReadWriteOnce]", more="storageClassName: vsan"),
          claim("small", modes="[ReadWriteOnce]", more="storageClassName: fixed"))  # fmt: skip
    until(console, lambda: phase(console, "pvc", "data") == phase(console, "pvc", "small") == "Bound")
    more = '-p \'{"spec":{"resources":{"requests":{"storage":"3Gi"}}}}\''
    refused = console.fails(f"kubectl patch pvc small {more}")
    assert "only dynamically provisioned pvc can be resized" in refused
    console.ok(f"kubectl patch pvc data {more}")
    until(console, lambda: phase(console, "pvc", "data", "{.status.conditions[0].type}") == "FileSystemResizePending")
    name = phase(console, "pvc", "data", "{.spec.volumeName}")
    assert phase(console, "pv", name, "{.spec.capacity.storage}") == "3Gi"
    assert phase(console, "pvc", "data", "{.status.capacity.storage}") == "1Gi"
    apply(console, pod("web", by_claim("data")))
    running(console, "web")
    until(console, lambda: phase(console, "pvc", "data", "{.status.capacity.storage}") == "3Gi")
    assert phase(console, "pvc", "data", "{.status.conditions}") == ""
    less = console.fails('kubectl patch pvc data -p \'{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}\'')
    assert "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity" in less
