"""What a page of ours may load: a Content-Security-Policy without inline script, on every response.

Not a general CSP library: one policy for all pages. Source: https://www.w3.org/TR/CSP3/
"""

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the terminal (xterm.js) writes its cell sizes into a style element
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


class ContentSecurityPolicy(MiddlewareMixin):
    """Adds the policy to each response that does not bring its own."""

    get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
