"""The pages of classes: the list, the class itself, its settings, and how one comes in."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kubelab.classroom import agenda, guesses, joining, news
from kubelab.classroom.access import (
    for_all,
    for_instructors,
    for_learners,
    may_make_classes,
    visitor,
)
from kubelab.classroom.forms import ClassroomForm, CoInstructorForm, JoinForm
from kubelab.classroom.models import Classroom, Membership, Teaching, new_join_code


@login_required
@require_safe
def classes(request: HttpRequest) -> HttpResponse:
    """The classes that the visitor learns in and teaches."""
    context = {
        **agenda.of_learner(visitor(request)),
        "taught": agenda.of_instructor(visitor(request)),
        "may_make": may_make_classes(request.user),
    }
    return render(request, "classroom/classes.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_class(request: HttpRequest) -> HttpResponse:
    """Make a class."""
    if not may_make_classes(request.user):
        raise Http404
    form = ClassroomForm(request.POST or None)
    form.fields["time_zone"].widget.attrs["data-local-zone"] = True  # the page's script chooses the browser's
    if request.method == "POST" and form.is_valid():
        classroom = form.save()
        Teaching.objects.create(classroom=classroom, instructor=visitor(request))
        messages.success(request, "The class is there. Send the link below to your learners, then assign something.")
        return redirect("class", classroom.public_id)
    return render(request, "classroom/new.html", {"form": form})


@for_all
@require_safe
def overview(request: HttpRequest, classroom: Classroom, membership: Membership | None) -> HttpResponse:
    """A class: what is assigned, and how far everybody, or the learner, is."""
    if membership is not None:
        context = {
            "classroom": classroom,
            "membership": membership,
            "rows": agenda.rows_of(classroom, membership),
            "waiting": joining.place_of_roster(membership, visitor(request)),
        }
        return render(request, "classroom/learner.html", context)
    context = {
        "classroom": classroom,
        "tab": "assignments",
        "rows": agenda.assignments_of(classroom),
        "now": timezone.now(),
        "learners": classroom.memberships.filter(removed=None).count(),
        "join_url": join_url(request, classroom.join_code),
    }
    return render(request, "classroom/overview.html", context)


def join_url(request: HttpRequest, code: str) -> str:
    """Return the link to be put into a mail."""
    return request.build_absolute_uri(reverse("class-join", args=[code]))


@for_instructors
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    """Rename a class, set its time zone; the join link, co-instructors, archiving."""
    row = Classroom.objects.get(pk=classroom.pk)  # what is typed goes into it before it is valid
    form = ClassroomForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("class-settings", classroom.public_id)
    return render(request, "classroom/settings.html", settings_context(request, classroom, form, CoInstructorForm()))


def settings_context(request: HttpRequest, classroom: Classroom, form: Any, co_instructor: Any) -> dict[str, Any]:
    return {
        "classroom": classroom,
        "tab": "settings",
        "form": form,
        "co_instructor": co_instructor,
        "teachings": classroom.teachings.select_related("instructor").order_by("since"),
        "join_url": join_url(request, classroom.join_code),
    }


JOIN_LINK = {
    "renew": "There is a new link; the old one leads nowhere now.",
    "close": "The link is closed: nobody can join by it until you open it again.",
    "open": "The link is open again.",
}


@for_instructors
@require_POST
def join_link(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    """Renew, close or open the join link."""
    action = request.POST.get("action", "")
    if action == "renew":
        classroom.join_code, classroom.join_open = new_join_code(), True
    elif action in ("close", "open"):
        classroom.join_open = action == "open"
    else:
        raise Http404
    classroom.save(update_fields=["join_code", "join_open"])
    messages.success(request, JOIN_LINK[action])
    return redirect("class-settings", classroom.public_id)


@for_instructors
@require_POST
def archive(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    """Put a class away, or bring it back; nothing of it is lost."""
    away = request.POST.get("away") == "yes"
    Classroom.objects.filter(pk=classroom.pk).update(archived=timezone.now() if away else None)
    words = "The class is archived: everything in it is kept, nothing goes on." if away else "The class is back."
    messages.success(request, words)
    return redirect("class-settings", classroom.public_id)


@for_instructors
@require_POST
def add_instructor(request: HttpRequest, classroom: Classroom) -> HttpResponse:
    """Let somebody else teach the class, too."""
    form = CoInstructorForm(request.POST)
    if form.is_valid():
        who = form.cleaned_data["who"]
        if classroom.memberships.filter(learner=who, removed=None).exists():
            form.add_error("who", "They learn in this class. Take them off the list of learners first.")
        else:
            Teaching.objects.get_or_create(classroom=classroom, instructor=who)
            messages.success(request, f"{who} teaches the class now, too.")
            return redirect("class-settings", classroom.public_id)
    context = settings_context(request, classroom, ClassroomForm(instance=classroom), form)
    return render(request, "classroom/settings.html", context)


@for_instructors
@require_POST
def remove_instructor(request: HttpRequest, classroom: Classroom, number: int) -> HttpResponse:
    """Take an instructor off a class; one always stays."""
    teaching = classroom.teachings.select_related("instructor").filter(pk=number).first()
    if teaching is None:
        raise Http404
    if classroom.teachings.count() == 1:
        messages.error(request, "A class needs an instructor: add another one first.")
    else:
        teaching.delete()
        messages.success(request, f"{teaching.instructor} does not teach the class any more.")
    return (
        redirect("class-settings", classroom.public_id) if teaching.instructor != request.user else redirect("classes")
    )


# coming and going


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: str) -> HttpResponse:
    """Come into a class by its link, or by one's own invitation. Whoever is nobody yet signs up on the way."""
    found, refusal = looked_up(request, code)
    if found is None:
        return refusal
    classroom, own = found
    if not request.user.is_authenticated or request.user.is_guest:
        return render(request, "classroom/join.html", {"classroom": classroom})
    user = visitor(request)
    if classroom.teachings.filter(instructor=user).exists():
        return redirect("class", classroom.public_id)
    place = Membership.objects.filter(classroom=classroom, learner=user).first()
    if place is not None and place.barred:
        return render(request, "classroom/no_invitation.html", status=404)
    if place is not None and place.joined and place.removed is None and own in (None, place):
        return redirect("class", classroom.public_id)
    name = (own or place).name if own or place else user.get_full_name()
    form = JoinForm(request.POST or None, initial={"name": name})
    if request.method == "POST" and form.is_valid():
        joined = joining.join(user, classroom, own, form.cleaned_data["name"])
        joining.bring_progress(joined)
        messages.success(request, f"You are in {classroom.name}.")
        mail_link(request, joined)
        return redirect("class", classroom.public_id)
    context = {"classroom": classroom, "form": form, "is_in": place is not None and place.removed is None}
    return render(request, "classroom/join.html", context)


def looked_up(request: HttpRequest, code: str) -> tuple[tuple[Classroom, Membership | None] | None, HttpResponse]:
    """Return where a code leads, and the answer if it leads nowhere; who tries many is not told."""
    if guesses.too_many(request):
        answer = render(request, "classroom/no_invitation.html", {"minutes": guesses.MINUTES}, status=429)
        return None, answer
    found = joining.invitation(code, request.user.pk if request.user.is_authenticated else None)
    if found is None:
        guesses.count(request, code)
    return found, render(request, "classroom/no_invitation.html", status=404)


def mail_link(request: HttpRequest, place: Membership) -> None:
    """If the roster has a place for the learner's address, mail its link there, and tell them."""
    waiting = joining.place_of_roster(place, visitor(request))
    if waiting is None:
        return
    if joining.send_link(waiting, join_url(request, waiting.code)):
        messages.info(request, f"We have sent a mail to {waiting.email}. Open the link in it.")
    else:
        messages.error(request, f"No mail could be sent to {waiting.email} now. Ask your instructor for your own link.")


@for_learners
@require_POST
def prove(request: HttpRequest, classroom: Classroom, membership: Membership) -> HttpResponse:
    """Mail the link of a learner's place on the roster once more."""
    mail_link(request, membership)
    return redirect("class", classroom.public_id)


@login_required
@require_POST
def join_by_code(request: HttpRequest) -> HttpResponse:
    """A code was typed; of a link that was pasted whole, the code is its end."""
    code = "".join(request.POST.get("code", "").split()).rstrip("/").rpartition("/")[2]
    found, refusal = looked_up(request, code) if code else (None, None)
    if refusal is not None and refusal.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        messages.error(request, f"Too many wrong codes. Try again in {guesses.MINUTES} minutes.")
    elif found is None:
        messages.error(request, "That code leads into no class. Is it complete? Ask for a new one if it is.")
    return redirect("class-join", code) if found is not None else redirect("classes")


@for_learners
@require_POST
def leave(request: HttpRequest, classroom: Classroom, membership: Membership) -> HttpResponse:
    """Leave a class; what was handed in stays with it."""
    if request.POST.get("sure") == "yes":
        membership.removed = timezone.now()
        membership.save(update_fields=["removed"])
        news.tell_of_place(classroom.pk, membership.pk)
        messages.success(request, f"You have left {classroom.name}.")
    return redirect("classes")
