"""The server may go and come back while a client is at work."""

from kubelab.labs.awake import clusters
from tests.gateway.conftest import wait_for_streams


def test_kubectl_goes_on_after_a_restart(kubectl, api, lab):
    kubectl("create configmap before")
    watch = kubectl.start("get configmaps --watch-only -o name")
    wait_for_streams(lab)
    api.stop()
    clusters.clear()  # as a new process has none in memory
    watch.communicate(timeout=20)
    assert "refused" in kubectl("get configmaps", code=1)
    api.start()
    assert "configmap/before" in kubectl("get configmaps -o name")
    kubectl("create configmap after")
    assert "configmap/after" in kubectl("get configmaps -o name")


def test_a_watch_outlives_the_cluster_in_memory(kubectl, lab):
    watch = kubectl.start("get configmaps --watch-only -o name --request-timeout=30s")
    wait_for_streams(lab)
    kubectl("create configmap one")
    clusters.clear()  # as when another process has acted on it
    kubectl("create configmap two")
    kubectl("delete configmap one")
    told = [watch.stdout.readline() for _ in range(3)]
    watch.terminate()
    watch.communicate()
    assert told == ["configmap/one\n", "configmap/two\n", "configmap/one\n"]
