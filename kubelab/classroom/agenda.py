"""What a learner has to do and has done, and what an instructor has assigned; each with a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from kubelab.accounts.models import User
from kubelab.classroom.models import Assignment, Classroom, Extension, Kind, Membership, Standing
from kubelab.classroom.terms import Terms


@dataclass
class Row:
    """An assignment as a learner sees it."""

    assignment: Assignment
    terms: Terms
    standing: Standing | None
    now: datetime

    @property
    def state(self) -> str:
        """One of: not-open, done, missed, under-way, waiting."""
        if self.standing is not None and (self.standing.finished or self.standing.override is not None):
            return "done"
        if not self.terms.is_open(self.now):
            return "not-open"
        if self.terms.is_over(self.now):
            return "missed"
        return "under-way" if self.standing is not None and self.standing.began else "waiting"

    @property
    def is_to_do(self) -> bool:
        return self.state in ("waiting", "under-way")

    @property
    def grade(self) -> float | None:
        return self.standing.grade if self.standing is not None else None

    @property
    def due(self) -> datetime | None:
        return self.terms.due

    @property
    def is_handed_in(self) -> bool:
        """Whether it was handed in, and could be worth more."""
        return self.assignment.kind != Kind.LESSON and (self.grade or 0) < self.assignment.points

    @property
    def is_soon(self) -> bool:
        """Whether less than a day is left."""
        due = self.terms.due
        return due is not None and 0 < (due - self.now).total_seconds() < 24 * 3600


def in_order() -> list[Any]:
    """Return how assignments are listed: by when they are due, those without a due time last."""
    return [F("due").asc(nulls_last=True), "opens", "pk"]


def rows_of(classroom: Classroom, membership: Membership) -> list[Row]:
    """Return a class's assignments as a learner sees them."""
    return _rows([membership], [classroom])[classroom.pk]


def _rows(places: Iterable[Membership], classrooms: Iterable[Classroom]) -> dict[int, list[Row]]:
    classes = {classroom.pk: classroom for classroom in classrooms}
    place_ids = [place.pk for place in places]
    standings = {row.assignment_id: row for row in Standing.objects.filter(membership__in=place_ids)}
    extensions = {row.assignment_id: row for row in Extension.objects.filter(membership__in=place_ids)}
    now, rows = timezone.now(), defaultdict[int, list[Row]](list)
    for assignment in Assignment.objects.filter(classroom__in=classes).order_by(*in_order()):
        assignment.classroom = classes[assignment.classroom_id]
        terms = Terms(assignment, extensions.get(assignment.pk))
        rows[assignment.classroom_id].append(Row(assignment, terms, standings.get(assignment.pk), now))
    return rows


def of_learner(learner: User) -> dict[str, Any]:
    """Return a learner's classes with their rows, and the invitations that wait for them."""
    if not learner.is_authenticated or learner.is_guest:
        return {"joined": [], "invitations": [], "todo": []}
    places = list(Membership.objects.filter(learner=learner, removed=None).select_related("classroom"))
    joined = [place for place in places if place.joined and place.classroom.archived is None]
    rows = _rows(joined, [place.classroom for place in joined]) if joined else {}
    todo = [row for place in joined for row in rows.get(place.classroom_id, []) if row.is_to_do]
    todo.sort(key=lambda row: (row.due is None, row.due or row.now))
    return {
        "joined": [(place, rows.get(place.classroom_id, [])) for place in joined],
        "invitations": [place for place in places if not place.joined and place.classroom.archived is None],
        "archived": [place for place in places if place.joined and place.classroom.archived is not None],
        "todo": todo,
        "done_count": sum(row.state == "done" for place in joined for row in rows.get(place.classroom_id, [])),
    }


def of_instructor(user: User) -> list[Classroom]:
    """Return the classes that somebody teaches, those that are put away last."""
    if not user.is_authenticated:
        return []
    found = Classroom.objects.all() if user.is_superuser else Classroom.objects.filter(teachings__instructor=user)
    learners = Count("memberships", filter=Q(memberships__removed=None), distinct=True)
    counted = found.annotate(learners=learners, assigned=Count("assignments", distinct=True))
    return list(counted.order_by(F("archived").asc(nulls_first=True), "-created"))


@dataclass
class Assigned:
    """An assignment as its instructors see it."""

    assignment: Assignment
    begun: int
    finished: int
    average: float | None


def assignments_of(classroom: Classroom) -> list[Assigned]:
    """Return a class's assignments, with how far the class is."""
    here = Q(standings__membership__removed=None)
    counted = classroom.assignments.annotate(
        begun=Count("standings", filter=here & Q(standings__began__isnull=False)),
        finished=Count("standings", filter=here & Q(standings__finished__isnull=False)),
        average=Avg(Coalesce("standings__override", "standings__points"), filter=here),
    )
    found = []
    for assignment in counted.order_by(*in_order()):
        assignment.classroom = classroom
        found.append(Assigned(assignment, assignment.begun, assignment.finished, assignment.average))
    return found
