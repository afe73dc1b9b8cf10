"""Events are kept folded, and nobody who reads them can tell."""

import json

from kubelab.cluster.folded import Folded, unfolded
from kubelab.cluster.kinds import Event
from tests.cluster.lab import Lab

IMAGES = {"web-0": "nginx:1.27", "web-1": "nginx:1.27", "broken": "nginx:doesnotexist"}


def busy(watched):
    """A cluster in which Pods started and one could not, its Events read by somebody as they come, or by nobody."""
    lab, seen = Lab(), []
    if watched:
        lab.cluster.store.subscribe(Event.prefix, lambda change: seen.append(json.dumps(change.new)))
    for name, image in IMAGES.items():
        spec = {"containers": [{"name": "web", "image": image}]}
        lab.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
    lab.cluster.advance(60)
    return lab.cluster


def events(cluster):
    return {key: json.dumps(obj) for key, obj in cluster.store.items(Event.prefix)}


def test_what_is_read_is_what_would_be_there_unfolded():
    read, unread = busy(watched=True), busy(watched=False)
    started = [key for key in events(read) if "/web-0." in key]
    assert not any(isinstance(read.store.table(Event.prefix).kept(key), Folded) for key in started)
    assert all(isinstance(unread.store.table(Event.prefix).kept(key), Folded) for key in started)
    assert events(unread) == events(read)


def test_who_asks_for_some_objects_only_reads_whole_ones():
    lab, seen = Lab(), []
    lab.cluster.store.subscribe(Event.prefix, lambda change: seen.append(change.new["reason"]), whose=lambda _obj: True)
    spec = {"containers": [{"name": "web", "image": "nginx:1.27"}]}
    lab.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec})
    lab.cluster.advance(20)
    assert seen == ["Scheduled", "Pulling", "Pulled", "Created", "Started"]


def test_an_event_that_is_seen_again_is_whole_from_then_on():
    kept = list(busy(watched=False).store.table(Event.prefix).all_kept())
    counted = [obj for obj in kept if not isinstance(obj, Folded)]
    assert counted
    assert all(obj["count"] > 1 for obj in counted)
    assert all(unfolded(obj)["count"] == 1 for obj in kept if isinstance(obj, Folded))


def test_a_watch_that_goes_on_reads_whole_events():
    cluster = busy(watched=False)
    found = cluster.store.changes_since(cluster.store.revision - 50, Event.prefix)
    assert found
    assert all(change.new["metadata"]["resourceVersion"] == str(change.revision) for change in found)
