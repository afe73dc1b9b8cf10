"""Acting on a kept cluster: lock, catch up, run, commit, and only then answer.

What was acknowledged is in the database. An act that fails leaves nothing behind, neither there nor in memory.
Any process may act on any cluster; the one that has it in memory already is merely quicker.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, transaction

from kubelab import garbage
from kubelab.cluster.cluster import Cluster
from kubelab.labs import log, simulation
from kubelab.labs.awake import Awake, clusters
from kubelab.labs.locks import own_turn, row_locked
from kubelab.labs.models import Lab, TerminalState
from kubelab.labs.packing import Row
from kubelab.labs.timekeeping import real_moment, set_point, virtual

SLICE = 0.03  # seconds of work that an act does to catch up with the time, before others get their turn
STEP = 16  # reconciliations between two looks at the time

logger = logging.getLogger(__name__)


class NotKept(Exception):
    """The database did not take a commit: nothing of the act has happened. The message is for the learner."""


class Act:
    """One visit to a cluster under its lock.

    Attributes:
        lab: the cluster's row; change its fields and name them to `touch` to have them kept.
        cluster: caught up with the database.
        terminal: the state of the shell (bytes) to be kept with this act; None to leave it as it is.
        changes: after the act, what it changed.
        wrote: after the act, whether its row was written.
    """

    def __init__(self, lab: Lab, cluster: Cluster) -> None:
        self.lab = lab
        self.cluster = cluster
        self.real = time.time()
        self.terminal: bytes | None = None
        self.changes: list[Row] = []
        self.wrote = False
        self._touched: set[str] = set()

    def touch(self, *fields: str) -> None:
        """Have these fields of the row kept."""
        self._touched.update(fields)

    def pass_time(self, seconds: float | None = SLICE) -> bool:
        """Do what is due up to this moment, for at most `seconds` of work.

        A cluster that has too much to do falls behind; its time then goes slower instead of jumping after.

        Returns:
            False when the moment was not reached.
        """
        return self.run_until(virtual(self.lab, self.real), seconds)

    def keep_appointment(self, seconds: float | None = SLICE) -> None:
        """Let those who want the cluster as it was at a moment that has come see it, before anything else is done."""
        while (moment := self.lab.set_aside_at) is not None and moment <= self.real:
            self.run_until(virtual(self.lab, moment), seconds)
            self.lab.set_aside_at = min((later for ask in set_aside if (later := ask(self)) is not None), default=None)
            self.touch("set_aside_at")

    def run_until(self, moment: float, seconds: float | None = SLICE) -> bool:
        """Do what is due up to a virtual time, for at most `seconds` of work; tell whether it was reached."""
        moment = max(moment, self.cluster.clock.now)
        end = None if seconds is None else time.monotonic() + seconds
        while not self.cluster.run_until(moment, STEP):
            if end is not None and time.monotonic() > end:
                self.real = time.time()
                self.touch("at")
                return False
        return True

    def commit(self) -> None:
        """Write down what the act changed."""
        lab = self.lab
        self.changes = list(self.cluster.take_changes())
        self._look_ahead()
        self.wrote = bool(self.changes or self._touched)
        if not (self.wrote or self.terminal is not None):
            return
        with transaction.atomic():
            if self.wrote:
                self._commit_row()
            if self.changes:
                log.append(lab, self.cluster.header(), self.changes)
            if self.terminal is not None:
                TerminalState.objects.update_or_create(lab=lab, defaults={"state": self.terminal})

    def _look_ahead(self) -> None:
        """Find out when the cluster wants to be run next, from the moment that it has reached."""
        lab, before = self.lab, (self.lab.now, self.lab.at)
        set_point(lab, self.cluster.clock.now, self.real)
        next_due = real_moment(lab, self.cluster.next_due())
        if self.changes or self._touched or (next_due is None) != (lab.next_due is None):
            lab.next_due = next_due
            self.touch("next_due")
        else:
            lab.now, lab.at = before  # all follows from the point that is kept already

    def _commit_row(self) -> None:
        lab, commits = self.lab, self.lab.commits
        header = self.cluster.header()
        if self.changes:
            lab.commits += 1
            lab.rows += len(self.changes)
        lab.header, lab.revision = header, header["revision"]
        fields = {name: getattr(lab, name) for name in (*WRITTEN, *self._touched)}
        if not Lab.objects.filter(pk=lab.pk, commits=commits).update(**fields):
            raise NotKept("The cluster was deleted or started over meanwhile.")


WRITTEN = ("header", "commits", "revision", "rows", "now", "at", "next_due")

# Words of a database's errors (SQLite's, PostgreSQL's), and what they mean.
MEANINGS = {
    ("locked", "timeout"): "The database is busy: nothing was changed. Try again.",
    ("full", "no space"): "The server's disk is full: nothing was changed.",
    ("readonly", "read-only"): "The database cannot be written to: nothing was changed.",
    ("no such table", "no such column", "does not exist"): "The database is not set up yet: run `make setup` first.",
}

# Called with a cluster as it is at the moment of its row's `set_aside_at`, before anything later happens to it; each
# returns the next such moment that it knows of, a later one; None for none.
set_aside: list[Callable[[Act], float | None]] = []

# Called after each act that was kept, while no other thread of this process acts on the cluster.
after_act: list[Callable[[Act], None]] = []


@contextmanager
def act_on(lab_id: int, *, wait: bool = True, seconds: float | None = SLICE) -> Iterator[Act]:
    """Act on a cluster; what was done is committed when the `with` ends, and undone when it fails.

    Args:
        wait: False: raise Busy instead of waiting for another's act to end.
        seconds: of work that are done at the most to catch up with the time; None: all.

    Raises:
        NotKept: if the database did not take it.
        Lab.DoesNotExist: if there is no such lab.
    """
    with own_turn(lab_id, wait=wait):
        try:
            with told_as_not_kept(), row_locked(lab_id, wait=wait) as lab:
                entry = awaken(lab)
                act = Act(lab, entry.cluster)
                act.keep_appointment(seconds)
                act.pass_time(seconds)
                yield act
                act.commit()
            entry.commits, entry.rows = lab.commits, lab.rows
        except BaseException:
            clusters.drop(lab_id)
            raise
        for follow in after_act:
            try:
                follow(act)
            except Exception:
                logger.exception("an act was kept, but not everybody could be told")


def keep_appointment(lab_id: int) -> None:
    """Before a cluster is given up: let those see it who want it as it was at a moment that has come."""
    if Lab.objects.filter(pk=lab_id, set_aside_at__lte=time.time()).exists():
        with act_on(lab_id):
            pass


@contextmanager
def acting(lab_id: int) -> Iterator[Cluster]:
    """Act on a cluster without a thought for its row. See `act_on`."""
    with act_on(lab_id) as act:
        yield act.cluster


@contextmanager
def reading(lab_id: int) -> Iterator[Cluster]:
    """Look at a cluster as it was last committed. Nobody changes it meanwhile, and the reader must not either."""
    with own_turn(lab_id):
        yield awaken(Lab.objects.get(pk=lab_id)).cluster


def awaken(lab: Lab) -> Awake:
    """Return the cluster of a row in memory, as of the row's last commit."""
    entry = clusters.get(lab.pk)
    if entry is None or entry.commits != lab.commits:
        entry = Awake(load(lab), lab.commits, lab.rows)
        clusters.put(lab.pk, entry)
    return entry


def load(lab: Lab) -> Cluster:
    """Make the cluster of a row from the log."""
    header = {**lab.header, "name": lab.name, "seed": lab.seed}
    with garbage.no_collection():
        return Cluster.load(header, log.items(lab), interpreter=simulation.interpreter())


def load_at(lab: Lab, revision: int) -> Cluster:
    """Make the cluster as it was kept at a revision, or last before it; a copy that belongs to nobody.

    Raises:
        log.Compacted: if the log no longer reaches back that far.
    """
    header, items = log.state_at(lab, revision)
    return Cluster.load({**header, "name": lab.name}, items, interpreter=simulation.interpreter())


@contextmanager
def told_as_not_kept() -> Iterator[None]:
    """Turn the database's errors into one that a learner can read."""
    try:
        yield
    except DatabaseError as error:
        known = explanation(error)
        logger.error("an act was not kept: %s", error, exc_info=not known)
        raise NotKept(known or "The database did not accept the change: nothing was changed.") from error


def explanation(error: DatabaseError) -> str:
    """Say what a database's error means for whoever wanted something; "" when that is not known."""
    text = str(error).lower()
    for words, meaning in MEANINGS.items():
        if any(word in text for word in words):
            return meaning
    return ""
