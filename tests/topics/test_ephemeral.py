"""Topic ephemeral: what a Pod writes is lost with it, and what an emptyDir keeps a little longer.

Source: kubernetes.io, concepts/storage/volumes (emptyDir), concepts/storage/ephemeral-volumes.
"""

from tests.topics.storage import apply, phase, pod, running, told, until


def test_a_container_restart_keeps_the_emptydir_only(console):
    apply(console, pod("web", "emptyDir: {}", command="touch /data/kept /lost; sleep 30; exit 1"))
    running(console, "web")
    console.ok("kubectl exec web -- sh -c 'echo 1 > /data/mine; echo 1 > /mine'")
    until(console, lambda: phase(console, "pod", "web", "{.status.containerStatuses[0].restartCount}") == "1")
    assert console.ok("kubectl exec web -- cat /data/mine") == "1\n"
    assert "No such file" in console.fails("kubectl exec web -- cat /mine")
    console.ok("kubectl delete pod web")
    apply(console, pod("web", "emptyDir: {}"))
    running(console, "web")
    assert console.ok("kubectl exec web -- ls -A /data") == ""


def test_a_pod_that_writes_beyond_the_size_limit_is_evicted(console):
    apply(console, pod("web", "emptyDir: {sizeLimit: 1Mi}"))
    running(console, "web")
    console.ok("kubectl exec web -- sh -c 'head -c 500000 /dev/zero > /data/a'")
    console.advance(15)
    assert phase(console, "pod", "web") == "Running"
    console.run("kubectl exec web -- sh -c 'head -c 900000 /dev/zero > /data/b'")
    console.advance(15)
    assert phase(console, "pod", "web", "{.status.phase} {.status.reason}") == "Failed Evicted"
    *_, evicted, killing = told(console, "Pod", "web")
    assert evicted.startswith('Evicted: Usage of EmptyDir volume "data" exceeds the limit "1Mi".')
    assert killing == "Killing: Stopping container app"


def test_one_in_memory_is_full_at_its_limit(console):
    apply(console, pod("web", "emptyDir: {medium: Memory, sizeLimit: 64Ki}"))
    running(console, "web")
    assert console.ok("kubectl exec web -- df /data").splitlines()[1].split()[0] == "tmpfs"
    assert "No space left on device" in console.fails("kubectl exec web -- sh -c 'head -c 100000 /dev/zero > /data/a'")
    console.advance(15)
    assert phase(console, "pod", "web") == "Running"


def test_any_user_may_write_and_a_group_may_own_it(console):
    plain = "securityContext: {runAsUser: 1000}"
    apply(console, pod("web", "emptyDir: {}", more=plain),
          pod("own", "emptyDir: {}", more="securityContext: {runAsUser: 1000, fsGroup: 2000}"))  # fmt: skip
    running(console, "web")
    running(console, "own")
    console.ok("kubectl exec web -- touch /data/a")
    assert console.ok("kubectl exec own -- stat -c '%a %g' /data") == "2777 2000\n"


def test_a_part_of_a_volume_may_be_named_by_the_pods_variables(console):
    mount = (
        "env: [{name: ME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]\n"
        "    volumeMounts: [{name: data, mountPath: /data, subPathExpr: logs/$(ME)}, {name: data, mountPath: /all}]"
    )
    apply(console, pod("web", "emptyDir: {}", command="sleep 1; touch /data/mine; sleep 3600", mount=mount))
    running(console, "web")
    console.advance(3)
    assert console.ok("kubectl exec web -- ls /all/logs/web") == "mine\n"
    console.write(
        "bad.yaml", pod("bad", "emptyDir: {}", mount=mount.replace("subPathExpr:", "subPath: x, subPathExpr:"))
    )
    assert "subPathExpr and subPath are mutually exclusive" in console.fails("kubectl apply -f bad.yaml")


def test_a_generic_ephemeral_volume_has_a_claim_that_goes_with_the_pod(console):
    template = "{spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}"
    apply(console, pod("web", f"ephemeral: {{volumeClaimTemplate: {template}}}"))
    console.advance(1)
    assert phase(console, "pvc", "web-data", "{.metadata.ownerReferences[0].name}") == "web"
    console.ok("kubectl delete pod web")
    console.advance(2)
    assert console.ok("kubectl get pvc --ignore-not-found") == ""


def test_what_is_written_into_memory_counts_as_the_containers(console):
    limited = "resources: {limits: {memory: 64Mi}}\n    volumeMounts: [{name: data, mountPath: /data}]"
    apply(console, pod("web", "emptyDir: {medium: Memory}", mount=limited))
    running(console, "web")
    assert " 64M " in console.ok("kubectl exec web -- df -h /data")
    console.ok("kubectl exec web -- dd if=/dev/zero of=/data/some bs=1M count=30")
    assert console.run("kubectl exec web -- dd if=/dev/zero of=/data/more bs=1M count=40").exit == 137
    console.advance(5)
    ended = "{.status.containerStatuses[0].lastState.terminated.reason} {.status.containerStatuses[0].restartCount}"
    assert phase(console, "pod", "web", ended) == "OOMKilled 1"
