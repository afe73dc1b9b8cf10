"""A cluster as it was, set aside: to be looked at and judged later, whatever becomes of its lab.

Not the time machine: the revision log knows every moment, but it is compacted, and goes with the lab. A moment that
is set aside holds what differs from the template that the cluster was born from, and can be looked at, not run.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.file_errors import FileError
from kubelab.cluster.folded import Kept
from kubelab.labs import simulation, templates
from kubelab.labs.keeping import Act
from kubelab.labs.map import ClusterMap
from kubelab.labs.models import Moment
from kubelab.labs.packing import Row, pack, unpack

FILES = "/machine/files/workstation"
MOST_FILES, LONGEST_FILE = 50, 100_000


def set_aside(act: Act, commands: Sequence[tuple[str, int]] = ()) -> Moment:
    """Return the act's cluster as it is now, not yet saved.

    Args:
        commands: that were typed until then, with their exit statuses.
    """
    rows = list(_changed(act.cluster, templates.rows(act.lab.template_id)))
    header = act.cluster.header()
    return Moment(template_id=act.lab.template_id, header=header, data=pack(rows), commands=[list(c) for c in commands])


def _changed(cluster: Cluster, born_with: Sequence[Row]) -> Iterator[Row]:
    # Stored objects are never changed in place: what is the template's own object is as it was born.
    before = {key: obj for key, _, obj in born_with if obj is not None}
    revision = cluster.store.revision
    for key, obj in cluster.store.all_kept():
        if before.pop(key, None) is not obj:
            yield key, revision, obj
    yield from ((key, revision, None) for key in before)


def brought_back(moment: Moment) -> Cluster:
    """Return the cluster as it was; a copy that belongs to nobody, with nothing on its agenda."""
    return Cluster.load(moment.header, _items(moment), interpreter=simulation.interpreter())


def _items(moment: Moment) -> Iterator[tuple[str, Kept]]:
    changed = list(unpack(bytes(moment.data)))
    superseded = {key for key, _, _ in changed}
    for rows, gone in ((templates.rows(moment.template_id), superseded), (changed, frozenset[str]())):
        for key, _, obj in rows:
            if obj is not None and key not in gone:
                yield key, obj


def picture(moment: Moment) -> bytes:
    """Return the "map" message of the moment, for a page's map."""
    return ClusterMap(brought_back(moment)).whole()


def files(cluster: Cluster) -> dict[str, str]:
    """Return the text files that the learner has put into their home, by their paths in it."""
    machine = simulation.workstation(cluster)
    home = machine.env["HOME"].rstrip("/")
    prefix, found = f"{FILES}{home}/", dict[str, str]()
    for key, _ in cluster.store.items(prefix):
        path = key.removeprefix(prefix)
        if not path.startswith(".") and "/." not in path and len(found) < MOST_FILES:
            with suppress(FileError, UnicodeDecodeError):  # directories; what is no text
                found[path] = machine.files.read(f"{home}/{path}")[:LONGEST_FILE]
    return dict(sorted(found.items()))
