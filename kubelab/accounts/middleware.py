"""Renews the cookie of those who come back: a guest's cookie is the only key to what they have built."""

import time

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

RENEW_AFTER_SECONDS = 7 * 24 * 3600


class KeepSignedIn(MiddlewareMixin):
    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = getattr(request, "session", None)
        # Only sessions that this request opened anyway: asking costs a query.
        if session is not None and session.accessed and not session.is_empty():
            if time.time() - session.get("renewed", 0) > RENEW_AFTER_SECONDS:
                session["renewed"] = int(time.time())
        return response
