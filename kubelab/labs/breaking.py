"""The page from which a learner breaks something in their own cluster, to see what comes of it."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kubelab.cluster.cluster import Cluster
from kubelab.cluster.faults import FAULTS, FaultError, inject
from kubelab.labs.explaining.views import show
from kubelab.labs.keeping import NotKept, reading
from kubelab.labs.models import Lab
from kubelab.labs.visits import visit

MOST_TARGETS = 60  # that are offered; any other may be typed


class FaultForm(forms.Form):
    """A fault, and what it happens to."""

    fault = forms.ChoiceField(label="What happens", choices=[(fault.name, fault.summary) for fault in FAULTS.values()])
    target = forms.CharField(label="To what", max_length=300, widget=forms.TextInput({"list": "fault-targets"}))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def faults(request: HttpRequest, public_id: str) -> HttpResponse:
    """What can be broken; a POST breaks it. Nobody but its owner breaks a cluster."""
    lab = get_object_or_404(Lab, public_id=public_id, owner=request.user)
    form, done = FaultForm(request.POST or None, initial={"fault": request.GET.get("fault", "")}), ""
    if form.is_valid():
        line = f"{form.cleaned_data['fault']} {form.cleaned_data['target']}"
        try:
            visit(lab.pk, lambda act: inject(act.cluster, line))
            done = line
        except (FaultError, NotKept) as error:
            form.add_error("target", str(error))
    chosen = form["fault"].value() or next(iter(FAULTS))
    with reading(lab.pk) as cluster:
        targets = targets_of(cluster, str(chosen))
    return show(request, lab, "faults", form=form, done=done, chosen=chosen, targets=targets)


def targets_of(cluster: Cluster, fault: str) -> list[str]:
    """Return some of what a fault can happen to, of the cluster as it is."""
    return list(FAULTS[fault].targets(cluster))[:MOST_TARGETS] if fault in FAULTS else []
