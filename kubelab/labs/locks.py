"""One actor a cluster: the locks that are held from catching up until all is committed.

Between processes on PostgreSQL: the lab's row, locked in the commit's own transaction. On SQLite, where a
transaction would keep all other clusters waiting: a byte of a lock file; the system lets go of it when a process
dies, however it dies. Between the threads of a process: a lock of the ordinary kind.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from weakref import WeakValueDictionary

from django.db import connection, transaction

from kubelab.labs.models import Lab


class Busy(Exception):
    """Somebody else acts on the cluster at this moment."""


class _Turn:
    """Whose turn it is among the threads of this process, for one cluster."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.thread = 0


_turns: WeakValueDictionary[int, _Turn] = WeakValueDictionary()
_turns_lock = threading.Lock()


@contextmanager
def own_turn(lab_id: int, *, wait: bool = True) -> Iterator[None]:
    """Let one thread of this process at a time work with a cluster.

    Raises:
        Busy: if `wait` is False and it is another's turn.
        RuntimeError: if this thread has the turn already; waiting would never end.
    """
    with _turns_lock:
        turn = _turns.setdefault(lab_id, _Turn())
    if turn.thread == threading.get_ident():
        raise RuntimeError(f"lab {lab_id}: an act within an act")
    if not turn.lock.acquire(blocking=wait):
        raise Busy
    turn.thread = threading.get_ident()
    try:
        yield
    finally:
        turn.thread = 0
        turn.lock.release()


@contextmanager
def row_locked(lab_id: int, *, wait: bool = True) -> Iterator[Lab]:
    """Keep all other processes from acting on a cluster; gives its row as it is now.

    Raises:
        Busy: if `wait` is False and another process acts.
        Lab.DoesNotExist: if it was deleted.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic():
            lab = Lab.objects.select_for_update(skip_locked=not wait).filter(pk=lab_id).first()
            if lab is None:
                raise Lab.DoesNotExist(f"lab {lab_id}") if wait else Busy
            yield lab
    else:
        with _byte_locked(lab_id, wait):
            yield Lab.objects.get(pk=lab_id)


@contextmanager
def _byte_locked(lab_id: int, wait: bool) -> Iterator[None]:
    file = _lock_file(str(connection.settings_dict["NAME"]))
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB), 1, lab_id)
    except BlockingIOError:
        raise Busy from None
    try:
        yield
    finally:
        fcntl.lockf(file, fcntl.LOCK_UN, 1, lab_id)


@cache
def _lock_file(database: str) -> int:
    # Never closed: closing any handle of the file would let go of all the process's locks on it.
    return os.open(Path(f"{database}-locks"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
