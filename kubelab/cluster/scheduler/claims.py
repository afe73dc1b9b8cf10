"""What the plugins that look at Pods' volumes have in common."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.cluster.scheduler.framework import Cycle


class OfClaims:
    """A plugin that has a say in Pods which mount claims, and in no others."""

    def concerns(self, cycle: Cycle) -> bool:
        """Tells whether the Pod mounts claims."""
        return mounts_claims(cycle.info.spec)

    def by_name(self, cycle: Cycle) -> bool:
        """A volume may be at one node alone."""
        return True


def mounts_claims(spec: Object) -> bool:
    """Tells whether a Pod's spec names claims."""
    for volume in spec.get("volumes") or ():
        if "persistentVolumeClaim" in volume or "ephemeral" in volume:
            return True
    return False
