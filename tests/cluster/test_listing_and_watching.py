"""Lists in pages, selectors, and watches from a revision on.

Source: kubernetes.io, reference/using-api/api-concepts ("Efficient detection of changes", "Retrieving large results
sets in chunks").
"""

import pytest

from tests.cluster.lab import pod


def config(name, **labels):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default", "labels": labels},
    }


@pytest.fixture
def six(lab):
    for number in range(5):
        lab.create(config(f"c{number}", app="web" if number % 2 else "db"))
    return lab  # kube-root-ca.crt is the sixth


def names(items):
    return [found["metadata"]["name"] for found in items]


def page(lab, **options):
    found = lab.request("list", "cm", **options).object
    return names(found["items"]), found["metadata"]


def test_a_list_comes_in_pages_and_all_show_the_same_moment(six):
    first, metadata = page(six, limit="2")
    assert (first, metadata["remainingItemCount"]) == (["c0", "c1"], 4)
    six.create(config("c00"))
    six.create(config("c9"))
    six.delete("cm", "c3")
    second, later = page(six, limit="2", **{"continue": metadata["continue"]})
    assert (second, later["remainingItemCount"]) == (["c2", "c3"], 2)
    assert later["resourceVersion"] == metadata["resourceVersion"]
    third, last = page(six, limit="2", **{"continue": later["continue"]})
    assert third == ["c4", "kube-root-ca.crt"]
    assert "continue" not in last and "remainingItemCount" not in last


def test_a_page_of_a_selection_does_not_tell_how_many_are_left(six):
    _, metadata = page(six, limit="1", labelSelector="app=db")
    assert "continue" in metadata and "remainingItemCount" not in metadata


def test_a_list_that_was_begun_too_long_ago_cannot_be_continued(six):
    _, metadata = page(six, limit="2")
    for number in range(1001):
        six.cluster.store.put("/registry/configmaps/default/busy", config(f"b{number}"))
    refused = six.refused(page, six, limit="2", **{"continue": metadata["continue"]})
    assert (refused.code, refused.reason) == (410, "Expired")
    assert refused.message.startswith("The provided continue parameter is too old to display a consistent list result.")


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("app=web", ["c1", "c3"]),
        ("app!=web", ["c0", "c2", "c4", "kube-root-ca.crt"]),
        ("app in (web,db)", ["c0", "c1", "c2", "c3", "c4"]),
        ("app notin (web)", ["c0", "c2", "c4", "kube-root-ca.crt"]),
        ("!app", ["kube-root-ca.crt"]),
        ("app,app!=db", ["c1", "c3"]),
    ],
)
def test_label_selectors(six, selector, found):
    assert names(six.items("cm", labelSelector=selector)) == found


def test_field_selectors_are_those_of_the_kind(lab):
    lab.create(pod(nodeSelector={"no": "where"}))
    lab.settle()
    assert names(lab.items("pods", fieldSelector="status.phase=Pending,spec.nodeName=")) == ["web"]
    assert names(lab.items("pods", fieldSelector="metadata.name!=web")) == []
    assert lab.refusal(lab.items, "pods", fieldSelector="spec.foo=1") == "field label not supported: spec.foo"
    assert lab.refusal(lab.items, "pods", labelSelector="a=b=c").startswith("unable to parse requirement: ")


def told(watch):
    return [(event.type, event.object["metadata"]["name"]) for event in watch.events()]


def test_a_watch_begins_with_what_is_there_and_goes_on(six):
    watch = six.watch("cm", labelSelector="app=web")
    assert told(watch) == [("ADDED", "c1"), ("ADDED", "c3")]
    six.patch("cm", "c1", {"data": {"a": "1"}})
    six.delete("cm", "c3")
    six.create(config("c5", app="web"))
    six.create(config("c6", app="db"))
    assert told(watch) == [("MODIFIED", "c1"), ("DELETED", "c3"), ("ADDED", "c5")]
    watch.close()
    six.delete("cm", "c5")
    assert told(watch) == []


def test_a_watch_from_a_revision_misses_nothing_and_repeats_nothing(six):
    revision = six.create(config("c5"))["metadata"]["resourceVersion"]
    six.create(config("c6"))
    six.delete("cm", "c6")
    watch = six.watch("cm", resourceVersion=revision)
    six.create(config("c7"))
    assert told(watch) == [("ADDED", "c6"), ("DELETED", "c6"), ("ADDED", "c7")]


def test_what_no_longer_matches_is_deleted_to_a_watch_in_its_last_matching_form(six):
    watch = six.watch("cm", labelSelector="app=web")
    watch.events()
    changed = six.patch("cm", "c1", {"metadata": {"labels": {"app": "db"}}})
    (event,) = watch.events()
    assert (event.type, event.object["metadata"]["labels"]) == ("DELETED", {"app": "web"})
    assert event.object["metadata"]["resourceVersion"] == changed["metadata"]["resourceVersion"]
    six.patch("cm", "c1", {"metadata": {"labels": {"app": "web"}}})
    assert told(watch) == [("ADDED", "c1")]


def test_a_deleted_object_carries_the_revision_of_its_end(six):
    watch = six.watch("cm", "c1")
    watch.events()
    six.delete("cm", "c1")
    (event,) = watch.events()
    assert event.object["metadata"]["resourceVersion"] == str(six.cluster.store.revision)


def test_a_watch_of_revisions_that_are_gone_has_to_list_anew(lab):
    refused = lab.refused(lab.watch, "cm", resourceVersion="1")
    assert (refused.code, refused.reason) == (410, "Expired")
    assert refused.message.startswith("too old resource version: 1 (")


def test_a_watch_list_ends_its_beginning_with_a_bookmark(six):
    watch = six.watch("cm", sendInitialEvents="true", allowWatchBookmarks="true", resourceVersionMatch="NotOlderThan")
    *added, last = watch.events()
    assert {event.type for event in added} == {"ADDED"} and len(added) == 6
    assert last.type == "BOOKMARK"
    assert last.object["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert last.object["metadata"]["resourceVersion"] == str(six.cluster.store.revision)


def test_a_table_has_the_kinds_columns(six):
    table = six.request("list", "cm", accept="Table").object
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert table["rows"][0]["cells"] == ["c0", 0, "0s"]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
