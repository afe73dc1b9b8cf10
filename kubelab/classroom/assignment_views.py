"""Assignments as instructors see them: made, changed, looked at; how each learner did, and what they were granted."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kubelab.classroom import attempts, joining, standings, statistics
from kubelab.classroom.access import assignment_or_404, for_instructors, membership_or_404, visitor
from kubelab.classroom.forms import AssignmentForm, ExtensionForm, OverrideForm
from kubelab.classroom.items import item_of
from kubelab.classroom.models import Assignment, Attempt, Classroom, Extension, Kind, Membership, Standing
from kubelab.classroom.terms import Terms


@for_instructors
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    """Assign something."""
    form = AssignmentForm(request.POST or None, instance=Assignment(classroom=classroom))
    if request.method == "POST" and form.is_valid():
        assignment = form.save()
        take_in_progress(classroom, assignment)
        messages.success(request, f"“{assignment.title}” is assigned.")
        return redirect("assignment", classroom.public_id, assignment.pk)
    context = {"classroom": classroom, "tab": "assignments", "form": form}
    return render(request, "classroom/assignment_form.html", context)


def take_in_progress(classroom: Classroom, assignment: Assignment) -> None:
    """What learners have done of a lesson before it was assigned counts."""
    if assignment.kind == Kind.LESSON:
        for place in classroom.memberships.filter(removed=None, joined__isnull=False):
            joining.bring_progress(place, [assignment])


@for_instructors
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, classroom: Classroom, number: int) -> HttpResponse:
    """Change an assignment; what was handed in already is worth what the new terms say."""
    assignment = assignment_or_404(classroom, number)
    form = AssignmentForm(request.POST or None, instance=Assignment.objects.get(pk=assignment.pk))
    if request.method == "POST" and form.is_valid():
        changed = form.save()
        changed.classroom = classroom
        attempts.reschedule(changed)
        standings.reckon_all(changed)
        messages.success(request, "Saved. All grades follow the new terms.")
        return redirect("assignment", classroom.public_id, number)
    context = {"classroom": classroom, "tab": "assignments", "form": form, "assignment": assignment}
    return render(request, "classroom/assignment_form.html", context)


@for_instructors
@require_POST
def delete(request: HttpRequest, classroom: Classroom, number: int) -> HttpResponse:
    """Delete an assignment with all of its attempts and grades, if the instructor is sure."""
    assignment = assignment_or_404(classroom, number)
    if request.POST.get("sure") != "yes":
        messages.error(request, "Nothing was deleted: tick the box if you are sure.")
        return redirect("assignment-edit", classroom.public_id, number)
    assignment.delete()
    messages.success(request, f"“{assignment.title}” is deleted, with its attempts and grades.")
    return redirect("class", classroom.public_id)


@for_instructors
@require_safe
def detail(request: HttpRequest, classroom: Classroom, number: int) -> HttpResponse:
    """An assignment: how each learner stands, and which parts are hard."""
    assignment = assignment_or_404(classroom, number)
    item = item_of(assignment)
    found = {row.membership_id: row for row in Standing.objects.filter(assignment=assignment).select_related("best")}
    granted = {row.membership_id: row for row in Extension.objects.filter(assignment=assignment)}
    learners = classroom.memberships.filter(removed=None).order_by("name", "pk")
    context = {
        "classroom": classroom,
        "tab": "assignments",
        "assignment": assignment,
        "item": item,
        "rows": [(place, found.get(place.pk), granted.get(place.pk)) for place in learners],
        "parts": statistics.difficulty(assignment, item),
        "wrong": statistics.common_wrong_answers(assignment, item),
        "waiting": attempts.waiting(assignment),
    }
    return render(request, "classroom/assignment.html", context)


@for_instructors
@require_POST
def regrade(request: HttpRequest, classroom: Classroom, number: int) -> HttpResponse:
    """Have everything graded again, by what was kept, with the exercise as it is written today."""
    count = attempts.regrade_all(assignment_or_404(classroom, number))
    words = f"{count} attempt{'s are' if count != 1 else ' is'} being graded again; load the page in a moment."
    messages.success(request, words if count else "All grades are worked out again.")
    return redirect("assignment", classroom.public_id, number)


@for_instructors
@require_http_methods(["GET", "HEAD", "POST"])
def learner(request: HttpRequest, classroom: Classroom, number: int, place: int) -> HttpResponse:
    """One learner at one assignment: their attempts, an extension, the grade and its history."""
    assignment, membership = assignment_or_404(classroom, number), membership_or_404(classroom, place)
    standing = standings.standing_of(assignment, membership) if request.method == "POST" else None
    if standing is None:
        standing = Standing.objects.filter(assignment=assignment, membership=membership).first()
    extension = Extension.objects.filter(assignment=assignment, membership=membership).first()
    wants = request.POST.get("what", "")
    extending = ExtensionForm(request.POST if wants == "extension" else None, instance=extension)
    overriding = OverrideForm.showing(standing.override if standing else None)
    if wants == "override":
        overriding = OverrideForm(request.POST, prefix="override")
    if wants == "extension" and extending.is_valid():
        grant(assignment, membership, extending)
        messages.success(request, "Granted. The grade follows.")
        return redirect(request.path)
    if wants == "override" and standing is not None and overriding.is_valid():
        data = overriding.cleaned_data
        standings.override(standing, visitor(request), data["points"], data["reason"])
        messages.success(request, "The grade is changed.")
        return redirect(request.path)
    context = {"extending": extending, "overriding": overriding, "extension": extension, "standing": standing}
    return render(request, "classroom/standing.html", context | learner_context(classroom, assignment, membership))


def learner_context(classroom: Classroom, assignment: Assignment, membership: Membership) -> dict[str, Any]:
    """Return what both an instructor and the learner are shown of their attempts."""
    terms = standings.terms_of(assignment, membership)
    made = Attempt.objects.filter(assignment=assignment, membership=membership).order_by("-number")
    standing = Standing.objects.filter(assignment=assignment, membership=membership).first()
    return {
        "classroom": classroom,
        "tab": "assignments",
        "assignment": assignment,
        "membership": membership,
        "item": item_of(assignment),
        "terms": terms,
        "made": [shown_attempt(attempt, terms) for attempt in made if attempt.submitted is not None],
        "open_attempt": next((attempt for attempt in made if attempt.submitted is None), None),
        "history": standing.changes.select_related("by").order_by("-at") if standing is not None else [],
        "now": timezone.now(),
    }


def shown_attempt(attempt: Attempt, terms: Terms) -> dict[str, Any]:
    """Return an attempt with what it is worth."""
    is_late = attempt.submitted is not None and terms.is_late(attempt.submitted)
    return {"attempt": attempt, "worth": terms.worth(attempt), "is_late": is_late}


def grant(assignment: Assignment, membership: Membership, form: ExtensionForm) -> None:
    """Keep an extension, or take it back where nothing is granted, and let times and points follow."""
    data = form.cleaned_data
    if not (data["due"] or data["minutes"] or data["attempts"]):
        Extension.objects.filter(assignment=assignment, membership=membership).delete()
    else:
        form.instance.assignment, form.instance.membership = assignment, membership
        form.save()
    attempts.reschedule(assignment)
    standings.reckon(assignment, membership)


@for_instructors
@require_POST
def forget_extension(request: HttpRequest, classroom: Classroom, number: int, place: int) -> HttpResponse:
    """Take an extension back."""
    assignment, membership = assignment_or_404(classroom, number), membership_or_404(classroom, place)
    gone, _ = Extension.objects.filter(assignment=assignment, membership=membership).delete()
    if not gone:
        raise Http404
    attempts.reschedule(assignment)
    standings.reckon(assignment, membership)
    messages.success(request, "The extension is taken back.")
    return redirect("standing", classroom.public_id, number, place)
