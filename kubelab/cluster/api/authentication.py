"""Whose a bearer token is: a ServiceAccount's, as long as it, its account and what it is bound to hold.

A client certificate that the cluster signed may come as a token too, where somebody else's TLS is in between.

Source: kubernetes.io, reference/access-authn-authz/service-accounts-admin, "Bound service account tokens";
pkg/serviceaccount/claims.go.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kubelab.cluster.api import errors
from kubelab.cluster.api.rbac import ACCOUNT
from kubelab.cluster.authority import certificate_user
from kubelab.cluster.credentials import LEGACY, LEGACY_ISSUER, is_genuine
from kubelab.cluster.kinds import Node, Pod, Secret, ServiceAccount
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Key, labels_of, with_metadata
from kubelab.cluster.user import AUTHENTICATED, User

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

ISSUER = "https://kubernetes.default.svc.cluster.local"
# A client certificate where TLS is not the cluster's own: this word, then the certificate's PEM text in base64url.
CERTIFICATE = "certificate."
LAST_USED = "kubernetes.io/legacy-token-last-used"
EXTRA = "authentication.kubernetes.io/"


def token_user(server: ApiServer, token: str, audiences: Sequence[str] = (ISSUER,)) -> User:
    """Returns whom a token is of.

    Args:
        audiences: whom the token may be meant for; one of them is enough.

    Raises:
        Unauthorized: it is nobody's, is meant for somebody else, or holds no longer.
    """
    if token.startswith(CERTIFICATE):
        return _certificate_user(server, token.removeprefix(CERTIFICATE))
    genuine = token.isascii() and is_genuine(server.random, token)
    claims = _claims(token, server.clock.now) if genuine else None
    if claims is None or not set(audiences) & set(claims["aud"]) or not _holds(server, claims["kubernetes.io"]):
        raise errors.Unauthorized("Unauthorized")
    if claims["iss"] == LEGACY_ISSUER:
        _track(server, claims["kubernetes.io"], token)
    namespace, account = claims["kubernetes.io"]["namespace"], claims["kubernetes.io"]["serviceaccount"]
    groups = (f"{ACCOUNT[:-1]}s", f"{ACCOUNT[:-1]}s:{namespace}", AUTHENTICATED)
    return User(f"{ACCOUNT}{namespace}:{account['name']}", groups, account["uid"], _extra(claims))


def _certificate_user(server: ApiServer, encoded: str) -> User:
    try:
        pem = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise errors.Unauthorized("Unauthorized") from None
    user = certificate_user(server.random, pem, server.clock.now)
    if user is None:
        raise errors.Unauthorized("Unauthorized")
    return user


def _claims(token: str, now: float) -> dict[str, Any] | None:
    """Returns what a token says, None for what is none of ours, or not for now."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        if claims["iss"] == LEGACY_ISSUER:
            return _as_bound(claims)
        account = claims["kubernetes.io"]["serviceaccount"]
        known = isinstance(account["name"], str) and isinstance(claims["kubernetes.io"]["namespace"], str)
        return claims if known and claims["iss"] == ISSUER and claims["nbf"] <= now < claims["exp"] else None
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None


def _as_bound(claims: dict[str, Any]) -> dict[str, Any]:
    """Returns what a token of a Secret says, as a bound token says it; such a token has no end."""
    about = {
        "namespace": claims[f"{LEGACY}namespace"],
        "secret": {"name": claims[f"{LEGACY}secret.name"]},
        "serviceaccount": {
            "name": claims[f"{LEGACY}service-account.name"],
            "uid": claims[f"{LEGACY}service-account.uid"],
        },
    }
    return {"iss": LEGACY_ISSUER, "aud": [ISSUER], "kubernetes.io": about}


def _track(server: ApiServer, about: dict[str, Any], token: str) -> None:
    """Notes on which day a Secret's token was used last, where it is still the Secret's (KEP-2799).

    Raises:
        Unauthorized: the Secret has another token by now.
    """
    secret = server.store.get(Secret.path(Key(about["namespace"], about["secret"]["name"])))
    kept = ((secret or {}).get("data") or {}).get("token", "")
    if secret is None or base64.b64decode(kept).decode("utf-8", "replace") != token:
        raise errors.Unauthorized("Unauthorized")
    today = server.clock.timestamp()[:10]
    if labels_of(secret).get(LAST_USED) != today:
        api = server.client(User("system:apiserver", ("system:masters", AUTHENTICATED)), "kube-apiserver")
        api.update(Secret, with_metadata(secret, labels={**labels_of(secret), LAST_USED: today}))


def _holds(server: ApiServer, about: dict[str, Any]) -> bool:
    """Tells whether the account and what the token ends with are still there."""
    namespace, account = about["namespace"], about["serviceaccount"]
    bound = [(ServiceAccount, Key(namespace, account["name"]), account["uid"])]
    for kind in (Pod, Secret, Node):
        named = about.get(kind.name.lower())
        # A node's name in a Pod's token is told, but the token lives as long as the Pod.
        if named and (kind is not Node or "pod" not in about):
            bound.append((kind, Key(namespace if kind.namespaced else "", named["name"]), named.get("uid")))
    return all(_is_there(server, kind, key, uid) for kind, key, uid in bound)


def _is_there(server: ApiServer, kind: Kind, key: Key, uid: str | None) -> bool:
    found = server.store.get(kind.path(key))
    return found is not None and uid in (found["metadata"]["uid"], None)


def _extra(claims: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Returns what else a token says of its bearer."""
    extra: dict[str, tuple[str, ...]] = {}
    if "jti" in claims:
        extra[f"{EXTRA}credential-id"] = (f"JTI={claims['jti']}",)
    for kind in ("node", "pod"):
        named = claims["kubernetes.io"].get(kind)
        if named:
            extra[f"{EXTRA}{kind}-name"] = (named["name"],)
            extra[f"{EXTRA}{kind}-uid"] = (named["uid"],)
    return extra
