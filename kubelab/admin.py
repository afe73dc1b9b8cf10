"""Django's admin: for site administrators, at /admin/. It has no log-in of its own, and to others it is not there."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse


class Admin(AdminSite):
    """The admin's pages, behind the site's own log-in, which counts wrong passwords."""

    site_header = "KubeLab"
    site_title = "KubeLab"
    index_title = "Site administration"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Whoever is nobody logs in; whoever is somebody else is told that there is nothing here."""
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.GET.get("next") or request.get_full_path())
