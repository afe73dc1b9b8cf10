"""The life of an attempt: begun, handed in once however often the button is pressed, taken as it is when it is due."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from kubelab.classroom import endings, grading, news, standings
from kubelab.classroom.items import Item
from kubelab.classroom.models import Assignment, Attempt, By, Extension, Kind, Membership, Standing
from kubelab.classroom.terms import Terms, was_taken
from kubelab.classroom.variants import seed_for
from kubelab.courses.models import Exercising
from kubelab.courses.starting import start_exercise
from kubelab.labs import creation, live
from kubelab.labs.visits import visit, wake

MOST = 200  # attempts of one learner: each keeps a cluster
GRADING_TAKES = timedelta(seconds=60)  # a grading that is not kept by then died with its process, and is done again
GRACE = timedelta(seconds=10)  # for what a page sends when its time is over, until it has arrived


class Refused(Exception):
    """It may not be begun, or handed in; the message is for the learner."""


def used(assignment: Assignment, membership: Membership) -> int:
    """Return how many attempts a learner has handed in."""
    handed_in = Attempt.objects.filter(assignment=assignment, membership=membership, submitted__isnull=False)
    return handed_in.exclude(by=By.DUE).count()


def open_attempt(assignment: Assignment, membership: Membership) -> Attempt | None:
    """Return the attempt that a learner is at."""
    attempt = Attempt.objects.filter(assignment=assignment, membership=membership, submitted=None).first()
    if attempt is not None:
        attempt.assignment, attempt.membership = assignment, membership
    return attempt


def begin(assignment: Assignment, membership: Membership, item: Item, *, anew: bool = False) -> Attempt:
    """Return the learner's open attempt, begun now if there is none; of an exercise, with its cluster.

    Args:
        anew: of an exercise: from its start state, also where there is a cluster already.

    Raises:
        Refused: if it is not open yet, or no attempt is left.
    """
    terms = standings.terms_of(assignment, membership)
    now = timezone.now()
    if not terms.is_open(now):
        raise Refused("It is not open yet.")
    attempt = open_attempt(assignment, membership)
    is_new = attempt is None
    attempt = attempt or _new(assignment, membership, terms, now)
    try:
        if item.file is not None:
            again = is_new and terms.minutes is not None and attempt.number > 1
            _give_cluster(assignment, membership, item, fresh=anew or again)
        endings.plan(attempt)
    except Exception:
        if is_new:  # its time does not run while there is nothing to work on
            Attempt.objects.filter(pk=attempt.pk, submitted=None).delete()
        raise
    return attempt


def _new(assignment: Assignment, membership: Membership, terms: Terms, now: datetime) -> Attempt:
    count = used(assignment, membership)
    if assignment.kind != Kind.LESSON and terms.attempts_left(count) == 0:
        raise Refused("You have used all of your attempts.")
    if count >= MOST:
        raise Refused(f"You have handed in {MOST} times. Ask your instructor for help.")
    rows = Attempt.objects.filter(assignment=assignment, membership=membership)
    last = rows.aggregate(last=Max("number"))["last"] or 0
    attempt = Attempt(assignment=assignment, membership=membership, number=last + 1, began=now)
    attempt.look_at = terms.next_look(attempt, taken=False)
    try:
        with transaction.atomic():
            attempt.save(force_insert=True)
    except IntegrityError:  # a double click
        found = open_attempt(assignment, membership)
        if found is None:
            raise
        return found
    standing = standings.standing_of(assignment, membership)
    if standing.began is None:
        standing.began = now
    standing.since = now
    standing.save(update_fields=["began", "since"])
    news.tell(standing)
    return attempt


def _give_cluster(assignment: Assignment, membership: Membership, item: Item, *, fresh: bool) -> None:
    learner, file = membership.learner, item.file
    if learner is None or file is None:
        return
    known = Exercising.objects.filter(
        learner=learner, lesson=item.lesson.slug, exercise=file.slug, task=assignment.pk
    ).first()
    seed = known.seed if known is not None else seed_for(assignment, learner, file)
    work = start_exercise(learner, item.lesson, file, assignment.pk, seed)
    if fresh and known is not None and known.lab_id is not None and work.lab is not None:
        creation.reset(work.lab.pk)
        lab = live.live(work.lab.pk)
        if lab is not None:
            lab.start_over()
        visit(work.lab.pk, wake)


def hand_in(attempt: Attempt, by: str = By.LEARNER, when: datetime | None = None) -> bool:
    """Hand in an open attempt and grade it; of several at once, one does it.

    Returns:
        Whether it was this one.
    """
    moment = when or timezone.now()
    terms = standings.terms_of(attempt.assignment, attempt.membership)
    if by == By.LEARNER and terms.due is not None and _waits_for_due(attempt, terms, moment):
        _take_as_it_is(attempt, terms, terms.due)  # nobody has looked since: what comes now is late
    endings.see(attempt)
    open_still = Attempt.objects.filter(pk=attempt.pk, submitted=None)
    if not open_still.update(submitted=moment, by=by, look_at=timezone.now() + GRADING_TAKES):
        return False
    attempt.refresh_from_db(fields=["submitted", "by", "look_at", "number", "answers"])
    try:
        grading.grade_attempt(attempt)
    except Exception:
        Attempt.objects.filter(pk=attempt.pk, graded=None).update(submitted=None, by="", look_at=timezone.now())
        raise
    return True


def ended(attempt: Attempt) -> datetime | None:
    """Return when the time of an open attempt was over; None while it may still be worked on.

    What is due about it may be done later than that: until then nothing that a page sends may come into it.
    """
    ends = standings.terms_of(attempt.assignment, attempt.membership).ends(attempt.began)
    return ends if ends is not None and timezone.now() > ends + GRACE else None


def look_at(attempt: Attempt, now: datetime) -> None:
    """Do what is due about an attempt: grade it again, finish a grading, take it as it is, or end it."""
    if attempt.regrade:
        grading.grade_again(attempt)
    elif attempt.submitted is not None:
        grading.grade_attempt(attempt)
    else:
        _look_at_open(attempt, now)


def _look_at_open(attempt: Attempt, now: datetime) -> None:
    """Do what comes first: take it as it is when due, or end it when its time is over."""
    terms = standings.terms_of(attempt.assignment, attempt.membership)
    moment = terms.next_look(attempt, was_taken(attempt, terms))
    if moment is None or moment > now:
        reschedule_one(attempt, terms)
    elif moment == terms.due:
        _take_as_it_is(attempt, terms, moment)
    else:
        hand_in(attempt, By.TIME, moment)


def _waits_for_due(attempt: Attempt, terms: Terms, now: datetime) -> bool:
    """Tell whether an attempt is still to be taken as it was at a due time that has passed."""
    return terms.is_late(now) and terms.next_look(attempt, was_taken(attempt, terms)) == terms.due


def _take_as_it_is(attempt: Attempt, terms: Terms, due: datetime) -> None:
    """Grade an open attempt as it is when due; the learner may go on with it."""
    endings.see(attempt)
    if not was_taken(attempt, terms):
        attempt.refresh_from_db(fields=["look_at", "number", "answers"])
        endings.take_as_it_is(attempt, terms, due, timezone.now() + GRADING_TAKES)
    attempt.refresh_from_db(fields=["look_at", "number", "moment", "revision"])
    for taken in Attempt.objects.filter(
        assignment=attempt.assignment, membership=attempt.membership, by=By.DUE, submitted=due, graded=None
    ):
        grading.grade_attempt(taken)
    endings.plan(attempt)


def reschedule_one(attempt: Attempt, terms: Terms) -> None:
    """Set when an open attempt is to be looked at."""
    attempt.look_at = terms.next_look(attempt, was_taken(attempt, terms))
    if attempt.look_at is None or attempt.look_at > timezone.now():
        endings.forget(attempt)
    Attempt.objects.filter(pk=attempt.pk, submitted=None).update(look_at=attempt.look_at)
    endings.plan(attempt)


def reschedule(assignment: Assignment) -> None:
    """The times of an assignment have changed: set when its open attempts are to be looked at."""
    extensions = {one.membership_id: one for one in Extension.objects.filter(assignment=assignment)}
    for attempt in Attempt.objects.filter(assignment=assignment, submitted=None):
        reschedule_one(attempt, Terms(assignment, extensions.get(attempt.membership_id)))


def regrade_all(assignment: Assignment) -> int:
    """Have all attempts graded again in the background; returns how many."""
    graded = Attempt.objects.filter(assignment=assignment, graded__isnull=False)
    if assignment.kind == Kind.LESSON:
        standings.reckon_all(assignment)
        return 0
    return graded.update(regrade=True, look_at=timezone.now())


def waiting(assignment: Assignment) -> int:
    """Return how many attempts are still to be graded again."""
    return Attempt.objects.filter(assignment=assignment, regrade=True).count()


def follow_lesson(assignment: Assignment, membership: Membership, place: str = "") -> Standing:
    """Take note that a learner got on in a lesson that was assigned to them."""
    now = timezone.now()
    terms = standings.terms_of(assignment, membership)
    attempt = open_attempt(assignment, membership)
    closed = Attempt.objects.filter(assignment=assignment, membership=membership, by=By.DONE)
    if attempt is None and not closed.exists() and terms.is_open(now):
        attempt = _new(assignment, membership, terms, now)
    standing = standings.reckon(assignment, membership, terms)
    standing.place, standing.since = place or standing.place, now
    standing.save(update_fields=["place", "since"])
    if attempt is not None and standing.finished is not None:
        hand_in(attempt, By.DONE, standing.finished)
    return standing
