"""Secret: what each of its types has to hold.

Source: pkg/apis/core/validation/validation.go (ValidateSecret); kubernetes.io, concepts/configuration/secret (types).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from kubelab.cluster.kinds.causes import invalid, required
from kubelab.cluster.kinds.kind import Cause
from kubelab.cluster.kinds.names import config_key
from kubelab.cluster.objects import Object, annotations_of

MOST_BYTES = 1024 * 1024
REDACTED = "<secret contents redacted>"
ACCOUNT = "kubernetes.io/service-account.name"
NOT_JSON = "invalid character '{}' looking for beginning of value"


def data_causes(data: Object, path: str) -> list[Cause]:
    """Returns what is wrong with the keys of a ConfigMap's or a Secret's data."""
    return [invalid(f"{path}[{key}]", key, wrong) for key in data for wrong in config_key(key)]


def validate_secret(secret: Object) -> list[Cause]:
    """Returns what is wrong with a Secret."""
    data = secret.get("data") or {}
    causes = data_causes(data, "data")
    if sum(len(base64.b64decode(value or "")) for value in data.values()) > MOST_BYTES:
        causes.append(Cause("FieldValueTooLong", f"Too long: may not be more than {MOST_BYTES} bytes", "data"))
    check = _TYPES.get(secret.get("type", ""))
    return [*causes, *check(secret, data)] if check else causes


def _needs(*keys: str) -> Callable[[Object, Object], list[Cause]]:
    return lambda _secret, data: [required(f"data[{key}]") for key in keys if key not in data]


def _one_of(*keys: str) -> Callable[[Object, Object], list[Cause]]:
    return lambda _secret, data: [] if any(key in data for key in keys) else [required(f"data[{key}]") for key in keys]


def _json(key: str) -> Callable[[Object, Object], list[Cause]]:
    def check(_secret: Object, data: Object) -> list[Cause]:
        if key not in data:
            return [required(f"data[{key}]")]
        text = base64.b64decode(data[key] or "").decode("utf-8", "replace")
        try:
            json.loads(text)
        except ValueError:
            why = NOT_JSON.format(text.lstrip()[0]) if text.strip() else "unexpected end of JSON input"
            return [invalid(f"data[{key}]", REDACTED, why)]
        return []

    return check


def _account(secret: Object, _data: Object) -> list[Cause]:
    named = annotations_of(secret).get(ACCOUNT)
    return [] if named else [required(f"metadata.annotations[{ACCOUNT}]")]


_TYPES: dict[str, Callable[[Object, Object], list[Cause]]] = {
    "kubernetes.io/service-account-token": _account,
    "kubernetes.io/dockercfg": _json(".dockercfg"),
    "kubernetes.io/dockerconfigjson": _json(".dockerconfigjson"),
    "kubernetes.io/basic-auth": _one_of("username", "password"),
    "kubernetes.io/ssh-auth": _needs("ssh-privatekey"),
    "kubernetes.io/tls": _needs("tls.crt", "tls.key"),
}

RULES: dict[str, dict[str, Any]] = {"Secret": {"validate": validate_secret}}
