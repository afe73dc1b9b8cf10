"""The kubeconfig with which a learner's own client reaches their cluster.

Source: kubernetes.io, reference/config-api/kubeconfig.v1.
"""

import base64
import re
from urllib.parse import urlsplit

import yaml
from django.conf import settings

from kubelab.labs.gateway.certificates import authority_certificate
from kubelab.labs.gateway.tokens import admin_token
from kubelab.labs.models import Lab

EVERYWHERE = ("0.0.0.0", "::", "")


def server_of(lab: Lab, host: str = "") -> str:
    """Return the address of a lab's API.

    Args:
        host: the name by which this site was reached; without it, the one that the settings tell.
    """
    root = settings.API_URL.rstrip("/") or f"https://{_host(host)}:{settings.API_PORT}"
    return f"{root}/clusters/{lab.public_id}"


def _host(asked: str) -> str:
    usual = "127.0.0.1" if settings.HOST in EVERYWHERE else settings.HOST
    host = asked or urlsplit(settings.PUBLIC_URL).hostname or usual
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def name_of(lab: Lab) -> str:
    """Return the name of the cluster and its context: one that can stand beside others."""
    return f"kubelab-{re.sub('[^a-z0-9]+', '-', lab.name.lower()).strip('-') or lab.public_id}"


def kubeconfig(lab: Lab, host: str = "") -> str:
    """Return the text of the kubeconfig.

    Args:
        host: see `server_of`.
    """
    name, cluster = name_of(lab), {"server": server_of(lab, host)}
    if not settings.API_URL:  # else a proxy stands in front, with a certificate that clients trust already
        authority = base64.b64encode(authority_certificate(settings.DATA_DIR).encode()).decode()
        cluster = {"certificate-authority-data": authority, **cluster}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": f"{name}-admin", "user": {"token": admin_token(lab)}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": f"{name}-admin"}}],
        "current-context": name,
    }
    return yaml.safe_dump(config, sort_keys=False, width=10_000)
