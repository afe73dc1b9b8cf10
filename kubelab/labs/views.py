"""The playground's page, and what pages fetch: the editor's schemas, moments of the cluster's past."""

import gzip
from functools import cache

import orjson
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from kubelab.accounts.guests import learner_of
from kubelab.cluster.presets import load_preset
from kubelab.cluster.schema.definitions import VERSIONS, definitions
from kubelab.labs import actions, creation, log, preparing
from kubelab.labs.forms import ClusterForm
from kubelab.labs.keeping import load_at
from kubelab.labs.map import ClusterMap
from kubelab.labs.models import Lab

PLAYGROUND = "playground"
FOR_EVER = "public, max-age=31536000, immutable"


@require_http_methods(["GET", "HEAD", "POST"])
def playground(request: HttpRequest) -> HttpResponse:
    """A cluster without a lesson. A POST makes it (and a guest, if need be), or another; a mere visit makes nothing."""
    lab = Lab.objects.filter(owner=request.user, name=PLAYGROUND).first() if request.user.is_authenticated else None
    made_of = {"preset": lab.preset, "version": lab.version} if lab is not None else {}
    if request.method == "POST":
        form = ClusterForm(request.POST, **made_of)
        if form.is_valid():
            return made(request, lab, **form.chosen())
    else:
        form = ClusterForm(**made_of)
    if lab is None:
        return render(request, "labs/start.html", {"form": form})
    return render(request, "labs/playground.html", {"lab": lab, "lab_title": "Playground", "form": form})


def made(request: HttpRequest, lab: Lab | None, preset: str, version: str) -> HttpResponse:
    """Make what was chosen, or another in its place, and show it; what takes long is waited for on a page of its own.

    That page asks again every few seconds.
    """
    is_reset = lab is not None and "reset" in request.POST
    if (lab is None or is_reset) and not preparing.is_ready(preset, version):
        waits = preparing.prepare(preset, version)
        context = {"plan": load_preset(preset), "version": version, "is_reset": is_reset, "failed": not waits}
        return HttpResponse(status=204) if request.htmx and waits else render(request, "labs/preparing.html", context)
    if lab is not None and is_reset:
        actions.start_over(lab.pk, preset=preset, version=version)
    else:
        open_playground(request, preset, version)
    return HttpResponseClientRedirect(reverse("playground")) if request.htmx else redirect("playground")


def open_playground(request: HttpRequest, preset: str, version: str) -> Lab:
    owner = learner_of(request)
    try:
        return creation.open_or_create(owner, PLAYGROUND, preset, version)
    except IntegrityError:  # a double click
        return Lab.objects.get(owner=owner, name=PLAYGROUND)


@require_safe
def schemas(request: HttpRequest, minor: str) -> HttpResponse:
    """The types of a Kubernetes version, for the editor. They never change, so browsers keep them."""
    if minor not in VERSIONS:
        raise Http404
    headers = {"Content-Encoding": "gzip", "Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    return HttpResponse(compressed_schemas(minor), content_type="application/json", headers=headers)


@cache
def compressed_schemas(minor: str) -> bytes:
    """Return {"$defs": ...}, gzipped: all browsers take that, and it is made once."""
    return gzip.compress(orjson.dumps({"$defs": definitions(minor)}), mtime=0)


@login_required
@require_safe
def moment(request: HttpRequest, public_id: str, revision: int) -> HttpResponse:
    """The map as it was at a revision: the time machine."""
    lab = get_object_or_404(Lab, owner=request.user, public_id=public_id)
    try:
        cluster = load_at(lab, revision)
    except log.Compacted:
        return JsonResponse({"error": "The log does not reach back that far any more."}, status=410)
    return HttpResponse(ClusterMap(cluster).whole(), content_type="application/json")


@login_required
@require_safe
def moments(request: HttpRequest, public_id: str) -> HttpResponse:
    """Which moments the time machine can show: revision and virtual time of each commit, oldest first."""
    lab = get_object_or_404(Lab, owner=request.user, public_id=public_id)
    found = lab.segment_set.filter(piece=0).order_by("commit").values_list("revision", "now").distinct()
    return JsonResponse({"moments": list(found)})
