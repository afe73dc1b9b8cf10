"""What can be asked about a cluster's network."""

from typing import Any

import orjson
from django import forms

LONGEST_HOST = 253  # a DNS name's limit, RFC 1035
MOST_REMEMBERED = 256 * 1024  # letters of a matrix that a page gives back


class ReachForm(forms.Form):
    """Whose Pods are tried on each other, and what was found the last time."""

    namespace = forms.ChoiceField(label="Namespace", required=False)
    before = forms.CharField(required=False, max_length=MOST_REMEMBERED, widget=forms.HiddenInput)

    def __init__(self, *args: Any, namespaces: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["namespace"].choices = [("", "All but the system's"), *((name, name) for name in namespaces)]

    def clean_before(self) -> dict[str, str]:
        """Read what the page gives back; what cannot be read is nothing."""
        try:
            found = orjson.loads(self.cleaned_data["before"] or "{}")
        except orjson.JSONDecodeError:
            return {}
        return {str(cell): str(outcome) for cell, outcome in found.items()} if isinstance(found, dict) else {}


class WayForm(forms.Form):
    """A request whose way is to be looked at."""

    source = forms.ChoiceField(label="From")
    host = forms.CharField(label="To", max_length=LONGEST_HOST, help_text="A Service, a name or an address")
    port = forms.IntegerField(label="Port", min_value=1, max_value=65535)
    protocol = forms.ChoiceField(label="Protocol", required=False, choices=[("TCP", "TCP"), ("UDP", "UDP")])

    def __init__(self, *args: Any, sources: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [(name, name) for name in sources]

    def clean_protocol(self) -> str:
        return self.cleaned_data["protocol"] or "TCP"
