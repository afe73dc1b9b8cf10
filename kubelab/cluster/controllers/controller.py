"""What the controllers of kube-controller-manager share.

Source: cmd/kube-controller-manager; each acts as its own ServiceAccount in kube-system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kubelab.cluster.component import Component

if TYPE_CHECKING:
    from kubelab.cluster.cluster import Cluster


class Controller(Component):
    """A component that lives in kube-controller-manager."""

    runs_in = "kube-controller-manager"
    manager = "kube-controller-manager"
    account: ClassVar[str] = ""  # the name of its ServiceAccount

    # A watch event, a sync and the calls it makes take about this long in a quiet cluster.
    pace = 0.02

    def __init__(self, cluster: Cluster) -> None:
        if self.account:
            type(self).user = f"system:serviceaccount:kube-system:{self.account}"
        super().__init__(cluster)
