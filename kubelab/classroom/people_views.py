"""The people of a class, as its instructors see them: the list, the roster's import, who is taken off and put back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kubelab.classroom import joining, news, roster
from kubelab.classroom.access import for_instructors, membership_or_404
from kubelab.classroom.forms import RosterForm
from kubelab.classroom.models import Classroom, Membership, new_place_code
from kubelab.classroom.views import join_url


@for_instructors
@require_safe
def people(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    """Everybody in a class, and everybody who was."""
    places = list(classroom.memberships.select_related("learner").order_by("name", "pk"))
    here = [place for place in places if place.removed is None]
    learners = [place for place in here if place.joined]
    waiting = [place for place in here if not place.joined]
    unlisted = [place for place in learners if not place.email and not place.number]
    likely = {name.casefold(): place for place in unlisted for name in marks_of(place)}
    context = {
        "classroom": classroom,
        "tab": "people",
        "learners": learners,
        "waiting": [
            (place, join_url(request, place.code), likely.get(place.email.casefold() or place.name.casefold()))
            for place in waiting
        ],
        "unclaimed": [place for place in waiting if place.learner is None],
        "unlisted": unlisted,
        "gone": [place for place in places if place.removed is not None],
        "join_url": join_url(request, classroom.join_code),
    }
    return render(request, "classroom/people.html", context)


def marks_of(place: Membership) -> list[str]:
    """Return what a learner says of themselves that a roster may know: a name, an address. Nothing of it is proved."""
    email = place.learner.email if place.learner is not None else ""
    return [mark for mark in (place.name, email) if mark]


@for_instructors
@require_http_methods(["GET", "HEAD", "POST"])
def import_roster(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    """Take over a roster: all of it, or, with a report of the lines that are wrong, nothing."""
    form, read = RosterForm(), None
    if request.method == "POST":
        form = RosterForm(request.POST, request.FILES)
    if form.is_valid():
        text = sent_text(form)
        if text:
            read = roster.read(text)
            taken = roster.take_over(classroom, read)
            if not read.mistakes:
                messages.success(request, report(taken, read.unknown))
                return redirect("class-people", classroom.public_id)
            form = RosterForm(initial={"text": text})
        elif not form.errors:
            form.add_error("file", "Choose a file, or type the lines below.")
    context = {
        "classroom": classroom,
        "tab": "people",
        "form": form,
        "mistakes": read.mistakes[: roster.MOST_REPORTED] if read else [],
        "more": max(0, len(read.mistakes) - roster.MOST_REPORTED) if read else 0,
    }
    return render(request, "classroom/import.html", context)


def sent_text(form: RosterForm) -> str:
    """Return the lines that were sent, from the file or typed."""
    file = form.cleaned_data["file"]
    if file is None:
        return str(form.cleaned_data["text"]).strip("\r\n ")
    if file.size > roster.LONGEST:
        form.add_error("file", "The file is larger than 1 MB. Is it the right one?")
        return ""
    return roster.text_of(file.read())


def report(taken: roster.Taken, unknown: list[str]) -> str:
    """Return what an import did, and which columns it left alone."""
    known = f" {taken.known} had a place already." if taken.known else ""
    named = ", ".join(f"“{column[:40]}”" for column in unknown[:5]) + (" and more" if len(unknown) > 5 else "")
    left = f" Not imported, as it means nothing here: column {named}." if unknown else ""
    return f"{taken.added} learner{'s' if taken.added != 1 else ''} added.{known}{left}"


@for_instructors
@require_POST
def remove(request: HttpRequest, classroom: Classroom, number: int) -> HttpResponse:
    """Take a learner off a class, or put them back; what they have done is kept. A place nobody took is deleted."""
    place = membership_or_404(classroom, number)
    if request.POST.get("back") == "yes":
        place.removed, place.barred = None, False
        place.save(update_fields=["removed", "barred"])
        messages.success(request, f"{place.name} is in the class again.")
    elif place.learner is None:
        place.delete()
        messages.success(request, f"The place for {place.name} is gone.")
    else:
        place.removed, place.barred = timezone.now(), True
        place.save(update_fields=["removed", "barred"])
        messages.success(request, f"{place.name} is off the class. What they have done is kept; you can put them back.")
    news.tell_of_place(classroom.pk, number)
    return redirect("class-people", classroom.public_id)


@for_instructors
@require_POST
def renew_invitation(request: HttpRequest, classroom: Classroom, number: int) -> HttpResponse:
    """Make a new link for a learner's own place; the old one leads nowhere."""
    place = membership_or_404(classroom, number)
    place.code = new_place_code()
    place.save(update_fields=["code"])
    messages.success(request, f"{place.name} has a new link.")
    return redirect("class-people", classroom.public_id)


@for_instructors
@require_POST
def give(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    """A place of the roster is that of somebody who has joined already, the instructor says."""
    waiting, place = (membership_or_404(classroom, number_in(request.POST.get(name, ""))) for name in ("place", "to"))
    if place.learner is None or place.joined is None or place.removed is not None:
        raise Http404
    if joining.take_over(place, waiting):
        messages.success(request, f"{place.name} is {place.learner}.")
    else:
        messages.error(request, f"{waiting.name} has joined meanwhile.")
    return redirect("class-people", classroom.public_id)


def number_in(text: str) -> int:
    """Return the number that a form has sent; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
