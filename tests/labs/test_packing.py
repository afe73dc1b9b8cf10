"""Batches of rows as bytes."""

import pytest

from kubelab.labs.packing import Interned, pack, unpack

CONTAINERS = [{"name": "web", "image": "nginx:1.27", "ports": [{"containerPort": 80}]}]
FIELDS = {"f:status": {"f:phase": {}}}


def pod(number):
    return {
        "metadata": {"name": f"web-{number}", "managedFields": [{"manager": "kubelet", "fieldsV1": FIELDS}]},
        "spec": {"containers": CONTAINERS, "nodeName": "worker-1", "volumes": []},
        "status": {},
    }


def rows():
    return [
        *((f"/registry/pods/default/web-{n}", n, pod(n)) for n in range(5)),
        ("/registry/pods/default/old", 9, None),
    ]


def test_rows_come_back_as_they_were_in_their_order():
    assert list(unpack(pack(rows()))) == rows()
    assert list(list(unpack(pack(rows())))[2][2]["spec"]) == ["containers", "nodeName", "volumes"]


def test_bytes_that_are_no_text_come_back_as_well():
    shared = {"A": ["x\udcffy"]}
    kept = [(f"/machine/n/\udcfe{n}", n, {"variables": shared, "big": 2**70}) for n in range(2)]
    assert list(unpack(pack(kept))) == kept


def test_what_objects_shared_is_shared_again():
    read = [obj for _, _, obj in unpack(pack(rows()))]
    assert read[1]["spec"]["containers"] is read[2]["spec"]["containers"]
    managed = [obj["metadata"]["managedFields"][0]["fieldsV1"] for obj in read[1:5]]
    assert managed[0] is managed[3]


def test_batches_read_with_one_table_share_with_each_other():
    interned = Interned()
    first, second = (list(unpack(pack(rows()), interned=interned)) for _ in range(2))
    assert first[4][2]["spec"]["containers"] is second[4][2]["spec"]["containers"]


def test_rows_that_are_not_wanted_are_left_out():
    skipped = {f"/registry/pods/default/web-{n}" for n in range(4)}
    assert [row[0][-5:] for row in unpack(pack(rows()), skipped)] == ["web-4", "t/old"]


def test_the_number_of_a_shared_part_is_not_confused_with_a_number_of_the_object():
    shared = {"a": [1]}
    batch = [
        ("/machine/x/1", 1, {"n": 0, "part": shared}),
        ("/machine/x/2", 2, {"n": 0, "part": shared, "k": {"part": 0}}),
    ]
    assert list(unpack(pack(batch))) == batch


def test_no_rows_are_a_batch_too():
    assert list(unpack(pack([]))) == []


def test_a_newer_format_is_refused():
    with pytest.raises(ValueError, match="format 99"):
        list(unpack(bytes([99]) + pack(rows())[1:]))


def test_what_is_not_json_is_refused():
    with pytest.raises(TypeError):
        pack([("/machine/x/1", 1, {"when": object()})])
