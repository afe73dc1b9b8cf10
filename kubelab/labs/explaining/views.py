"""The pages that explain a cluster: whole pages by themselves, fragments in a lab's dialog (htmx).

Its owner may look, and who may look at the owner's lab; to everybody else there is no such cluster. Nothing changes.
"""

import orjson
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kubelab.cluster.objects import Key
from kubelab.labs import looking
from kubelab.labs.explaining.forms import ReachForm, WayForm
from kubelab.labs.explaining.placement import placement_of
from kubelab.labs.explaining.reach import namespaces_of, sources_of, table_of, way_of
from kubelab.labs.keeping import reading
from kubelab.labs.models import Lab


def seen_by(request: HttpRequest, public_id: str) -> Lab:
    """Return a lab that the user may look at.

    Raises:
        Http404: if there is none, or it is none of theirs.
    """
    lab = get_object_or_404(Lab, public_id=public_id)
    if lab.owner_id != request.user.pk and not looking.permit(request.user, lab):
        raise Http404
    return lab


def show(request: HttpRequest, lab: Lab, what: str, /, **context: object) -> HttpResponse:
    """Answer with a fragment for the lab's dialog, or with a page around it."""
    fragment = f"labs/explaining/_{what}.html"
    template = fragment if request.htmx else "labs/explaining/page.html"
    return render(request, template, {"lab": lab, "fragment": fragment, **context})


@login_required
@never_cache
@require_safe
def placement(request: HttpRequest, public_id: str, namespace: str, name: str) -> HttpResponse:
    """Why a Pod is where it is."""
    lab = seen_by(request, public_id)
    with reading(lab.pk) as cluster:
        found = placement_of(cluster, Key(namespace, name))
    return show(request, lab, "placement", namespace=namespace, name=name, placement=found)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reach(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who reaches whom. A POST brings what was seen the last time, so that changes show; it changes nothing."""
    lab = seen_by(request, public_id)
    with reading(lab.pk) as cluster:
        form = ReachForm(request.POST or request.GET, namespaces=namespaces_of(cluster))
        asked = form.cleaned_data if form.is_valid() else {"namespace": "", "before": {}}
        table = table_of(cluster, asked["namespace"], asked["before"])
    outcomes = orjson.dumps(table.outcomes()).decode()
    return show(request, lab, "reach", form=form, namespace=asked["namespace"], table=table, outcomes=outcomes)


@login_required
@never_cache
@require_safe
def way(request: HttpRequest, public_id: str) -> HttpResponse:
    """The way of a request, hop by hop."""
    lab = seen_by(request, public_id)
    with reading(lab.pk) as cluster:
        form = WayForm(request.GET or None, sources=sources_of(cluster))
        walk = way_of(cluster, **form.cleaned_data) if form.is_valid() else None
    return show(request, lab, "way", form=form, walk=walk)
