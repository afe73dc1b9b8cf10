"""The ingress-nginx controller's image."""

from __future__ import annotations

from kubelab.cluster.node.image import Image, any_tag
from kubelab.cluster.node.programs.ingress_nginx import IngressNginx

CONTROLLER = IngressNginx()
IMAGES = [
    Image(
        repository="registry.k8s.io/ingress-nginx/controller",
        version=any_tag,
        size=110.0,
        user="101",
        workdir="/etc/nginx",
        entrypoint=("/usr/bin/dumb-init", "--"),
        cmd=("/nginx-ingress-controller",),
        base="alpine",
        tools=("curl",),
        programs={"dumb-init": CONTROLLER, "nginx-ingress-controller": CONTROLLER},
    )
]
