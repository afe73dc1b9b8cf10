"""The containers' logs on a node: what programs write by themselves, and what was written to them.

Kept at `/machine/logs/<uid>/<container>/<attempt>/<part>` in parts, so that a line costs the same however long the
log is. Lines that follow from a program's start are not stored but told when they are read. The kubelet keeps
the log of the last two attempts. Source: kubernetes.io, concepts/cluster-administration/logging (log rotation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.container import Container

LOGS = "/machine/logs/"
PART = 200  # lines of one part
PARTS = 60  # parts that are kept: the oldest lines go, as with a rotated file


class Entry(NamedTuple):
    """A line of a log.

    Args:
        time: seconds since the epoch.
        stream: "stdout" or "stderr".
        text: without the line's end.
        whole: the line has an end; the last one may not.
    """

    time: float
    stream: str
    text: str
    whole: bool = True


def _key(uid: str, name: str, attempt: int, part: int) -> str:
    return f"{LOGS}{uid}/{name}/{attempt}/{part:05d}"


def _head(uid: str, name: str, attempt: int) -> str:
    return f"{LOGS}{uid}/{name}/{attempt}"


def write(container: Container, text: str, stream: str, time: float) -> None:
    """Adds what a program wrote to its log."""
    if not text:
        return
    store, uid, name, attempt = container.cluster.store, container.uid, container.name, container.attempt
    head = store.get(_head(uid, name, attempt)) or {"part": 0}
    part: int = head["part"]
    kept = store.get(_key(uid, name, attempt, part))
    lines: list[list[object]] = list(kept["lines"]) if kept else []
    first = part
    for piece in text.splitlines(keepends=True):
        ended = piece.endswith("\n")
        if lines and not lines[-1][3] and lines[-1][1] == stream:
            lines[-1] = [lines[-1][0], stream, f"{lines[-1][2]}{piece.rstrip(chr(10))}", ended]
            continue
        if len(lines) >= PART:
            store.put(_key(uid, name, attempt, part), {"lines": lines})
            lines, part = [], part + 1
        lines.append([time, stream, piece.rstrip("\n"), ended])
    store.put(_key(uid, name, attempt, part), {"lines": lines})
    if part != first or kept is None:
        store.put(_head(uid, name, attempt), {"part": part})
        for old in range(max(first - PARTS + 1, 0), part - PARTS + 1):
            store.delete(_key(uid, name, attempt, old))


def read(container: Container, until: float) -> list[Entry]:
    """Returns a container's log up to a time, oldest line first."""
    started = container.started
    own = [
        Entry(started + line.after, line.stream, line.text)
        for line in (container.program.started_log(container) if container.program else ())
        if started + line.after <= until
    ]
    stored = stored_lines(container.cluster, container.uid, container.name, container.attempt)
    if not own:
        return stored
    return sorted([*own, *stored], key=lambda entry: entry.time) if stored else own


def stored_lines(cluster: Cluster, uid: str, name: str, attempt: int) -> list[Entry]:
    """Returns the lines that were written while it ran."""
    head = cluster.store.get(_head(uid, name, attempt))
    if head is None:
        return []
    entries: list[Entry] = []
    for part in range(max(head["part"] - PARTS + 1, 0), head["part"] + 1):
        kept = cluster.store.get(_key(uid, name, attempt, part))
        if kept is not None:
            entries += [Entry(*line) for line in kept["lines"]]
    return entries


def erase(cluster: Cluster, uid: str, name: str, last: int) -> None:
    """Removes the logs of a container's last two attempts."""
    for attempt in (last, last - 1):
        _erase_attempt(cluster, uid, name, attempt)


def erase_before(cluster: Cluster, uid: str, name: str, attempt: int) -> None:
    """Removes the log of the attempt that is no longer kept once `attempt` starts."""
    _erase_attempt(cluster, uid, name, attempt - 2)


def _erase_attempt(cluster: Cluster, uid: str, name: str, attempt: int) -> None:
    store = cluster.store
    head: Object | None = store.delete(_head(uid, name, attempt))
    if head is not None:
        for part in range(max(head["part"] - PARTS, 0), head["part"] + 1):
            store.delete(_key(uid, name, attempt, part))
