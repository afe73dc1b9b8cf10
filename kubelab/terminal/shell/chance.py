"""What $RANDOM, shuf and /dev/urandom draw from: the cluster's seed, so that the same history comes out again."""

from __future__ import annotations

from hashlib import shake_256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubelab.cluster.node.process import Machine


def drawn(machine: Machine, count: int, *parts: object) -> int:
    """Returns a whole number below `count`.

    Args:
        parts: what tells this draw from others at the same moment.
    """
    random = getattr(machine.cluster, "random", None)
    if random is None:
        return 4 % count  # chosen by fair dice roll (xkcd 221); machines without a cluster are for tests
    return int(random.index(count, "shell", machine.hostname, machine.now(), *parts))


def bytes_of(machine: Machine, count: int, *parts: object) -> bytes:
    """Returns that many bytes.

    Args:
        parts: what tells this draw from others at the same moment.
    """
    seed = getattr(machine.cluster, "seed", 0)
    text = "\0".join(map(str, (seed, machine.hostname, machine.now(), *parts)))
    return shake_256(text.encode()).digest(count)
