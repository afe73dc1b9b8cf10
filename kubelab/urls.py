"""The site's addresses. Each app has its own; here is only where they hang."""

from django.contrib import admin
from django.urls import include, path

from kubelab import appearance, pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("favicon.ico", pages.favicon),
    path("theme/", appearance.switch, name="theme"),
    path("account/", include("kubelab.accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("kubelab.labs.urls")),
    path("", include("kubelab.courses.urls")),
    path("", include("kubelab.classroom.urls")),
]

handler400 = "kubelab.pages.bad_request"
handler403 = "kubelab.pages.forbidden"
handler404 = "kubelab.pages.not_found"
handler500 = "kubelab.pages.server_error"
