"""The map tells each page what it lacks, also when the cluster is another one that happens to have come as far."""

import json

from kubelab.cluster.kinds import Service
from kubelab.labs.map import ClusterMap
from tests.console import Console


def web(console):
    spec = {"ports": [{"port": 80}]}
    console.api.create(
        Service,
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"}, "spec": spec},
    )
    console.cluster.settle()


def test_a_reset_cluster_with_the_same_revision_is_told_whole():
    old, new = Console("one-node", seed=1), Console("one-node", seed=2)
    web(old)
    shown = ClusterMap(old.cluster)
    revision, message = shown.since(0)
    assert '"services/default/web"' in message.decode()
    while new.cluster.store.revision < old.cluster.store.revision:
        new.cluster.store.put("/machine/nothing", {"n": new.cluster.store.revision})
    shown.rebuild(new.cluster)
    again, message = shown.since(revision)
    assert json.loads(message)["full"] and '"services/default/web"' not in message.decode()
    assert shown.since(again) is None


def test_a_page_that_comes_to_a_map_made_anew_keeps_nothing_that_has_gone():
    console = Console("one-node")
    web(console)
    revision, _ = ClusterMap(console.cluster).since(0)
    console.ok("kubectl delete service web")
    later = ClusterMap(console.cluster)
    assert json.loads(later.since(revision)[1])["full"]
    now = later.since(0)[0]
    assert later.since(now) is None
