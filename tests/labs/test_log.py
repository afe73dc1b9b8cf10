"""The revision log: loading, the time machine, compaction. It knows rows, not clusters."""

import pytest

from kubelab.labs import log
from kubelab.labs.models import Lab, Segment, Template
from kubelab.labs.packing import pack

BORN = [("/registry/a/x", 1, {"v": 0}), ("/registry/a/y", 2, {"v": 0}), ("/registry/a/z", 3, {"v": 0})]
pytestmark = pytest.mark.django_db


def header(revision):
    return {"name": "", "preset": "p", "version": "1.36", "seed": 1, "now": 100.0, "revision": revision, "sequence": 0}


@pytest.fixture
def lab():
    template = Template.objects.create(digest="d", header=header(3), data=pack(BORN))
    return Lab.objects.create(
        name="n", preset="p", version="1.36", template=template, header=header(3), revision=3, now=0, at=0
    )


def commit(lab, *rows):
    lab.commits += 1
    lab.revision = rows[-1][1]
    lab.rows += len(rows)
    log.append(lab, header(lab.revision), rows)
    lab.save()


def state(lab):
    return dict(log.items(lab))


def at(lab, revision):
    head, items = log.state_at(lab, revision)
    return head["revision"], {key[-1]: obj["v"] for key, obj in items}


def test_a_lab_without_commits_is_its_template(lab):
    assert state(lab) == {key: obj for key, _, obj in BORN}


def test_the_last_state_of_each_key_counts(lab):
    commit(lab, ("/registry/a/x", 4, {"v": 1}), ("/registry/a/new", 5, {"v": 1}))
    commit(lab, ("/registry/a/y", 6, None), ("/registry/a/x", 7, {"v": 2}))
    assert state(lab) == {"/registry/a/z": {"v": 0}, "/registry/a/new": {"v": 1}, "/registry/a/x": {"v": 2}}


def test_items_come_in_the_order_of_their_last_change(lab):
    commit(lab, ("/registry/a/x", 4, {"v": 1}), ("/registry/a/new", 5, {"v": 1}))
    commit(lab, ("/registry/a/y", 6, {"v": 1}), ("/registry/a/x", 7, {"v": 2}))
    assert [key[-1] for key, _ in log.items(lab)] == ["z", "w", "y", "x"]


def test_a_commit_larger_than_a_segment_is_kept_in_pieces(lab, monkeypatch):
    monkeypatch.setattr(log, "PIECE", 3)
    commit(lab, *((f"/registry/b/{n}", 4 + n, {"v": n}) for n in range(8)))
    assert Segment.objects.count() == 3
    assert [obj["v"] for key, obj in log.items(lab) if "/b/" in key] == list(range(8))


def test_the_time_machine_shows_each_revision(lab):
    commit(lab, ("/registry/a/x", 4, {"v": 4}))
    commit(lab, ("/registry/a/x", 5, {"v": 5}), ("/registry/a/z", 6, None))
    assert at(lab, 3) == (3, {"x": 0, "y": 0, "z": 0})
    assert at(lab, 4) == (4, {"x": 4, "y": 0, "z": 0})
    assert at(lab, 5) == (4, {"x": 4, "y": 0, "z": 0}), "revision 5 was never committed by itself"
    assert at(lab, 6) == (6, {"x": 5, "y": 0})


def test_compaction_changes_nothing_that_is_read(lab):
    for number in range(4, 40):
        commit(lab, (f"/registry/a/{'xyzw'[number % 4]}", number, None if number % 5 == 0 else {"v": number}))
    before, order = state(lab), list(log.items(lab))
    history = [at(lab, revision) for revision in range(3, 40)]
    log.compact(lab.pk)
    lab.refresh_from_db()
    assert state(lab) == before and list(log.items(lab)) == order
    assert [at(lab, revision) for revision in range(3, 40)] == history
    assert lab.rows == len({"x", "y", "z", "w"}) or lab.rows == 3


def test_compaction_keeps_the_history_back_to_the_snapshot_before(lab):
    commit(lab, ("/registry/a/x", 4, {"v": 4}))
    commit(lab, ("/registry/a/x", 5, {"v": 5}))
    log.compact(lab.pk)
    lab.refresh_from_db()
    commit(lab, ("/registry/a/x", 6, {"v": 6}))
    commit(lab, ("/registry/a/y", 7, None))
    log.compact(lab.pk)
    lab.refresh_from_db()
    assert at(lab, 5)[1]["x"] == 5 and at(lab, 6)[1]["x"] == 6 and at(lab, 7)[1] == {"x": 6, "z": 0}
    with pytest.raises(log.Compacted):
        log.state_at(lab, 4)


def test_compacting_twice_without_a_change_does_nothing(lab):
    commit(lab, ("/registry/a/x", 4, {"v": 4}))
    log.compact(lab.pk)
    log.compact(lab.pk)
    assert Segment.objects.filter(snapshot=True).count() == 1


def test_pods_of_one_template_share_its_parts_again_though_many_commits_kept_them(lab):
    containers = [{"name": "web", "image": "nginx:1.27"}]
    for number in range(3):
        spec = {"containers": containers, "nodeName": f"worker-{number}"}
        commit(lab, (f"/registry/pods/default/web-{number}", 4 + number, {"spec": spec}))
    found = [obj["spec"] for key, obj in log.items(lab) if key.startswith("/registry/pods/")]
    assert [spec["nodeName"] for spec in found] == ["worker-0", "worker-1", "worker-2"]
    assert len({id(spec["containers"]) for spec in found}) == 1
    assert found[0]["containers"] == containers
