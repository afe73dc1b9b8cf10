"""Watches over HTTP: bookmarks, errors, their end; and that what was not kept is not told.

Source: kubernetes.io, reference/using-api/api-concepts, "Efficient detection of changes".
"""

import time
from contextlib import suppress

import pytest

from kubelab.cluster.kinds import ConfigMap
from kubelab.cluster.user import ADMIN
from kubelab.labs.awake import clusters
from kubelab.labs.gateway import application, watching
from kubelab.labs.keeping import act_on
from tests.gateway.asking import Asking

CONFIGS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
def ask(api, lab, data):
    asking = Asking(data, api.port, lab)
    yield asking
    asking.close()


def create(ask, name):
    made = ask(CONFIGS, "POST", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
    return made["metadata"]["resourceVersion"]


def test_bookmarks_tell_how_far_a_watch_has_got_when_there_is_something_new(ask, monkeypatch):
    monkeypatch.setattr(watching, "BOOKMARK_EVERY", 0.3)
    now = ask(CONFIGS)["metadata"]["resourceVersion"]
    secrets = ask.watch(f"/api/v1/secrets?watch=1&allowWatchBookmarks=1&resourceVersion={now}&timeoutSeconds=3")
    time.sleep(0.6)  # no news, no bookmark
    revision = create(ask, "one")
    first, last = secrets
    assert [event["type"] for event in (first, last)] == ["BOOKMARK", "BOOKMARK"]
    assert int(now) < int(revision) <= int(first["object"]["metadata"]["resourceVersion"])
    assert first["object"]["kind"] == "Secret" and "annotations" not in first["object"]["metadata"]


def test_a_watch_from_too_long_ago_fails_by_an_event_and_ends(ask):
    create(ask, "one")
    clusters.clear()
    (event,) = ask.watch(f"{CONFIGS}?watch=1&resourceVersion=1")
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


def test_when_to_ask_again_is_said(ask, monkeypatch):
    answer = ask.begin(f"{CONFIGS}?resourceVersion=999999")
    assert (answer.status, answer.headers["Retry-After"]) == (504, "1")
    monkeypatch.setattr(application, "MOST_STREAMS", 1)
    ask.watch(f"{CONFIGS}?watch=1")
    answer = ask.begin(CONFIGS)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    assert b'"reason":"TooManyRequests"' in answer.read()


def test_what_was_not_kept_is_not_told(ask, lab):
    now = ask(CONFIGS)["metadata"]["resourceVersion"]
    watch = ask.watch(f"{CONFIGS}?watch=1&resourceVersion={now}")
    for name in ("kept", "lost"):
        with suppress(ZeroDivisionError), act_on(lab.pk) as act:
            client = act.cluster.api.client(ADMIN, "tests")
            client.create(ConfigMap, {"metadata": {"name": name, "namespace": "default"}})
            if name == "lost":
                raise ZeroDivisionError
    create(ask, "lost")
    told = [next(watch) for _ in range(2)]
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in told] == [
        ("ADDED", "kept"),
        ("ADDED", "lost"),
    ]


def test_a_watch_goes_back_further_than_the_cluster_in_memory_remembers(ask, lab):
    now = ask(CONFIGS)["metadata"]["resourceVersion"]
    create(ask, "one")
    create(ask, "two")
    ask(f"{CONFIGS}/one", "DELETE")
    clusters.clear()  # as after a restart, or in another process
    watch = ask.watch(f"{CONFIGS}?watch=1&resourceVersion={now}")
    create(ask, "three")
    told = [(event["type"], event["object"]["metadata"]["name"]) for event in (next(watch) for _ in range(4))]
    assert told == [("ADDED", "one"), ("ADDED", "two"), ("DELETED", "one"), ("ADDED", "three")]
