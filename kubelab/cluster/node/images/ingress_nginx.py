"""The ingress-nginx controller's image."""

from __future__ import annotations

from kubelab.cluster.node.image import Image, any_tag
from kubelab.cluster.node.layertypes import Files
from kubelab.cluster.node.programs.ingress_nginx import IngressNginx

CONTROLLER = IngressNginx()
LINE = "-" * 79


def _files(version: str) -> Files:
    """The program as one calls it for its version, and the place of a configuration that the lab has no text of."""
    told = (
        f"{LINE}\nNGINX Ingress controller\n  Release:       {version}\n  Build:         KubeLab\n"
        "  Repository:    https://github.com/kubernetes/ingress-nginx\n  nginx version: nginx/1.27.1\n\n" + LINE
    )
    return {
        "/nginx-ingress-controller": {
            "type": "file", "text": f"#!/bin/sh\ncat <<'END'\n{told}\nEND\n", "mode": 0o755,
        },
        "/etc/nginx/nginx.conf": "# KubeLab: the nginx.conf that the controller writes is not simulated\n",
    }  # fmt: skip


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
        files=_files,
        programs={"dumb-init": CONTROLLER, "nginx-ingress-controller": CONTROLLER},
    )
]
