"""The board of a class, and a learner's cluster looked at from it."""

import time

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from kubelab.accounts.models import User
from kubelab.classroom.access import assignment_or_404, for_instructors, membership_or_404, teaches
from kubelab.classroom.agenda import in_order
from kubelab.classroom.board import board_of
from kubelab.classroom.items import item_of
from kubelab.classroom.models import Assignment, Classroom, Kind, Membership
from kubelab.courses.models import Exercising, Progress
from kubelab.labs import looking
from kubelab.labs.models import Lab


@for_instructors
@gzip_page
@require_safe
def board(request: HttpRequest, classroom: Classroom, number: int | None = None) -> HttpResponse:
    """Who is where, at one assignment; without a number, at the one that is due next."""
    assignments = list(classroom.assignments.order_by(*in_order()))
    if number is None:
        chosen = next_due(assignments)
        if chosen is None:
            return render(request, "classroom/no_board.html", {"classroom": classroom, "tab": "board"})
        return redirect("assignment-board", classroom.public_id, chosen.pk)
    at = time.time()
    found = board_of(assignment_or_404(classroom, number), classroom)
    context = {
        "classroom": classroom,
        "tab": "board",
        "assignment": found.assignment,
        "assignments": assignments,
        "board": found,
        "at": f"{at:.3f}",
        "body": found.body(),
        **found.figures(),
    }
    return render(request, "classroom/board.html", context)


def next_due(assignments: list[Assignment]) -> Assignment | None:
    """Return the assignment that learners are at most likely."""
    now = timezone.now()
    opened = [one for one in assignments if one.opens is None or one.opens <= now]
    coming = [one for one in opened if one.due is None or one.due >= now]
    return next(iter(coming or opened[::-1] or assignments), None)


@for_instructors
@require_safe
def look(request: HttpRequest, classroom: Classroom, number: int, place: int) -> HttpResponse:
    """A learner's cluster as it is, read-only."""
    assignment, membership = assignment_or_404(classroom, number), membership_or_404(classroom, place)
    lab = lab_of(assignment, membership)
    if membership.removed is not None or not membership.joined or classroom.archived is not None:
        raise Http404
    context = {"classroom": classroom, "assignment": assignment, "membership": membership, "lab": lab}
    if lab is None:
        return render(request, "classroom/no_cluster.html", context | {"tab": "board"})
    return render(request, "classroom/look.html", context | {"lab_title": membership.name, "lab_files": []})


def lab_of(assignment: Assignment, membership: Membership) -> Lab | None:
    """Return the cluster in which a learner does an assignment."""
    item = item_of(assignment)
    if item is not None and not item.has_cluster:
        return None
    if assignment.kind == Kind.EXERCISE:
        work = Exercising.objects.filter(task=assignment.pk, exercise=assignment.exercise)
        found = work.filter(learner=membership.learner_id).select_related("lab").first()
    else:
        rows = Progress.objects.filter(lesson=assignment.lesson, learner=membership.learner_id)
        found = rows.select_related("lab").first()
    return found.lab if found is not None else None


def permit(user: User, lab: Lab) -> str:
    """Instructors may look at the clusters of what they have assigned, as long as the learner is in the class."""
    here = Membership.objects.filter(learner=lab.owner_id, removed=None, joined__isnull=False)
    places = here.filter(classroom__archived=None)
    for place in places.select_related("classroom"):
        if teaches(user, place.classroom) and is_of_class(lab, place):
            return f"{user}"
    return ""


def is_of_class(lab: Lab, place: Membership) -> bool:
    """Tell whether a lab belongs to something that is assigned in a learner's class."""
    assigned = Assignment.objects.filter(classroom=place.classroom_id)
    tasks = Exercising.objects.filter(lab=lab, learner=place.learner_id).values("task")
    lessons = Progress.objects.filter(lab=lab, learner=place.learner_id).values("lesson")
    if assigned.filter(pk__in=tasks, kind=Kind.EXERCISE).exists():
        return True
    found = map(item_of, assigned.filter(lesson__in=lessons).exclude(kind=Kind.EXERCISE))
    return any(item is not None and item.has_cluster for item in found)


looking.permits.append(permit)
