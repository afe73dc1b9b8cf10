"""Renews the cookie of those who come back: a guest's cookie is the only key to what they have built."""

import time

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from kubelab.accounts.models import User

RENEW_AFTER_SECONDS = 7 * 24 * 3600


class KeepSignedIn(MiddlewareMixin):
    """Once a week, for sessions that the request opened anyway: asking costs a query."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = getattr(request, "session", None)
        if session is None or not session.accessed or session.is_empty() or not request.user.is_authenticated:
            return response
        if time.time() - session.get("renewed", 0) > RENEW_AFTER_SECONDS:
            session["renewed"] = int(time.time())
            User.objects.filter(pk=request.user.pk).update(last_login=timezone.now())
        return response
