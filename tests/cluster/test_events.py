"""Events: counted up, combined, limited, and gone after an hour.

Source: k8s.io/client-go/tools/record/events_cache.go; kube-apiserver --event-ttl.
"""

from kubelab.cluster.cluster import Cluster
from tests.cluster.lab import Lab, kept, made, pod


def recorder(lab):
    lab.create(pod(nodeSelector={"no": "where"}))
    client = lab.cluster.components["replicaset"].api
    return lambda reason, message: client.event(lab.get("pods", "web"), "Normal", reason, message)


def found(lab, reason):
    return [event for event in lab.items("events") if event["reason"] == reason]


def test_an_event_says_what_happened_to_what(lab):
    recorder(lab)("Tested", "it was tested")
    (event,) = found(lab, "Tested")
    now, web = lab.cluster.clock.timestamp(), lab.get("pods", "web")["metadata"]
    assert event["involvedObject"] == {
        "kind": "Pod", "namespace": "default", "name": "web", "uid": web["uid"], "apiVersion": "v1",
        "resourceVersion": web["resourceVersion"],
    }  # fmt: skip
    assert (event["type"], event["message"], event["count"]) == ("Normal", "it was tested", 1)
    assert event["firstTimestamp"] == event["lastTimestamp"] == now
    assert event["source"] == {"component": "replicaset-controller"}
    assert event["metadata"]["name"].startswith("web.")


def test_equal_events_are_counted(lab):
    record = recorder(lab)
    for _ in range(3):
        record("Tested", "again")
        lab.advance(10)
    (event,) = found(lab, "Tested")
    assert event["count"] == 3
    assert event["firstTimestamp"] < event["lastTimestamp"]


def test_the_tenth_and_later_of_a_kind_are_combined(lab):
    record = recorder(lab)
    for number in range(14):
        record("Tested", f"number {number}")
    messages = {event["message"]: event["count"] for event in found(lab, "Tested")}
    assert messages == {
        **{f"number {number}": 1 for number in range(9)},
        "(combined from similar events): number 13": 5,
    }


def test_after_ten_minutes_of_quiet_they_are_told_apart_again(lab):
    record = recorder(lab)
    for number in range(12):
        record("Tested", f"number {number}")
    lab.advance(700)
    record("Tested", "number 99")
    assert "number 99" in [event["message"] for event in found(lab, "Tested")]


def test_a_noisy_object_gets_25_at_once_and_then_one_every_five_minutes(lab):
    record = recorder(lab)
    for _ in range(40):
        record("Tested", "noise")
    (event,) = found(lab, "Tested")
    assert event["count"] == 25
    lab.advance(301)
    for _ in range(5):
        record("Tested", "noise")
    (event,) = found(lab, "Tested")
    assert event["count"] == 26


def test_a_process_that_loads_the_cluster_remembers_the_same(lab):
    record = recorder(lab)
    for number in range(12):
        record("Tested", f"number {number}")
    header, rows = kept(lab.cluster, made()[1])
    other = Lab(cluster=Cluster.load(header, rows.items()))
    client = other.cluster.components["replicaset"].api
    for each in range(20):
        record("Tested", f"number {20 + each}")
        client.event(other.get("pods", "web"), "Normal", "Tested", f"number {20 + each}")
    assert found(lab, "Tested") == found(other, "Tested")


def test_events_live_for_an_hour_after_the_last_time(lab):
    record = recorder(lab)
    record("Once", "at first")
    record("Again", "at first")
    lab.advance(1800)
    record("Again", "at first")
    lab.advance(2000)
    assert found(lab, "Once") == []
    assert found(lab, "Again")
    lab.advance(1800)
    assert found(lab, "Again") == []
