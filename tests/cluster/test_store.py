"""The store: one revision counter, watchers, indexes, history, and what is handed out to be kept."""

import pytest

from kubelab.cluster.aspects import (
    ADDRESS,
    BOUND,
    CREATED,
    ENDED,
    EVERYTHING,
    GONE,
    METADATA,
    READY,
    REST,
    SPEC,
    STATUS,
    of_pod,
)
from kubelab.cluster.store import Compacted, Store

PODS = "/registry/pods/"


def pod(name, node="", **labels):
    return {"metadata": {"name": name, "labels": labels}, "spec": {"nodeName": node}}


def put(store, name, **about):
    return store.put(f"{PODS}default/{name}", pod(name, **about))


def test_every_write_is_one_revision_and_objects_of_the_registry_say_theirs():
    store = Store()
    assert [put(store, name)["metadata"]["resourceVersion"] for name in ("a", "b", "a")] == ["1", "2", "3"]
    store.delete(f"{PODS}default/a")
    assert store.revision == 4
    store.delete(f"{PODS}default/a")  # there is nothing to delete
    assert store.revision == 4


def test_what_lies_on_machines_carries_no_revision():
    store = Store()
    assert store.put("/machine/files/node-a/etc", {"text": "x"}) == {"text": "x"}
    assert store.revision == 1


def test_watchers_of_a_prefix_are_told_of_its_writes_in_order():
    store, seen = Store(), []
    end = store.subscribe(PODS, lambda change: seen.append((change.key, change.old is None, change.new is None)))
    put(store, "a")
    put(store, "a", node="n")
    store.put("/registry/nodes/n", {"metadata": {"name": "n"}})
    store.delete(f"{PODS}default/a")
    end()
    put(store, "b")
    key = f"{PODS}default/a"
    assert seen == [(key, True, False), (key, False, False), (key, False, True)]


def test_an_index_follows_every_write():
    store = Store()
    put(store, "b", node="n1")
    store.add_index(PODS, "node", lambda obj: [obj["spec"]["nodeName"]] if obj["spec"]["nodeName"] else [])
    put(store, "c", node="n1")
    put(store, "a", node="n1")
    put(store, "b", node="n2")
    store.delete(f"{PODS}default/c")
    put(store, "d")
    assert [found["metadata"]["name"] for found in store.indexed(PODS, "node", "n1")] == ["a"]
    assert [found["metadata"]["name"] for found in store.indexed(PODS, "node", "n2")] == ["b"]
    assert store.indexed(PODS, "node", "n3") == []


def test_what_an_index_finds_is_in_the_order_of_keys_whatever_came_first():
    one, other = Store(), Store()
    for store, names in ((one, "cab"), (other, "bca")):
        store.add_index(PODS, "node", lambda obj: [obj["spec"]["nodeName"]])
        for name in names:
            put(store, name, node="n")
    assert [found["metadata"]["name"] for found in one.indexed(PODS, "node", "n")] == ["a", "b", "c"]
    assert one.table(PODS).keys() == other.table(PODS).keys()


def test_changes_since_a_revision_can_be_read_until_they_are_compacted():
    store = Store()
    put(store, "a")
    put(store, "b")
    assert [change.key for change in store.changes_since(1, PODS)] == [f"{PODS}default/b"]
    for _ in range(1000):
        put(store, "c")
    with pytest.raises(Compacted):
        store.changes_since(1, PODS)
    assert len(store.changes_since(2, PODS)) == 1000


def test_what_changed_is_handed_out_once_in_its_last_form():
    store = Store()
    put(store, "a")
    put(store, "b")
    put(store, "a", node="n")
    store.delete(f"{PODS}default/b")
    assert [(key, revision, obj is None) for key, revision, obj in store.take_changes()] == [
        (f"{PODS}default/a", 3, False),
        (f"{PODS}default/b", 4, True),
    ]
    assert list(store.take_changes()) == []


def test_what_was_handed_out_makes_the_same_store_again():
    store = Store()
    put(store, "a")
    store.put("/registry/services/specs/default/web", {"metadata": {"name": "web"}})
    store.put("/registry/apiextensions.k8s.io/customresourcedefinitions/x", {"metadata": {"name": "x"}})
    store.put("/machine/network/hosts/n", {"ip": "10.0.0.1"})
    copy = Store()
    for key, _, obj in store.take_changes():
        copy.restore(key, obj)
    copy.restored(store.revision)
    assert list(copy.items()) == list(store.items())
    assert (copy.revision, list(copy.take_changes())) == (store.revision, [])
    with pytest.raises(Compacted):
        copy.changes_since(1)


def test_who_does_not_heed_statuses_is_told_of_all_else():
    store, seen = Store(), []
    end = store.subscribe(PODS, lambda change: seen.append(change.revision), heeds=EVERYTHING - STATUS)
    first = put(store, "a", node="n")
    ready = store.put(f"{PODS}default/a", {**first, "status": {"phase": "Running"}})
    assert seen == [1]
    labelled = store.put(f"{PODS}default/a", {**ready, "metadata": {**ready["metadata"], "labels": {"new": "1"}}})
    store.put(f"{PODS}default/a", {**labelled, "spec": {"nodeName": "other"}})
    store.delete(f"{PODS}default/a")
    assert seen == [1, 3, 4, 5]
    end()
    put(store, "b")
    assert seen == [1, 3, 4, 5]


def test_who_watches_all_tables_is_told_last_and_of_those_that_come_later_as_well():
    store, seen = Store(), []
    store.table(PODS)
    store.subscribe("/registry/", lambda change: seen.append(("all", change.key)), heeds=CREATED)
    store.subscribe(PODS, lambda change: seen.append(("pods", change.key)))
    put(store, "a")
    store.put("/registry/configmaps/default/c", {"metadata": {"name": "c"}})
    store.put("/machine/pods/a", {})
    assert seen == [
        ("pods", f"{PODS}default/a"), ("all", f"{PODS}default/a"), ("all", "/registry/configmaps/default/c"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "aspects"),
    [
        (None, {}, CREATED),
        ({}, {"spec": {"nodeName": "n"}}, BOUND),
        ({"spec": {"nodeName": "n"}}, {"spec": {"nodeName": "n", "hostname": "h"}}, SPEC),
        ({}, {"metadata": {"name": "a", "labels": {"b": "c"}}}, METADATA),
        ({}, {"status": {"phase": "Pending"}}, REST),
        ({}, {"status": {"podIP": "10.0.0.1"}}, REST | ADDRESS),
        ({"status": {"phase": "Running"}}, {"status": {"phase": "Failed"}}, REST | ENDED),
        ({}, {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, REST | READY),
        ({}, None, GONE),
    ],
)
def test_a_change_of_a_pod_is_sorted_by_what_it_is_about(before, after, aspects):
    plain = {"metadata": {"name": "a"}, "spec": {}}
    old, new = (None if parts is None else {**plain, **parts} for parts in (before, after))
    assert of_pod(old, new) == aspects


def test_an_index_that_reads_one_part_of_objects_follows_that_part():
    store = Store()
    store.add_index(PODS, "node", lambda obj: [obj["spec"]["nodeName"]], lambda obj: obj["spec"])
    first = put(store, "a", node="one")
    second = store.put(f"{PODS}default/a", {**first, "status": {}})
    assert store.indexed(PODS, "node", "one") == [second]
    third = store.put(f"{PODS}default/a", {**second, "spec": {"nodeName": "two"}})
    assert (store.indexed(PODS, "node", "one"), store.indexed(PODS, "node", "two")) == ([], [third])
