"""Which cluster a learner wants."""

from typing import Any

from django import forms

from kubelab.cluster.cluster import DEFAULT_PRESET, DEFAULT_VERSION
from kubelab.cluster.presets import load_preset, preset_names
from kubelab.cluster.schema.definitions import VERSIONS


def presets() -> list[tuple[str, str]]:
    """Return the presets that a page offers, with their titles, the smallest first."""
    plans = [load_preset(name) for name in preset_names()]
    return [(plan.name, plan.title) for plan in sorted(plans, key=lambda plan: (len(plan.machines), plan.title))]


class ClusterForm(forms.Form):
    """What a cluster is to be made of; without an answer, what it is made of by default, or was before."""

    preset = forms.ChoiceField(label="Cluster", choices=presets, required=False)
    version = forms.ChoiceField(label="Kubernetes", choices=[(one, f"v{one}") for one in VERSIONS], required=False)

    def __init__(
        self, data: Any = None, *, preset: str = DEFAULT_PRESET, version: str = DEFAULT_VERSION, **options: Any
    ) -> None:
        super().__init__(data, initial={"preset": preset, "version": version}, label_suffix="", **options)

    def chosen(self) -> dict[str, str]:
        """Return what was chosen; the form has to be valid."""
        return {name: self.cleaned_data[name] or self.initial[name] for name in ("preset", "version")}
