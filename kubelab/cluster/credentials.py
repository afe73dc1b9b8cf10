"""Client certificates and tokens, as far as the simulation goes: who they are issued to can be read off them.

A certificate is PEM text whose body says its subject in JSON instead of X.509's DER. Nothing is signed here:
a learner can reach one cluster only, their own.
"""

from __future__ import annotations

import base64
import binascii
import json
import textwrap

from kubelab.cluster.user import User

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def client_certificate(user: User) -> str:
    """Returns PEM text issued to `user`: CN its name, O its groups (authentication/#x509-client-certificates)."""
    groups = [group for group in user.groups if group != "system:authenticated"]
    body = json.dumps({"issuer": {"CN": "kubernetes"}, "subject": {"CN": user.name, "O": groups}})
    return "\n".join((_BEGIN, *textwrap.wrap(base64.b64encode(body.encode()).decode(), 64), _END, ""))


def certificate_user(pem: str) -> User | None:
    """Returns whom a certificate was issued to, None for what is no certificate of ours."""
    start, end = pem.find(_BEGIN), pem.find(_END)
    if start < 0 or end < 0:
        return None
    try:
        subject = json.loads(base64.b64decode("".join(pem[start + len(_BEGIN) : end].split())))["subject"]
        return User(subject["CN"], (*subject.get("O", ()), "system:authenticated"))
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None
