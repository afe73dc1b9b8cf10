"""The page that hands a learner the kubeconfig of their cluster. To everybody else there is no such cluster."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kubelab.labs.gateway import tokens
from kubelab.labs.gateway.kubeconfig import kubeconfig, name_of, server_of
from kubelab.labs.models import Lab


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_kubectl(request: HttpRequest, public_id: str) -> HttpResponse:
    """How to use one's own kubectl. A POST makes a new token, and the old one worthless."""
    lab = get_object_or_404(Lab, owner=request.user, public_id=public_id)
    if request.method == "POST":
        tokens.renew(lab)
        messages.success(request, "The old token no longer works. Download the kubeconfig again.")
        return redirect("own-kubectl", public_id=public_id)
    context = {
        "lab": lab,
        "file": f"{name_of(lab)}.yaml",
        "server": server_of(lab, _host(request)),
        "is_served": bool(settings.API_PORT),
    }
    return render(request, "labs/own_kubectl.html", context)


@login_required
@never_cache
@require_safe
def download(request: HttpRequest, public_id: str) -> HttpResponse:
    """The kubeconfig as a file."""
    lab = get_object_or_404(Lab, owner=request.user, public_id=public_id)
    if not settings.API_PORT:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{name_of(lab)}.yaml"'}
    return HttpResponse(kubeconfig(lab, _host(request)), content_type="application/yaml", headers=headers)


def _host(request: HttpRequest) -> str:
    return split_domain_port(request.get_host())[0]
