"""Clusters come, start over, and go. The public face for pages, lessons and commands."""

import time
from collections.abc import Callable

from django.db import transaction

from kubelab.accounts.models import User
from kubelab.cluster.cluster import DEFAULT_PRESET, DEFAULT_VERSION
from kubelab.labs import bootstrapping
from kubelab.labs.awake import clusters
from kubelab.labs.keeping import Act, act_on, keep_appointment, told_as_not_kept
from kubelab.labs.locks import own_turn, row_locked
from kubelab.labs.models import Lab, Segment, TerminalState, new_seed

# Called in the first act on a lab that was reset: the chance to give it again what it had at its beginning. What a
# call returns is called when the act is kept.
after_reset: list[Callable[[Act], Callable[[], None] | None]] = []


def create(
    owner: User | None,
    name: str,
    preset: str = DEFAULT_PRESET,
    version: str = DEFAULT_VERSION,
    *,
    seed: int | None = None,
    now: float | None = None,
) -> Lab:
    """Make a cluster, ready to use and committed.

    Args:
        owner: whose it is; None for the operator's own.
        name: unique among the owner's.
        seed: what its chance is drawn from; None for a new one.
        now: its virtual time, in seconds since the epoch; None for the real time.

    Raises:
        ValueError: if there is no such preset or version.
        django.db.IntegrityError: if the owner has a lab of that name.
    """
    moment = time.time() if now is None else now
    born = bootstrapping.template_for(preset, version, moment)
    lab = Lab(
        owner=owner,
        name=name,
        preset=preset,
        version=version,
        seed=new_seed() if seed is None else seed,
        template_id=born.id,
        header=born.header,
        revision=born.header["revision"],
        now=born.header["now"],
        at=time.time(),
    )
    lab.save(force_insert=True)
    with act_on(lab.pk) as act:
        act.run_until(moment, None)
    return act.lab


def open_or_create(owner: User, name: str, preset: str = DEFAULT_PRESET, version: str = DEFAULT_VERSION) -> Lab:
    """Return the owner's lab of that name, made now if there is none."""
    found = Lab.objects.filter(owner=owner, name=name).first()
    return found or create(owner, name, preset, version)


def reset(lab_id: int, *, preset: str = "", version: str = "", now: float | None = None) -> Lab:
    """Give a lab a cluster as new, with another seed; its files and its shell's history go too.

    Args:
        preset: what it is made from now on; "" for what it was made from.
        version: the same for its version.
        now: the virtual time at which it begins, in seconds since the epoch; None for the real time.

    Raises:
        ValueError: if there is no such preset or version.
    """
    moment = time.time() if now is None else now
    keep_appointment(lab_id)
    with own_turn(lab_id):
        with told_as_not_kept(), transaction.atomic(), row_locked(lab_id) as lab:
            lab.preset, lab.version = preset or lab.preset, version or lab.version
            born = bootstrapping.template_for(lab.preset, lab.version, moment)
            Segment.objects.filter(lab=lab).delete()
            TerminalState.objects.filter(lab=lab).delete()
            lab.template_id, lab.header, lab.seed = born.id, born.header, new_seed()
            lab.revision, lab.snapshot, lab.rows = born.header["revision"], 0, 0
            lab.commits += 1  # never counts back: other processes tell by it that they are behind
            lab.now, lab.at, lab.paused, lab.rate, lab.next_due = born.header["now"], time.time(), False, 1, None
            lab.save()
        clusters.drop(lab_id)
    with act_on(lab_id) as act:
        act.run_until(moment, None)
        furnished = [furnish(act) for furnish in after_reset]
    for kept in filter(None, furnished):
        kept()
    return act.lab


def delete(lab_id: int) -> None:
    """Delete a lab and all that was kept of it."""
    keep_appointment(lab_id)
    with own_turn(lab_id), told_as_not_kept(), row_locked(lab_id) as lab:
        lab.delete()
    clusters.drop(lab_id)
