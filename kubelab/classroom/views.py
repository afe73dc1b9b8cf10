"""The pages of classes: the list, the class itself, its settings, and how one comes in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kubelab.classroom import agenda, joining, news
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
        context = {"classroom": classroom, "membership": membership, "rows": agenda.rows_of(classroom, membership)}
        return render(request, "classroom/learner.html", context)
    context = {
        "classroom": classroom,
        "tab": "assignments",
        "rows": agenda.assignments_of(classroom),
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
    learner = request.user.pk if request.user.is_authenticated else None
    found = joining.invitation(code, learner)
    if found is None:
        return render(request, "classroom/no_invitation.html", status=404)
    classroom, own = found
    if not request.user.is_authenticated or request.user.is_guest:
        return render(request, "classroom/join.html", {"classroom": classroom})
    user = visitor(request)
    if classroom.teachings.filter(instructor=user).exists():
        return redirect("class", classroom.public_id)
    place = joining.place_for(user, classroom, own)
    if place is not None and place.barred:
        return render(request, "classroom/no_invitation.html", status=404)
    if place is not None and place.learner_id == user.pk and place.joined and place.removed is None:
        return redirect("class", classroom.public_id)
    form = JoinForm(request.POST or None, initial={"name": place.name if place else user.get_full_name()})
    if request.method == "POST" and form.is_valid():
        joined = joining.join(user, classroom, place, form.cleaned_data["name"])
        joining.bring_progress(joined)
        messages.success(request, f"You are in {classroom.name}.")
        return redirect("class", classroom.public_id)
    return render(request, "classroom/join.html", {"classroom": classroom, "form": form})


@login_required
@require_POST
def join_by_code(request: HttpRequest) -> HttpResponse:
    """A code was typed."""
    code = "".join(request.POST.get("code", "").split())
    found = joining.invitation(code, request.user.pk) if code else None
    if found is None:
        messages.error(request, "That code leads into no class. Is it complete? Ask for a new one if it is.")
        return redirect("classes")
    return redirect("class-join", code)


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
