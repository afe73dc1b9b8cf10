"""cluster-autoscaler; what it decides is the matter of kubelab/cluster/autoscaler."""

from __future__ import annotations

from kubelab.cluster.node.image import Image, any_tag
from kubelab.cluster.node.programs.clusterautoscaler import ClusterAutoscaler

PROGRAM = ClusterAutoscaler(
    "cluster-autoscaler",
    (8085,),
    (
        "main.go:655] Cluster Autoscaler {version}",
        "static_autoscaler.go:274] Starting main loop",
    ),
    secure=False,
)
IMAGES = [
    Image(
        "registry.k8s.io/autoscaling/cluster-autoscaler", any_tag, 32.0, programs={"cluster-autoscaler": PROGRAM},
    )
]  # fmt: skip
