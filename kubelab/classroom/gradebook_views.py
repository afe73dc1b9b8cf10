"""The gradebook's page and its CSV; an attempt looked into, with the cluster as it was."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from kubelab.classroom import attempts, quizzes, standings
from kubelab.classroom.access import attempt_or_404, for_instructors
from kubelab.classroom.gradebook import body, csv_of, gradebook_of
from kubelab.classroom.items import item_of
from kubelab.classroom.models import Classroom, Kind
from kubelab.classroom.work_views import results_of, work_on
from kubelab.labs import moments

BOM = "\ufeff"  # by which spreadsheets know that it is UTF-8


@for_instructors
@gzip_page  # a megabyte of cells
@require_safe
def gradebook(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    """All grades of a class."""
    sort, downwards = request.GET.get("sort", "name"), request.GET.get("down") == "1"
    book = gradebook_of(classroom, sort, downwards=downwards)
    columns = [
        {
            "assignment": assignment,
            "average": average,
            "sort": str(assignment.pk),
            "is_sorted": sort == str(assignment.pk),
        }
        for assignment, average in zip(book.assignments, book.averages, strict=True)
    ]
    context = {
        "classroom": classroom, "tab": "gradebook", "book": book, "columns": columns, "body": body(book),
        "sort": sort, "down": downwards,
    }  # fmt: skip
    return render(request, "classroom/gradebook.html", context)


@for_instructors
@require_safe
def gradebook_csv(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    """The same as a file for a spreadsheet."""
    day = timezone.localdate().isoformat()
    name = f"{slugify(classroom.name) or 'class'}-grades-{day}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    text = BOM + csv_of(gradebook_of(classroom), semicolons=request.GET.get("semicolons") == "1")
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@login_required
@require_safe
def attempt(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """One attempt: what it came to, what was typed, the files and the cluster as they were."""
    found, is_taught = attempt_or_404(request, public_id, number)
    assignment, membership = found.assignment, found.membership
    terms = standings.terms_of(assignment, membership)
    left = terms.attempts_left(attempts.used(assignment, membership))
    is_quiz = assignment.kind == Kind.QUIZ
    explained = is_taught or quizzes.may_explain(assignment, terms, left)
    mine = work_on(assignment, membership) if assignment.kind == Kind.EXERCISE else None
    with timezone.override(assignment.classroom.zone):
        context = {
            "classroom": assignment.classroom,
            "tab": "assignments" if is_taught else "",
            "assignment": assignment,
            "membership": membership,
            "attempt": found,
            "is_taught": is_taught,
            "item": item_of(assignment),
            "worth": terms.worth(found),
            "is_late": found.submitted is not None and terms.is_late(found.submitted),
            "questions": quizzes.review(found, explained=explained) if is_quiz else [],
            "results": [] if is_quiz else results_of(found, mine, assignment),
            "explained": explained,
            "left": left,
            "files": moments.files(moments.brought_back(found.moment)) if found.moment is not None else {},
        }
        return render(request, "classroom/attempt.html", context)


@login_required
@require_safe
def attempt_map(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """The cluster as it was when an attempt was graded, for the page's map."""
    found, _ = attempt_or_404(request, public_id, number)
    if found.moment is None:
        raise Http404
    return HttpResponse(moments.picture(found.moment), content_type="application/json")
