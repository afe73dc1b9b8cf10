"""What a cluster keeps folded is so in the revision log as well."""

from operator import itemgetter

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.folded import Folded
from kubelab.labs.packing import Interned, pack, unpack
from tests.cluster.lab import made
from tests.cluster.test_folded_events import busy, events


def test_the_log_keeps_them_folded_and_shares_what_they_share():
    cluster = busy(watched=False)
    rows = list(cluster.take_changes())
    interned = Interned()
    read = [row for half in (rows[::2], rows[1::2]) for row in unpack(pack(half), interned=interned)]
    assert sorted(read, key=itemgetter(0)) == sorted(rows, key=itemgetter(0))
    shared = [obj[1] for _, _, obj in read if isinstance(obj, Folded)]
    assert len({id(each) for each in shared}) == len(set(shared))
    _, born = made()
    kept = {**born, **{key: obj for key, _, obj in read}}
    loaded = Cluster.load(cluster.header(), [(key, obj) for key, obj in kept.items() if obj is not None])
    assert events(loaded) == events(cluster)


def test_the_log_leaves_those_out_that_are_not_wanted():
    rows = [row for row in busy(watched=False).take_changes() if isinstance(row[2], Folded)]
    skipped = {row[0] for row in rows[::3]}
    assert list(unpack(pack(rows), skipped)) == [row for row in rows if row[0] not in skipped]
