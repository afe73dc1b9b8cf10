"""What revisions mean to lists, gets and watches, and that a watch that goes on elsewhere misses and repeats nothing.

Source: kubernetes.io, reference/using-api/api-concepts, "Resource versions" and "Semantics for watch".
"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab.cluster.rest.calls import Call, answer
from kubelab.cluster.user import ADMIN
from tests.cluster.lab import Lab


def config(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


@pytest.fixture
def configs(lab):
    for number in range(5):
        lab.create(config(f"c{number}"))
    return lab


def names(found):
    return [item["metadata"]["name"] for item in found["items"] if item["metadata"]["name"][0] == "c"]


def ask(lab, path, **query):
    call = Call("GET", f"/api/v1/namespaces/default/configmaps{path}", query, {}, b"", ADMIN)
    reply = answer(lab.cluster.api, call)
    return reply.code, json.loads(reply.body)


def test_a_list_may_be_of_an_exact_revision(configs):
    then = str(configs.cluster.store.revision)
    configs.delete("cm", "c1")
    configs.create(config("c9"))
    code, found = ask(configs, "", resourceVersion=then, resourceVersionMatch="Exact")
    assert (code, names(found), found["metadata"]["resourceVersion"]) == (200, ["c0", "c1", "c2", "c3", "c4"], then)
    assert names(ask(configs, "", resourceVersion=then, limit="4")[1]) == ["c0", "c1", "c2", "c3"]
    for options in ({}, {"resourceVersionMatch": "NotOlderThan"}, {"limit": "2", "resourceVersion": "0"}):
        code, found = ask(configs, "", **{"resourceVersion": then, **options})
        assert (code, names(found)) == (200, ["c0", "c2", "c3", "c4", "c9"])


@pytest.mark.parametrize("path", ["", "/c1"])
def test_a_revision_that_is_not_there_yet_may_be_asked_for_again(configs, path):
    now = configs.cluster.store.revision
    code, status = ask(configs, path, resourceVersion=str(now + 5))
    assert (code, status["reason"]) == (504, "Timeout")
    assert status["message"] == f"Timeout: Too large resource version: {now + 5}, current: {now}"
    assert status["details"] == {
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        "retryAfterSeconds": 1,
    }


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (
            {"resourceVersionMatch": "Exact"},
            422,
            "is forbidden unless resourceVersion is provided",
        ),
        (
            {"resourceVersionMatch": "Near", "resourceVersion": "1"},
            422,
            'supported values: "Exact", "NotOlderThan", ""',
        ),
        ({"resourceVersionMatch": "Exact", "resourceVersion": "0"}, 422, 'is forbidden for resourceVersion "0"'),
        ({"sendInitialEvents": "true"}, 422, "sendInitialEvents is forbidden for list"),
        ({"watch": "1", "sendInitialEvents": "true"}, 422, "requires setting resourceVersionMatch to NotOlderThan"),
        ({"watch": "1", "resourceVersionMatch": "Exact", "resourceVersion": "5"}, 422, "unless sendInitialEvents"),
        ({"resourceVersion": "new"}, 500, 'resourceVersion: Invalid value: "new": strconv.ParseUint'),
        (
            {"continue": "!"},
            400,
            "continue key is not valid: illegal base64 data at input byte 0",
        ),
        ({"continue": "eyJ2IjoidjEifQ"}, 400, "server does not recognize this encoded version v1"),
        ({"continue": "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi94In0"}, 400, "is not valid: ../x"),
        ({"resourceVersion": "1", "resourceVersionMatch": "Exact"}, 410, "for the provided list is too old"),
    ],
)
def test_what_makes_no_sense_is_refused(configs, options, code, words):
    found, status = ask(configs, "", **options)
    assert found == code and words in status["message"], status


def test_a_list_that_is_too_old_may_go_on_with_what_is_there_now(configs):
    _, first = ask(configs, "", limit="2")
    for number in range(1001):
        configs.cluster.store.put("/registry/configmaps/default/c3", config("c3", n=str(number)))
    code, status = ask(configs, "", limit="2", **{"continue": first["metadata"]["continue"]})
    assert (code, status["reason"]) == (410, "Expired")
    code, found = ask(configs, "", **{"continue": status["metadata"]["continue"]})
    assert (code, names(found)) == (200, ["c2", "c3", "c4"])


def test_a_watch_fails_by_an_event(configs):
    call = Call("GET", "/api/v1/configmaps", {"watch": "1", "resourceVersion": "1"}, {}, b"", ADMIN)
    watch = answer(configs.cluster.api, call)
    (event,) = watch.events()
    assert event.type == "ERROR" and watch.ended
    assert (event.object["code"], event.object["reason"]) == (410, "Expired")
    assert event.object["message"] == f"too old resource version: 1 ({configs.cluster.store.revision})"


def test_a_watch_of_what_comes_is_not_told_what_came_before(configs):
    watch = configs.watch("cm", resourceVersion=str(configs.cluster.store.revision + 2))
    for number in range(4):
        configs.create(config(f"d{number}"))
    assert [event.object["metadata"]["name"] for event in watch.events()] == ["d2", "d3"]


STEPS = st.lists(
    st.one_of(st.tuples(st.just("write"), st.integers(0, 3)), st.tuples(st.just("delete"), st.integers(0, 3)),
              st.tuples(st.just("resume"), st.integers(0, 3))),
    max_size=40,
)  # fmt: skip


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_whoever_resumes_has_seen_every_change_once(steps):
    lab = EVERYDAY
    steady = lab.watch("cm", resourceVersion=str(lab.cluster.store.revision), labelSelector="odd=1")
    restless = lab.watch("cm", resourceVersion=str(lab.cluster.store.revision), labelSelector="odd=1")
    seen, last = [], str(lab.cluster.store.revision)
    for number, (what, which) in enumerate(steps):
        there = f"/registry/configmaps/default/h{which}" in lab.cluster.store.table("/registry/configmaps/").rows
        if what == "write":
            labels = {"odd": str((number + which) % 2)}
            if there:
                lab.patch("cm", f"h{which}", {"metadata": {"labels": labels}})
            else:
                lab.create({**config(f"h{which}"), "metadata": {"name": f"h{which}", "labels": labels}})
        elif what == "delete":
            if there:
                lab.delete("cm", f"h{which}")
        else:
            events = restless.events()
            seen += events[: which + 1]  # the connection breaks off
            last = seen[-1].object["metadata"]["resourceVersion"] if seen else last
            restless.close()
            restless = lab.watch("cm", resourceVersion=last, labelSelector="odd=1")
    seen += restless.events()
    assert seen == steady.events()
    steady.close()
    restless.close()


EVERYDAY = Lab()
