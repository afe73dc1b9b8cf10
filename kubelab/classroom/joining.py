"""How learners come into a class: by its link, by their own invitation, and out of it again."""

import logging
from functools import partial

from django.core.cache import cache
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from kubelab.accounts.models import User
from kubelab.classroom import news
from kubelab.classroom.attempts import follow_lesson
from kubelab.classroom.models import Assignment, Classroom, Kind, Membership
from kubelab.courses.models import Progress

MAILS_AN_HOUR = 3  # for one place

logger = logging.getLogger(__name__)


def invitation(code: str, learner: int | None) -> tuple[Classroom, Membership | None] | None:
    """Return the class that a code leads into, and the place when it is one learner's own; None for a dead code.

    Args:
        learner: who asks.
    """
    classroom = Classroom.objects.filter(join_code=code.lower(), join_open=True, archived=None).first()
    if classroom is not None:
        return classroom, None
    place = Membership.objects.select_related("classroom").filter(code=code, barred=False).first()
    if place is None or place.classroom.archived is not None or place.learner_id not in (None, learner):
        return None
    return place.classroom, place


def place_of_roster(place: Membership, learner: User) -> Membership | None:
    """Return the place that waits in a class for the address of a learner who has joined without it.

    Anybody can give any address as theirs: the place is not theirs before that is proved (`send_link`), or an
    instructor says so.
    """
    if not learner.email or place.email:
        return None
    waiting = Membership.objects.filter(classroom=place.classroom_id, learner=None, joined=None, barred=False)
    return waiting.filter(removed=None, email__iexact=learner.email).first()


def send_link(waiting: Membership, url: str) -> bool:
    """Mail a place's own link to the address it waits for; who can read that mail is whom it waits for.

    Returns:
        Whether it went out: not, when it could not, or has done so several times just now.
    """
    key = f"place-link:{waiting.pk}"
    cache.add(key, 0, 3600)
    if cache.incr(key) > MAILS_AN_HOUR:
        return False
    context = {"place": waiting, "classroom": waiting.classroom, "url": url}
    subject = " ".join(f"Your place in {waiting.classroom.name}".split())
    try:
        send_mail(subject, render_to_string("classroom/place_email.txt", context), None, [waiting.email])
    except OSError:  # smtplib's errors are such, too
        logger.exception("the link of a place could not be mailed")
        return False
    return True


@transaction.atomic
def join(learner: User, classroom: Classroom, own: Membership | None, name: str) -> Membership:
    """Give a learner their place in a class: the one that they had, their own invitation, or a new one."""
    place = Membership.objects.filter(classroom=classroom, learner=learner).first()
    if place is not None and own is not None and own != place:
        take_over(place, own)
    elif place is None and own is not None:
        # Of two who hold one invitation, the first gets it.
        mine = Membership.objects.filter(pk=own.pk).filter(Q(learner=None) | Q(learner=learner))
        if mine.update(learner=learner):
            place, own.learner = own, learner
    if place is None:
        try:
            with transaction.atomic():
                place = Membership.objects.create(classroom=classroom, learner=learner, name=name)
        except IntegrityError:  # a double click
            place = Membership.objects.get(classroom=classroom, learner=learner)
    place.name, place.removed = name or place.name, None
    place.joined = place.joined or timezone.now()
    place.save(update_fields=["name", "removed", "joined"])
    transaction.on_commit(partial(news.tell_of_place, classroom.pk, place.pk))
    return place


@transaction.atomic
def take_over(place: Membership, waiting: Membership) -> bool:
    """A place of the roster turns out to be that of a learner who has joined already: the two become one."""
    gone, _ = Membership.objects.filter(pk=waiting.pk, learner=None).delete()
    if gone:
        place.name, place.email, place.number = waiting.name, waiting.email, waiting.number or place.number
        place.save(update_fields=["name", "email", "number"])
        transaction.on_commit(partial(news.tell_of_place, place.classroom_id, waiting.pk))
        transaction.on_commit(partial(news.tell_of_place, place.classroom_id, place.pk))
    return bool(gone)


def bring_progress(place: Membership, assignments: list[Assignment] | None = None) -> None:
    """What a learner has done of the class's lessons before it was assigned to them counts."""
    wanted = Assignment.objects.filter(classroom=place.classroom_id, kind=Kind.LESSON)
    for assignment in wanted if assignments is None else assignments:
        if Progress.objects.filter(learner=place.learner_id, lesson=assignment.lesson).exists():
            follow_lesson(assignment, place)
