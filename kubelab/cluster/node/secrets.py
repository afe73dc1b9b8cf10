"""The content of Secrets as containers get it."""

from __future__ import annotations

import base64
import binascii

from kubelab.cluster.objects import Object


def decoded(secret: Object) -> dict[str, str]:
    """Returns a Secret's data as text; bytes that are no UTF-8 become surrogates (PEP 383)."""
    return {key: decode(value) for key, value in (secret.get("data") or {}).items()}


def decode(value: str) -> str:
    """Decodes one value."""
    try:
        return base64.b64decode(value or "").decode("utf-8", "replace")
    except binascii.Error:
        return ""
