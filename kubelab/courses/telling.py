"""Tells learners what the database did not take, instead of breaking."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRefresh

from kubelab.labs.keeping import NotKept

View = Callable[..., HttpResponse]


def tells_what_was_not_kept(view: View) -> View:
    """Show the learner what a view could not have kept, on the page that they came from or the lesson's."""

    @wraps(view)
    def telling(request: HttpRequest, slug: str, *args: Any, **more: Any) -> HttpResponse:
        try:
            return view(request, slug, *args, **more)
        except NotKept as error:
            messages.error(request, str(error))
            return HttpResponseClientRefresh() if request.htmx else redirect("lesson", slug)

    return telling
