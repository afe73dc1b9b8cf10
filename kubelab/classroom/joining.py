"""How learners come into a class: by its link, by their own invitation, and out of it again."""

from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from kubelab.accounts.models import User
from kubelab.classroom import news
from kubelab.classroom.attempts import follow_lesson
from kubelab.classroom.models import Assignment, Classroom, Kind, Membership
from kubelab.courses.models import Progress


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


def place_for(learner: User, classroom: Classroom, own: Membership | None) -> Membership | None:
    """Return the place that waits for a learner: their own invitation, what they had, or by their address."""
    places = Membership.objects.filter(classroom=classroom)
    had = places.filter(learner=learner).first()
    if had is not None or own is not None:
        return had or own
    return places.filter(learner=None, barred=False, email__iexact=learner.email).first() if learner.email else None


@transaction.atomic
def join(learner: User, classroom: Classroom, place: Membership | None, name: str) -> Membership:
    """Give a learner their place in a class."""
    if place is not None and place.learner_id is None:
        # Of two who hold one invitation, the first gets it.
        if not Membership.objects.filter(pk=place.pk, learner=None).update(learner=learner):
            place = None
        else:
            place.learner = learner
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


def bring_progress(place: Membership, assignments: list[Assignment] | None = None) -> None:
    """What a learner has done of the class's lessons before it was assigned to them counts."""
    wanted = Assignment.objects.filter(classroom=place.classroom_id, kind=Kind.LESSON)
    for assignment in wanted if assignments is None else assignments:
        if Progress.objects.filter(learner=place.learner_id, lesson=assignment.lesson).exists():
            follow_lesson(assignment, place)
