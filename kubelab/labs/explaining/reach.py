"""Who reaches whom, and the way of one request: tried on the cluster as it is, without a trace in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.kinds import Namespace, Pod
from kubelab.cluster.network.place import WORKSTATION, Place
from kubelab.cluster.network.reachability import OUTSIDE, Matrix, Reach, Target, place_of, trace, who_reaches_whom
from kubelab.cluster.network.walk import CONNECTED
from kubelab.cluster.objects import Key, Object

SYSTEM = "kube-"  # how the names of the cluster's own namespaces begin
MOST_SHOWN = 24  # Pods in one table
BETWEEN = " → "  # of source and target, in the name of a cell


@dataclass(frozen=True)
class Cell:
    """One attempt.

    Attributes:
        before: how it ended when it was last looked at, if that was otherwise; else "".
    """

    source: str
    target: Target
    reach: Reach
    before: str = ""

    @property
    def connected(self) -> bool:
        return self.reach.outcome == CONNECTED

    @property
    def query(self) -> str:
        """The same attempt as a question to the page that shows its way."""
        target = self.target
        asked = {"source": self.source, "host": target.address, "port": target.port, "protocol": target.protocol}
        return urlencode(asked)


@dataclass(frozen=True)
class Table:
    """The matrix as a page shows it."""

    targets: tuple[Target, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    left_out: int
    changed: int

    def outcomes(self) -> dict[str, str]:
        """Return how each attempt ended, to compare with later."""
        return {name_of(cell.source, cell.target): cell.reach.outcome for _, cells in self.rows for cell in cells}


def name_of(source: str, target: Target) -> str:
    return f"{source}{BETWEEN}{target.name}"


def namespaces_of(cluster: Cluster) -> list[str]:
    """Return the namespaces that somebody may want to look at, those of the system last."""
    names = [obj["metadata"]["name"] for _, obj in cluster.store.items(Namespace.prefix)]
    return sorted(names, key=lambda name: (name.startswith(SYSTEM), name))


def table_of(cluster: Cluster, namespace: str, before: Mapping[str, str]) -> Table:
    """Try everybody on everybody.

    Args:
        namespace: only Pods in it; "" for all that are not the system's.
        before: how attempts ended the last time (`Table.outcomes`).
    """
    chosen = (namespace,) if namespace else tuple(n for n in namespaces_of(cluster) if not n.startswith(SYSTEM))
    matrix = who_reaches_whom(cluster.network, chosen, most=MOST_SHOWN)
    rows = tuple((source, cells_of(matrix, source, before)) for source in matrix.sources)
    changed = sum(bool(cell.before) for _, cells in rows for cell in cells)
    return Table(matrix.targets, rows, matrix.left_out, changed)


def cells_of(matrix: Matrix, source: str, before: Mapping[str, str]) -> tuple[Cell, ...]:
    cells = []
    for target in matrix.targets:
        reach = matrix.cells[source, target.name]
        old = before.get(name_of(source, target), reach.outcome)
        cells.append(Cell(source, target, reach, old if old != reach.outcome else ""))
    return tuple(cells)


def sources_of(cluster: Cluster) -> list[str]:
    """Return from where a request can be sent: "outside", and "namespace/pod" of every Pod with a network."""
    pods = sorted(cluster.network.attachments.by_name, key=lambda key: (key[0].startswith(SYSTEM), key))
    return [OUTSIDE, *(f"{namespace}/{pod}" for namespace, pod in pods)]


def place_named(cluster: Cluster, source: str) -> Place | None:
    """Return the place of one of `sources_of`; None if there is none of that name."""
    if source == OUTSIDE:
        return WORKSTATION
    namespace, _, name = source.partition("/")
    attachment = cluster.network.attachments.by_name.get((namespace, name))
    pod = cluster.store.get(Pod.path(Key(namespace, name)))
    return place_of(attachment, pod) if attachment is not None and pod is not None else None


def way_of(cluster: Cluster, source: str, host: str, port: int, protocol: str) -> Object | None:
    """Walk a request's way.

    Returns:
        What `reachability.trace` does, its hops apart: "lookup" are those that ask for the name, "hops" the request's.
        None if the source does not exist.
    """
    place = place_named(cluster, source)
    if place is None:
        return None
    walk = trace(cluster.network, place, host, port, protocol)
    asked = max((number for number, hop in enumerate(walk["hops"], 1) if hop["verdict"] == "answer"), default=0)
    return {**walk, "lookup": walk["hops"][:asked], "hops": walk["hops"][asked:]}
