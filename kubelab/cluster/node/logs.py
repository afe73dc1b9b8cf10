"""The containers' logs on a node: what programs write by themselves, and what was written to them.

Lines that follow from a program's start are not stored but told when they are read. The kubelet keeps
the log of the last two attempts. Source: kubernetes.io, concepts/cluster-administration/logging.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubelab.cluster import logparts
from kubelab.cluster.api.kubelets import LogLine
from kubelab.cluster.clock import micro
from kubelab.cluster.logparts import PARTS, head_key, part_key
from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster
    from kubelab.cluster.node.container import Container


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


def write(container: Container, text: str, stream: str, time: float) -> None:
    """Adds what a program wrote to its log."""
    if not text:
        return
    if not text.isascii():  # bytes that are no text, which travel as surrogates
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    log = container.uid, container.name, container.attempt
    logparts.append(container.cluster.store, log, text, stream, time)


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


def as_written(container: Container) -> str:
    """Returns a container's log as the runtime writes it on the node's disk (the CRI's format)."""
    lines = []
    for entry in read(container, container.now()):
        stamp = f"{micro(entry.time)[:-1]}000Z"
        lines.append(f"{stamp} {entry.stream} {'F' if entry.whole else 'P'} {entry.text}\n")
    return "".join(lines)


def follow(container: Container, until: float, position: Object) -> tuple[list[LogLine], Object]:
    """Returns what was written since a position ({} for the beginning), and the position after it.

    An unfinished line is told as far as it has got, and the rest of it the next time.
    """
    started, after = container.started, position.get("until", float("-inf"))
    own = [
        LogLine(started + line.after, line.text + "\n")
        for line in (container.program.started_log(container) if container.program else ())
        if after < started + line.after <= until
    ]
    stored, place = _stored_since(container, position)
    lines = sorted([*own, *stored], key=lambda line: line.time) if own and stored else own or stored
    return lines, {"until": until, **place}


def next_line(container: Container, after: float) -> float | None:
    """Returns when the program writes its next line by itself, None if it does not."""
    lines = container.program.started_log(container) if container.program else ()
    return min((time for line in lines if (time := container.started + line.after) > after), default=None)


def _stored_since(container: Container, position: Object) -> tuple[list[LogLine], Object]:
    store, uid, name, attempt = container.cluster.store, container.uid, container.name, container.attempt
    head = store.get(head_key(uid, name, attempt))
    if head is None:
        return [], {}
    first = max(head["part"] - PARTS + 1, 0)
    part, line, read = position.get("part", first), position.get("line", 0), position.get("read", 0)
    if part < first:
        part, line, read = first, 0, 0
    found: list[LogLine] = []
    for number in range(part, head["part"] + 1):
        entries = (store.get(part_key(uid, name, attempt, number)) or {"lines": []})["lines"]
        start = line if number == part else 0
        for index in range(start, len(entries)):
            time, _stream, text, ended = entries[index]
            told = text[read:] + ("\n" if ended else "")
            if told:
                found.append(LogLine(time, told, read == 0))
            part, line, read = (number, index + 1, 0) if ended else (number, index, len(text))
    return found, {"part": part, "line": line, "read": read}


def stored_lines(cluster: Cluster, uid: str, name: str, attempt: int) -> list[Entry]:
    """Returns the lines that were written while it ran."""
    head = cluster.store.get(head_key(uid, name, attempt))
    if head is None:
        return []
    entries: list[Entry] = []
    for part in range(max(head["part"] - PARTS + 1, 0), head["part"] + 1):
        kept = cluster.store.get(part_key(uid, name, attempt, part))
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
    head: Object | None = store.delete(head_key(uid, name, attempt))
    if head is not None:
        for part in range(max(head["part"] - PARTS, 0), head["part"] + 1):
            store.delete(part_key(uid, name, attempt, part))
