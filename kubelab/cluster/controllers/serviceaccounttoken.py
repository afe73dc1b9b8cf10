"""Fills Secrets of the type kubernetes.io/service-account-token with a token that does not expire.

Source: pkg/controller/serviceaccount/tokens_controller.go; pkg/serviceaccount/legacy.go (claims); kubernetes.io,
concepts/configuration/secret (ServiceAccount token Secrets).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

from kubelab.cluster.component import Component
from kubelab.cluster.controllers.controller import Controller, service_account
from kubelab.cluster.controllers.rootcacertpublisher import AUTHORITY
from kubelab.cluster.credentials import LEGACY, LEGACY_ISSUER, account_token
from kubelab.cluster.kinds import Secret, ServiceAccount
from kubelab.cluster.objects import Key, Object, annotations_of, key_of, with_metadata
from kubelab.cluster.store import Change

TYPE = "kubernetes.io/service-account-token"
NAME, UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"


def of_type(_component: Component, change: Change) -> Iterable[str]:
    """A Secret of that type."""
    new = change.new
    return (str(key_of(new)),) if new is not None and new.get("type") == TYPE else ()


def gone(component: Component, change: Change) -> Iterable[str]:
    """The token Secrets of an account that was deleted."""
    if change.new is not None or change.old is None:
        return ()
    key = key_of(change.old)
    return tuple(
        str(key_of(secret))
        for secret in component.api.indexed(Secret, "namespace", key.namespace)
        if secret.get("type") == TYPE and annotations_of(secret).get(NAME) == key.name
    )


class ServiceAccountTokens(Controller):
    """Keeps a token in each Secret that is made for one, and deletes it with its account."""

    name = "serviceaccount-token"
    user = service_account("token-controller")
    watches = {Secret: of_type, ServiceAccount: gone}

    def reconcile(self, key: str) -> None:
        """Looks at one Secret."""
        secret = self.api.get(Secret, Key.parse(key))
        if secret is None:
            return
        name, namespace = annotations_of(secret).get(NAME, ""), secret["metadata"]["namespace"]
        account = self.api.get(ServiceAccount, Key(namespace, name))
        if account is None or annotations_of(secret).get(UID, account["metadata"]["uid"]) != account["metadata"]["uid"]:
            self.api.delete(Secret, key_of(secret))
            return
        data = secret.get("data") or {}
        wanted = {"ca.crt": self._authority(), "namespace": _packed(namespace), **data}
        if "token" not in data:
            wanted["token"] = _packed(self._token(secret, account))
        annotations = {**annotations_of(secret), UID: account["metadata"]["uid"]}
        if wanted != data or annotations != annotations_of(secret):
            self.api.update(Secret, with_metadata({**secret, "data": wanted}, annotations=annotations))

    def _authority(self) -> str:
        return _packed(str((self.store.get(AUTHORITY + "/ca.crt") or {"text": ""})["text"]))

    def _token(self, secret: Object, account: Object) -> str:
        metadata, name = secret["metadata"], account["metadata"]["name"]
        claims = {
            "iss": LEGACY_ISSUER,
            f"{LEGACY}namespace": metadata["namespace"],
            f"{LEGACY}secret.name": metadata["name"],
            f"{LEGACY}service-account.name": name,
            f"{LEGACY}service-account.uid": account["metadata"]["uid"],
            "sub": f"system:serviceaccount:{metadata['namespace']}:{name}",
        }
        return account_token(self.cluster.random, claims)


def _packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
