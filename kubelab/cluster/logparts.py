"""Where a container's log is kept: in parts, so that a line costs the same however long the log is.

At `/machine/logs/<uid>/<container>/<attempt>` stands the number of the newest part, below it the parts.
Source: kubernetes.io, concepts/cluster-administration/logging (log rotation).
"""

from __future__ import annotations

from kubelab.cluster.store import Store

LOGS = "/machine/logs/"
PART = 200  # lines of one part
PARTS = 60  # parts that are kept: the oldest lines go, as with a rotated file


def part_key(uid: str, name: str, attempt: int, part: int) -> str:
    """Returns where a part is kept."""
    return f"{LOGS}{uid}/{name}/{attempt}/{part:05d}"


def head_key(uid: str, name: str, attempt: int) -> str:
    """Returns where the number of a log's newest part is kept."""
    return f"{LOGS}{uid}/{name}/{attempt}"


def append(store: Store, log: tuple[str, str, int], text: str, stream: str, time: float) -> None:
    """Adds to a log what is written to it.

    Args:
        log: its Pod's uid, its container's name, how often that was restarted.
    """
    uid, name, attempt = log
    head = store.get(head_key(uid, name, attempt)) or {"part": 0}
    part: int = head["part"]
    kept = store.get(part_key(uid, name, attempt, part))
    lines: list[list[object]] = list(kept["lines"]) if kept else []
    first = part
    for piece in text.splitlines(keepends=True):
        ended = piece.endswith("\n")
        if lines and not lines[-1][3] and lines[-1][1] == stream:
            lines[-1] = [lines[-1][0], stream, f"{lines[-1][2]}{piece.rstrip(chr(10))}", ended]
            continue
        if len(lines) >= PART:
            store.put(part_key(uid, name, attempt, part), {"lines": lines})
            lines, part = [], part + 1
        lines.append([time, stream, piece.rstrip("\n"), ended])
    store.put(part_key(uid, name, attempt, part), {"lines": lines})
    if part != first or kept is None:
        store.put(head_key(uid, name, attempt), {"part": part})
        for old in range(max(first - PARTS + 1, 0), part - PARTS + 1):
            store.delete(part_key(uid, name, attempt, old))
