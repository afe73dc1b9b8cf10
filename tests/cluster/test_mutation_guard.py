"""Stored objects are never changed; the tests notice when they are."""

import pytest

from kubelab.cluster.store import Store
from tests.guard import Mutation, watched_stores


def stored():
    store = Store()
    return store, store.put("/registry/configmaps/default/web", {"metadata": {"name": "web"}, "data": {"a": "1"}})


def test_a_change_in_place_is_noticed_at_the_end():
    with pytest.raises(Mutation, match="/registry/configmaps/default/web"), watched_stores():
        store, found = stored()
        found["data"]["a"] = "2"
        assert store.count() == 1


def test_a_change_in_place_is_noticed_when_the_object_is_replaced():
    with watched_stores() as guard:
        store, found = stored()
        found["data"]["b"] = "2"
        with pytest.raises(Mutation):
            store.put("/registry/configmaps/default/web", {"metadata": {"name": "web"}})
        guard.check()


def test_replacing_and_deleting_is_no_mutation():
    with watched_stores():
        store, found = stored()
        store.put("/registry/configmaps/default/web", {**found, "data": {"a": "2"}})
        store.delete("/registry/configmaps/default/web")
