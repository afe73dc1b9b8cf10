"""How much a cluster holds: etcd's space quota and request size, in its words (etcd.io, "System limits")."""

import pytest

from kubelab.cluster.api import space


@pytest.fixture
def little_room(console, monkeypatch):
    """A cluster that has room for five more objects, and some events."""
    monkeypatch.setattr(space, "AT_LEAST", console.cluster.store.registered + 5)
    monkeypatch.setattr(space, "FOR_A_NODE", 0)
    return console


def test_a_full_cluster_takes_no_more_objects_and_says_why(little_room):
    made = [little_room.run(f"kubectl create configmap c{number}").exit for number in range(5)]
    refused = little_room.run("kubectl create configmap last")
    assert made == [0] * 5
    assert refused.exit == 1
    assert "etcdserver: mvcc: database space exceeded (this lab keeps up to" in refused.stderr


def test_what_is_deleted_makes_room(little_room):
    for number in range(5):
        little_room.run(f"kubectl create configmap c{number}")
    assert little_room.run("kubectl create configmap one").exit == 1
    assert little_room.run("kubectl delete configmap c0").exit == 0
    assert little_room.run("kubectl create configmap one").exit == 0


def test_a_runaway_deployment_is_bounded(little_room):
    little_room.run("kubectl create deployment many --image=nginx --replicas=1000")
    little_room.advance(60)
    store = little_room.cluster.store
    assert store.registered <= space.most_objects(store)
    assert little_room.run("kubectl get pods").exit == 0


def test_an_object_is_at_most_as_large_as_etcd_takes(console):
    files = "head -c 1000000 /dev/zero | tr '\\0' x > a; head -c 900000 /dev/zero | tr '\\0' y > b"
    assert console.run(files).exit == 0
    made = console.run("kubectl create secret generic big --from-file=a --from-file=b")
    assert made.exit == 1
    assert "Too long" in made.stderr or "etcdserver: request is too large" in made.stderr


def test_the_count_of_objects_survives_loading(console):
    from kubelab.cluster.cluster import Cluster

    store = console.cluster.store
    console.run("kubectl create configmap one")
    items = list(store.items("/"))
    loaded = Cluster.load(console.cluster.header(), items)
    assert loaded.store.registered == store.registered == sum(key.startswith("/registry/") for key, _ in items)
