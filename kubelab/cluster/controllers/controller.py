"""What the controllers of kube-controller-manager share.

Source: cmd/kube-controller-manager; each acts as its own ServiceAccount in kube-system.
"""

from __future__ import annotations

from kubelab.cluster.component import Component


def service_account(name: str) -> str:
    """Returns the user that a ServiceAccount of kube-system acts as."""
    return f"system:serviceaccount:kube-system:{name}"


class Controller(Component):
    """A component that lives in kube-controller-manager."""

    runs_in = "kube-controller-manager"
    manager = "kube-controller-manager"

    # A watch event, a sync and the calls it makes take about this long in a quiet cluster.
    pace = 0.02
