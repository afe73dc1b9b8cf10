"""The network that requests are walked through: addresses, bridges, overlay, Services' rules, names, policies."""

from kubelab.cluster.network.attachments import Attachment
from kubelab.cluster.network.network import Network
from kubelab.cluster.network.place import WORKSTATION, Place
from kubelab.cluster.network.reachability import Matrix, trace, who_reaches_whom
from kubelab.cluster.network.walk import Hop, Target, Walk

__all__ = [
    "WORKSTATION",
    "Attachment",
    "Hop",
    "Matrix",
    "Network",
    "Place",
    "Target",
    "Walk",
    "trace",
    "who_reaches_whom",
]
