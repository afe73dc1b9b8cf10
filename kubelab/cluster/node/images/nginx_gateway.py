"""NGINX Gateway Fabric's image."""

from __future__ import annotations

from kubelab.cluster.node.image import Image, any_tag
from kubelab.cluster.node.programs.gateway_nginx import GatewayNginx

IMAGES = [
    Image(
        repository="ghcr.io/nginx/nginx-gateway-fabric",
        version=any_tag,
        size=32.0,
        user="102",
        entrypoint=("/usr/bin/gateway",),
        programs={"gateway": GatewayNginx()},
    )
]
