"""Whose class it is: every page, socket and call asks here. Others' things answer as if they did not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from kubelab.accounts.models import User
from kubelab.accounts.ties import Tie, asked
from kubelab.classroom.models import Assignment, Attempt, Classroom, Membership


def may_make_classes(user: Any) -> bool:
    """Tell whether somebody may make classes: an instructor, or a site administrator."""
    return user.is_authenticated and (user.is_instructor or user.is_superuser) and not user.is_guest


def teaches(user: Any, classroom: Classroom) -> bool:
    """Tell whether somebody is an instructor of a class; a site administrator is one of every class."""
    if not user.is_authenticated or user.is_guest:
        return False
    return user.is_superuser or classroom.teachings.filter(instructor=user.pk).exists()


def classroom_or_404(request: HttpRequest, public_id: str) -> tuple[Classroom, bool, Membership | None]:
    """Return a class, whether the visitor teaches it, and else their place in it."""
    classroom = Classroom.objects.filter(public_id=public_id).first()
    if classroom is None or not request.user.is_authenticated:
        raise Http404
    if teaches(request.user, classroom):
        return classroom, True, None
    membership = place_of(request.user, classroom)
    if membership is None:
        raise Http404
    return classroom, False, membership


def place_of(user: Any, classroom: Classroom) -> Membership | None:
    """Return a learner's place in a class, unless they have left it."""
    return Membership.objects.filter(classroom=classroom, learner=user.pk, removed=None, joined__isnull=False).first()


def taught_or_404(request: HttpRequest, public_id: str) -> Classroom:
    """Return a class that the visitor teaches."""
    classroom, is_taught, _ = classroom_or_404(request, public_id)
    if not is_taught:
        raise Http404
    return classroom


def joined_or_404(request: HttpRequest, public_id: str) -> tuple[Classroom, Membership]:
    """Return a class that the visitor learns in, and their place."""
    classroom, _, membership = classroom_or_404(request, public_id)
    if membership is None:
        raise Http404
    return classroom, membership


def assignment_or_404(classroom: Classroom, number: int) -> Assignment:
    """Return an assignment of a class."""
    found = Assignment.objects.filter(classroom=classroom, pk=number).first()
    if found is None:
        raise Http404
    found.classroom = classroom
    return found


def membership_or_404(classroom: Classroom, number: int) -> Membership:
    """Return a place of a class, also one that was left."""
    found = Membership.objects.select_related("learner").filter(classroom=classroom, pk=number).first()
    if found is None:
        raise Http404
    return found


def attempt_or_404(request: HttpRequest, public_id: str, number: int) -> tuple[Attempt, bool]:
    """Return an attempt that the visitor may see, their own or a learner's, and whether they teach."""
    classroom, is_taught, membership = classroom_or_404(request, public_id)
    mine = {} if membership is None else {"membership": membership}
    found = Attempt.objects.select_related("assignment", "membership__learner", "moment")
    attempt = found.filter(pk=number, assignment__classroom=classroom, submitted__isnull=False, **mine).first()
    if attempt is None:
        raise Http404
    attempt.assignment.classroom = classroom
    return attempt, is_taught


def visitor(request: HttpRequest) -> User:
    """Return who is asking, who is somebody."""
    return cast(User, request.user)


# Pages. Times are read and shown in the class's time zone.

View = Callable[..., HttpResponse]


def for_instructors(view: View) -> View:
    """Give a view the class (in place of its public id), for those who teach it."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, public_id: str, *args: Any, **more: Any) -> HttpResponse:
        classroom = taught_or_404(request, public_id)
        with timezone.override(classroom.zone):
            return view(request, classroom, *args, **more)

    return wrapped


def for_learners(view: View) -> View:
    """Give a view the class and the visitor's place in it, for those who learn in it."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, public_id: str, *args: Any, **more: Any) -> HttpResponse:
        try:
            classroom, membership = joined_or_404(request, public_id)
        except Http404:
            if request.htmx:  # taken off the class with the page open: a click must not seem to do nothing
                return HttpResponseClientRefresh()
            raise
        with timezone.override(classroom.zone):
            return view(request, classroom, membership, *args, **more)

    return wrapped


def while_it_runs(view: View) -> View:
    """Let a class's learners in who do something; once the class is over, they are told so. Below `for_learners`."""

    @wraps(view)
    def wrapped(request: HttpRequest, classroom: Classroom, membership: Membership, number: int) -> HttpResponse:
        if classroom.archived is None:
            return view(request, classroom, membership, number)
        assignment = assignment_or_404(classroom, number)
        messages.error(request, "The class is over: nothing is handed in any more.")
        url = reverse("assignment", args=[classroom.public_id, assignment.pk])
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)

    return wrapped


def for_all(view: View) -> View:
    """Give a view the class and the visitor's place in it (None: they teach it)."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, public_id: str, *args: Any, **more: Any) -> HttpResponse:
        classroom, _, membership = classroom_or_404(request, public_id)
        with timezone.override(classroom.zone):
            return view(request, classroom, membership, *args, **more)

    return wrapped


def classes_left_alone(user: User) -> list[Tie]:
    """Return the classes that would have no instructor without somebody: they are handed over first, or archived."""
    alone = Count("teachings", distinct=True)
    mine = Classroom.objects.filter(archived=None, pk__in=user.teachings.values("classroom"))
    return [
        Tie(
            f"{classroom.name} has no other instructor: add one, or archive it",
            reverse("class-settings", args=[classroom.public_id]),
        )
        for classroom in mine.annotate(instructors=alone).filter(instructors=1).order_by("name")
    ]


asked.append(classes_left_alone)
