"""Room on a node's disk: what Pods ask for and may have of it, and what goes when it is short.

Source: kubernetes.io, concepts/configuration/manage-resources-containers (local ephemeral storage), concepts/
scheduling-eviction/node-pressure-eviction; pkg/kubelet/eviction, pkg/kubelet/images/image_gc_manager.go.
"""

from __future__ import annotations

import pytest

from tests.console import Console

CONFIG = "/var/lib/kubelet/config.yaml"


@pytest.fixture
def console() -> Console:
    return Console()


def pod(name: str, *containers: dict, image: str = "busybox", **spec: object) -> dict:
    """A Pod on worker-1 whose containers sleep."""
    made = [{"name": f"c{number}", "image": image, "command": ["sleep", "99999"], **each}
            for number, each in enumerate(containers or ({},), 1)]  # fmt: skip
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"nodeName": "worker-1", "containers": made, **spec},
    }  # fmt: skip


def limited(amount: str, **requests: str) -> dict:
    return {"resources": {"limits": {"ephemeral-storage": amount}, **({"requests": requests} if requests else {})}}


def status(console: Console, name: str) -> str:
    path = "'{.status.phase} {.status.reason} {.status.message}'"
    return console.ok(f"kubectl get pod {name} -o jsonpath={path}").strip()


def configured(console: Console, text: str) -> None:
    """Adds to the configuration of worker-1's kubelet, and restarts it."""
    console.run("ssh worker-1 'cat > /tmp/more'", text)
    console.ok(f"ssh worker-1 'sudo sed -i /evictionPressureTransitionPeriod/d {CONFIG}'")
    console.ok(f"ssh worker-1 'cat /tmp/more | sudo tee -a {CONFIG}; sudo systemctl restart kubelet'")
    console.advance(12)


def allocatable(console: Console) -> dict:
    node = console.get("node", "worker-1")
    assert node is not None
    return node["status"]["allocatable"]


def test_who_writes_more_than_all_its_containers_may_is_evicted(console: Console) -> None:
    console.apply(pod("hungry", limited("100Mi")))
    console.advance(8)
    out = console.run("kubectl exec hungry -- dd if=/dev/zero of=/file bs=1M count=200")
    assert "200+0 records out" in out.stderr
    console.advance(12)
    why = "Pod ephemeral local storage usage exceeds the total limit of containers 100Mi."
    assert status(console, "hungry") == f"Failed Evicted {why}"
    assert why in console.ok("kubectl describe pod hungry")


def test_what_lies_in_an_empty_dir_counts_for_the_pod(console: Console) -> None:
    mounted = {"volumeMounts": [{"name": "data", "mountPath": "/data"}], **limited("100Mi")}
    console.apply(pod("hungry", mounted, volumes=[{"name": "data", "emptyDir": {}}]))
    console.advance(8)
    console.ok("kubectl exec hungry -- fallocate -l 150M /data/file")
    console.advance(12)
    assert "Evicted Pod ephemeral local storage usage exceeds" in status(console, "hungry")


def test_of_several_containers_the_one_over_its_limit_is_named(console: Console) -> None:
    console.apply(pod("two", limited("100Mi"), limited("1Gi")))
    console.advance(8)
    console.run("kubectl exec two -c c1 -- dd if=/dev/zero of=/file bs=1M count=200")
    console.advance(12)
    assert status(console, "two") == 'Failed Evicted Container c1 exceeded its local ephemeral storage limit "100Mi".'


def test_a_volume_in_memory_is_full_at_its_limit(console: Console) -> None:
    mounted = {"volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    source = {"name": "data", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}
    console.apply(pod("web", mounted, volumes=[source]))
    console.advance(8)
    said = console.fails("kubectl exec web -- dd if=/dev/zero of=/data/file bs=1M count=200")
    assert said.startswith(
        "dd: error writing '/data/file': No space left on device\n65+0 records in\n64+0 records out\n"
    )


def test_a_node_too_small_for_a_request_is_not_chosen_and_refuses(console: Console) -> None:
    console.apply(pod("bound", {"resources": {"requests": {"ephemeral-storage": "100Gi"}}}))
    waiting = pod("waiting", {"resources": {"requests": {"ephemeral-storage": "100Gi"}}})
    del waiting["spec"]["nodeName"]
    console.apply(waiting)
    console.advance(5)
    assert "2 Insufficient ephemeral-storage" in console.ok("kubectl describe pod waiting")
    assert status(console, "bound").startswith(
        "Failed OutOfephemeral-storage Pod was rejected: Node didn't have enough"
    )


def test_what_pods_may_have_is_what_nobody_else_reserves(console: Console) -> None:
    assert allocatable(console) | {"cpu": "2", "memory": "3996Mi", "ephemeral-storage": "38654705600"} == allocatable(
        console
    )
    configured(
        console,
        "kubeReserved: {cpu: 100m, memory: 200Mi, ephemeral-storage: 1Gi}\nsystemReserved: {cpu: 100m, memory: 300Mi}\n"
        "evictionHard: {memory.available: 500Mi, nodefs.available: 10%}\n",
    )
    assert allocatable(console) | {"cpu": "1800m", "memory": "3096Mi"} == allocatable(console)
    assert allocatable(console)["ephemeral-storage"] == str(38654705600 - 2**30)


def test_unused_images_go_before_any_pod_does(console: Console) -> None:
    console.apply(pod("web"), pod("old", image="mysql"))
    console.advance(60)
    console.ok("kubectl delete pod old --now")
    console.advance(150)  # an image is left alone for two minutes
    left = int(console.ok("ssh worker-1 df -k /").split()[-3])
    console.ok(f"ssh worker-1 'sudo fallocate -l {left - 6_000_000}K /var/lib/big'")  # 14 %
    assert "mysql" in console.ok("ssh worker-1 sudo crictl images")
    console.advance(12)
    assert "mysql" not in console.ok("ssh worker-1 sudo crictl images")
    assert status(console, "web") == "Running"
    told = console.ok("kubectl describe node worker-1")
    assert "Attempting to reclaim ephemeral-storage" in told and "KubeletHasDiskPressure" in told


def test_a_disk_that_stays_full_is_told_of_each_time_images_are_looked_for(console: Console) -> None:
    configured(
        console,
        "evictionHard: {memory.available: 100Mi}\nimageGCHighThresholdPercent: 60\nimageGCLowThresholdPercent: 50\n",
    )
    console.ok("ssh worker-1 'sudo fallocate -l 25G /var/lib/big'")
    console.advance(700)
    told = console.ok("kubectl describe node worker-1")
    assert "FreeDiskSpaceFailed" in told and "ImageGCFailed" in told
    assert "Failed to garbage collect required amount of images. Attempted to free " in told
    assert "bytes, but only found 0 bytes eligible to free." in told


def test_a_soft_threshold_waits_for_its_grace_period(console: Console) -> None:
    console.apply(pod("web", terminationGracePeriodSeconds=60))
    configured(
        console,
        "evictionSoft: {nodefs.available: 50%}\nevictionSoftGracePeriod: {nodefs.available: 1m}\n"
        "evictionMaxPodGracePeriod: 20\nevictionPressureTransitionPeriod: 30s\n",
    )
    console.ok("ssh worker-1 'sudo fallocate -l 20G /var/lib/big'")
    console.advance(15)
    assert "KubeletHasDiskPressure" in console.ok("kubectl describe node worker-1")
    assert status(console, "web") == "Running"
    console.advance(60)
    assert status(console, "web").startswith(
        "Failed Evicted The node was low on resource: ephemeral-storage. Threshold quantity: 20Gi, available: 18"
    )
    console.ok("ssh worker-1 sudo rm /var/lib/big")
    console.advance(50)
    assert "KubeletHasNoDiskPressure" in console.ok("kubectl describe node worker-1")


def test_so_much_has_to_come_back_as_the_minimum_reclaim_says(console: Console) -> None:
    configured(
        console,
        "evictionHard: {nodefs.available: 10Gi}\nevictionMinimumReclaim: {nodefs.available: 5Gi}\n"
        "evictionPressureTransitionPeriod: 30s\n",
    )
    for number, size in ((1, 26), (2, 3)):
        console.ok(f"ssh worker-1 'sudo fallocate -l {size}G /var/lib/big{number}'")
    console.advance(15)
    console.ok("ssh worker-1 sudo rm /var/lib/big2")  # 10 to 12 GiB are left: less than 15
    console.advance(90)
    assert "KubeletHasDiskPressure" in console.ok("kubectl describe node worker-1")
    console.ok("ssh worker-1 sudo rm /var/lib/big1")
    console.advance(60)
    assert "KubeletHasNoDiskPressure" in console.ok("kubectl describe node worker-1")
