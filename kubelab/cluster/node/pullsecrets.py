"""Images that only those may pull who log in, and the Secrets that say how.

Private is, of the public registries' repositories, whose name says so (`janedoe/jdoe-private`). Any user and password
are good, but for a password that is named as a wrong one. Source: kubernetes.io, tasks/configure-pod-container/
pull-image-private-registry; pkg/kubelet/kubelet_pods.go (getPullSecretsForPod); pkg/credentialprovider/config.go.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

from kubelab.cluster.kinds import Secret
from kubelab.cluster.node.image import ABSENT
from kubelab.cluster.node.podwork import PodWork
from kubelab.cluster.node.reference import Reference
from kubelab.cluster.node.registry import denied
from kubelab.cluster.objects import Key, Object

PRIVATE = re.compile(r"(^|[/_.-])private([/_.-]|$)")
HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
TYPES = {"kubernetes.io/dockerconfigjson": ".dockerconfigjson", "kubernetes.io/dockercfg": ".dockercfg"}
WRONG = "failed to authorize: failed to fetch oauth token: unexpected status from POST request to {}: 401 Unauthorized"
TOKENS = "https://auth.docker.io/token"


def is_private(reference: Reference) -> bool:
    """Tells whether one has to log in to pull an image."""
    return PRIVATE.search(reference.path) is not None


def tell_missing(work: PodWork) -> None:
    """Says which of a Pod's pull Secrets are not there."""
    named = [each.get("name", "") for each in work.pod["spec"].get("imagePullSecrets") or ()]
    missing = [name for name in named if work.node.api.get(Secret, Key(work.key.namespace, name)) is None]
    if missing:
        why = f"Unable to retrieve some image pull secrets ({', '.join(missing)})"
        message = f"{why}; attempting to pull the image may not succeed."
        work.event("Warning", "FailedToRetrieveImagePullSecret", message)


def refusal(work: PodWork, reference: Reference) -> str:
    """Returns why a registry does not let a Pod's node pull an image, "" where it does."""
    if not is_private(reference):
        return ""
    passwords = list(_passwords(work, reference))
    if not passwords:
        return str(denied(reference))
    if all(not password or ABSENT.search(password) for password in passwords):
        return str(denied(reference, WRONG.format(TOKENS)))
    return ""


def _passwords(work: PodWork, reference: Reference) -> Iterator[str]:
    """Yields the passwords for an image's registry in the Pod's pull Secrets."""
    for named in work.pod["spec"].get("imagePullSecrets") or ():
        secret = work.node.api.get(Secret, Key(work.key.namespace, named.get("name", "")))
        for registry, entry in _logins(secret or {}).items():
            host = registry.partition("://")[2] or registry
            host = host.partition("/")[0]
            if host == reference.domain or (reference.domain == "docker.io" and host in HUB):
                yield _password(entry)


def _logins(secret: Object) -> Object:
    field = TYPES.get(secret.get("type", ""))
    text = (secret.get("data") or {}).get(field or "")
    if not text:
        return {}
    try:
        found = json.loads(base64.b64decode(text))
    except ValueError:
        return {}
    logins = found.get("auths", {}) if field == ".dockerconfigjson" else found
    return logins if isinstance(logins, dict) else {}


def _password(entry: Object) -> str:
    if entry.get("password"):
        return str(entry["password"])
    try:
        return base64.b64decode(entry.get("auth", "")).decode().partition(":")[2]
    except ValueError:
        return ""
