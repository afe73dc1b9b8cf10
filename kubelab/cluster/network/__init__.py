"""The network that requests are walked through: addresses, bridges, overlay, Services' rules, names, policies."""

from kubelab.cluster.network.attachments import Attachment, NetworkSetupError
from kubelab.cluster.network.network import Network
from kubelab.cluster.network.place import WORKSTATION, Place
from kubelab.cluster.network.sockets import Listener, Sockets
from kubelab.cluster.network.walk import Hop, Target, Walk

__all__ = [
    "WORKSTATION",
    "Attachment",
    "Hop",
    "Listener",
    "Network",
    "NetworkSetupError",
    "Place",
    "Sockets",
    "Target",
    "Walk",
]
