"""The tokens that the kubelet asks for and writes into Pods' volumes: whom they are of, for how long, and when they are
asked for anew.

Nothing is due for that: which token a volume holds follows from the time. Source: pkg/kubelet/token/token_manager.go
(requiresRefresh); pkg/registry/core/serviceaccount/storage/token.go (WarnOnlyBoundTokenExpirationPeriod);
pkg/volume/projected/projected.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubelab.cluster.clock import parse_time
from kubelab.cluster.credentials import account_token
from kubelab.cluster.kinds import ServiceAccount
from kubelab.cluster.objects import Key, Object

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

ISSUER = "https://kubernetes.default.svc.cluster.local"
USUAL = 3600  # seconds that a token holds where nothing is said
WARNED = 3607  # a token for the API server of just this many seconds holds for a year, and is warned of after them
YEAR = 31_536_000
DAY = 86_400  # seconds after which any token is asked for anew
SHARE = 0.8  # of its life, after which it is
NOTICE = 40  # seconds until the kubelet has come by


def issued(container: Container, source: Object) -> int:
    """Returns when the token was asked for that a volume holds now, in seconds since the epoch."""
    first = int(parse_time(container.pod["metadata"]["creationTimestamp"]))
    period = min(SHARE * source.get("expirationSeconds", USUAL), DAY) + NOTICE
    return first + int(max(container.now() - first, 0) // period * period)


def token(container: Container, source: Object) -> str:
    """Returns the Pod's token as TokenRequest gave it: a JWT that says who the Pod is."""
    metadata, since = container.pod["metadata"], issued(container, source)
    account = container.pod["spec"].get("serviceAccountName", "default")
    audience, seconds = source.get("audience") or ISSUER, source.get("expirationSeconds", USUAL)
    is_extended = audience == ISSUER and seconds == WARNED
    about = {
        "namespace": container.namespace,
        "node": {"name": container.node.name, "uid": container.node.uid},
        "pod": {"name": metadata["name"], "uid": container.uid},
        "serviceaccount": {"name": account, "uid": _account_uid(container, account)},
    }
    claims = {
        "aud": [audience],
        "exp": since + (YEAR if is_extended else seconds),
        "iat": since,
        "iss": ISSUER,
        "jti": container.cluster.random.uid("token", container.uid, audience, since),
        "kubernetes.io": {**about, "warnafter": since + seconds} if is_extended else about,
        "nbf": since,
        "sub": f"system:serviceaccount:{container.namespace}:{account}",
    }
    return account_token(container.cluster.random, claims)


def _account_uid(container: Container, name: str) -> str:
    account = container.cluster.store.get(ServiceAccount.path(Key(container.namespace, name)))
    return str(account["metadata"]["uid"]) if account is not None else ""
