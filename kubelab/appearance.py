"""Light or dark: as the system says, or as the visitor chose; the choice is a cookie, which scripts set too."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = "theme"
NEXT = {"system": "dark", "dark": "light", "light": "system"}
KEPT_SECONDS = 400 * 24 * 3600


def chosen(request: HttpRequest) -> str:
    theme = request.COOKIES.get(COOKIE, "")
    return theme if theme in NEXT else "system"


def theme(request: HttpRequest) -> dict[str, str]:
    """For every template: the theme at hand and the one that the switch leads to."""
    return {"theme": chosen(request), "next_theme": NEXT[chosen(request)]}


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """What the switch does without scripts: on to the next theme, and back to the page."""
    back = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    answer = redirect(back if ours else "home")
    answer.set_cookie(COOKIE, NEXT[chosen(request)], max_age=KEPT_SECONDS, samesite="Lax")
    return answer
