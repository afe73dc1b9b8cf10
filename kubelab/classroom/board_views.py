"""The board of a class, and a learner's cluster looked at from it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from kubelab.classroom.access import for_instructors
from kubelab.classroom.models import Classroom


@for_instructors
@require_safe
def board(request: HttpRequest, classroom: Classroom, number: int | None = None) -> HttpResponse:
    """Who is where."""
    return redirect("class", classroom.public_id)


@for_instructors
@require_safe
def look(request: HttpRequest, classroom: Classroom, number: int, place: int) -> HttpResponse:
    """A learner's cluster, read-only."""
    return redirect("class", classroom.public_id)
