"""Makes a cluster as kubeadm makes it: machines, static Pods, add-ons, the objects that tie them together.

Source: cmd/kubeadm/app/phases; kubernetes.io, reference/setup-tools/kubeadm/implementation-details.
"""

from __future__ import annotations

from kubelab.cluster.kubeadm.init import bootstrap

__all__ = ["bootstrap"]
