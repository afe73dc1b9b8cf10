"""Batches of rows as bytes."""

from base64 import b85decode

import pytest

from kubelab.labs.packing import MANY, Interned, pack, unpack

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


def many():
    """More rows than a burst's commit has, of a few shapes and some odd ones."""
    for number in range(MANY.stop):
        event = {
            "kind": "Event",
            "metadata": {"name": f"web-{number}.abc", "namespace": "default"},
            "involvedObject": {"kind": "Pod", "name": f"web-{number // 4}"},
            "message": "Started container web",
            "count": 1,
            "series": {},
            "firstTimestamp": None if number % 2 else 1.0,
        }
        yield f"/registry/events/default/{number}", number, event
        if number % 100 == 0:
            yield f"/registry/pods/default/web-{number}", number, pod(number)
            yield f"/registry/pods/default/gone-{number}", number, None
            yield (
                f"/machine/n/{number}",
                number,
                {"big": 2**60, "mixed": [True, 1, 1.5, "1", []], str(number): {}},
            )


def test_many_rows_come_back_as_they_were_in_their_order():
    batch = list(many())
    read = list(unpack(pack(batch)))
    assert read == batch
    assert repr(read) == repr(batch), "True is not 1, and keys keep their order"


@pytest.mark.parametrize(("rows", "shared"), [(3, True), (MANY.start, False), (MANY.stop, True)])
def test_what_lies_deep_is_shared_again_where_it_costs_little(rows, shared):
    user = {"linux": {"uid": 0}}
    batch = [(f"/machine/x/{number}", number, {"a": {"b": [{"user": user}]}}) for number in range(rows)]
    read = [obj["a"]["b"][0]["user"] for _, _, obj in unpack(pack(batch))]
    assert (read[1] is read[2]) is shared


def test_of_many_rows_those_that_are_not_wanted_are_left_out():
    batch = list(many())
    skipped = {row[0] for row in batch[::3]}
    assert list(unpack(pack(batch), skipped)) == [row for row in batch if row[0] not in skipped]


def test_what_an_older_kubelab_wrote_is_read():
    assert list(unpack(bytes([1]) + pack(rows())[1:])) == rows()


# Events and Pods as format 2 wrote them: some of them in a table of one column a leaf.
TABLES = b85decode(
    b"0w}dF{a_*mEfD}#+fyxYrEL!U|NsC0{~xKn7$a=2T5m^fY$*LJfmL0n1sG;RM8xhUYA7&(s-R&EO8`RvM*wSGtt*~5;)ff)TzT?!"
    b"6(MIj1}lB%jZlLiAR8SA<2?n7Jz$_{DH4c-VNsHGD}+MnHI_jpjcc$-f~3=FRw8c9GhrW|2nYZi2zQCY5eb#fdCHB>qY+~GW^6Rw"
    b"?z{{%e05I-t|Nfi=Ee8;e)KVq?&EgXUi7umb4=f<D~9#Mk~nA+7y52lSJspDlA5zBcE!v@=i#Zj>Z(dGQwb56peQLUh7g@5Ht%tK"
    b"FZRI9`@HC>)mkU!ozD?5Pl-M{S;JFxj0YPtvkZh9zC$DmTs-P4skJ>4gbd_9Bs5?dDEjQxRnvvLkRE21lXLD6O7W_&+Uu%jmdZy9"
    b"+$}`{aWE`OvKFtP3fij!m>I(7sl85_IC3YA0b8gcQHN>*36e&VlB5HG0-2ezI}%_OF@*_~7Z4;yNKhmY30jcyNC$GJeicc9!-wXN"
    b"bi@MH;aP)TaaZ7r4|4uvn~lLyQxcFu+hgj%852v%d^H?#d$L0r{okfQ&4%KKzKneG>O;o|QY%ICx8<iQe-`t$Q|iX~(BMcWWPFeL"
    b"woSk^#_5d$g~0||G+amK5A**^d#LK6^x!S&s2QQAdkjj!xGICj#B4sF%Yqm#U{UVmD}N1;XisAIU+$b>#H78W<~7Bg(Kn+N0RpW8"
)


def test_tables_that_an_older_kubelab_wrote_are_read():
    event = {"kind": "Event", "message": "Started", "count": 1, "series": {}}
    names = [f"web-{number}.abc" for number in range(12)]
    found = {key: obj for key, _, obj in unpack(TABLES)}
    assert [found[f"/registry/events/default/{number}"] for number in range(12)] == [
        {**event, "metadata": {"name": name}, "first": None if number % 2 else 1.0} for number, name in enumerate(names)
    ]
    assert found["/registry/pods/default/web-2"] == pod(2)
    assert found["/machine/x/gone"] is None
    assert found["/registry/events/default/1"]["series"] is found["/registry/events/default/2"]["series"]
