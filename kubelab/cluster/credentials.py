"""Client certificates and tokens, as far as the simulation goes: who they are issued to can be read off them.

A certificate is PEM text whose body says its subject in JSON instead of X.509's DER. A token is a JWT as the server
issues it, with a signature drawn from the cluster's seed: who does not know that cannot make one. Whether a token
holds is asked in api/authentication.py.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import textwrap
from datetime import UTC, datetime

from kubelab.cluster.objects import Object
from kubelab.cluster.randomness import Randomness
from kubelab.cluster.user import User

# What a token says that lies in a Secret (pkg/serviceaccount/legacy.go).
LEGACY, LEGACY_ISSUER = "kubernetes.io/serviceaccount/", "kubernetes/serviceaccount"
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def client_certificate(user: User) -> str:
    """Returns PEM text issued to `user`: CN its name, O its groups (authentication/#x509-client-certificates)."""
    groups = [group for group in user.groups if group != "system:authenticated"]
    body = json.dumps({"issuer": {"CN": "kubernetes"}, "subject": {"CN": user.name, "O": groups}})
    return "\n".join((_BEGIN, *textwrap.wrap(base64.b64encode(body.encode()).decode(), 64), _END, ""))


def certificate(user: User, *, issuer: str = "kubernetes", since: float, until: float) -> str:
    """Returns PEM text issued to `user`, valid between two virtual times."""
    groups = [group for group in user.groups if group != "system:authenticated"]
    subject: Object = {"CN": user.name}
    if groups:
        subject["O"] = groups
    body = {"issuer": {"CN": issuer}, "subject": subject, "notBefore": _asn1(since), "notAfter": _asn1(until)}
    encoded = base64.b64encode(json.dumps(body).encode()).decode()
    return "\n".join((_BEGIN, *textwrap.wrap(encoded, 64), _END, ""))


def _asn1(moment: float) -> str:
    """Writes a time as OpenSSL prints it."""
    when = datetime.fromtimestamp(moment, UTC)
    return f"{when:%b} {when.day:2d} {when:%H:%M:%S %Y} GMT"


def expiry(pem: str) -> float | None:
    """Returns until when a certificate is valid, in seconds since the epoch; None where it does not say so."""
    body = _body(pem)
    if body is None or "notAfter" not in body:
        return None
    return datetime.strptime(body["notAfter"], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC).timestamp()


def issuer_of(pem: str) -> str:
    """Returns the common name of a certificate's issuer, "" for what is none of ours."""
    body = _body(pem) or {}
    return str((body.get("issuer") or {}).get("CN", ""))


def _body(pem: str) -> Object | None:
    start, end = pem.find(_BEGIN), pem.find(_END)
    if start < 0 or end < 0:
        return None
    try:
        body = json.loads(base64.b64decode("".join(pem[start + len(_BEGIN) : end].split())))
    except (binascii.Error, ValueError):
        return None
    return body if isinstance(body, dict) else None


def certificate_user(pem: str) -> User | None:
    """Returns whom a certificate was issued to, None for what is no certificate of ours."""
    try:
        subject = (_body(pem) or {})["subject"]
        return User(subject["CN"], (*subject.get("O", ()), "system:authenticated"))
    except (KeyError, TypeError):
        return None


def account_token(random: Randomness, claims: Object) -> str:
    """Returns a ServiceAccount's token that says `claims`."""
    header = {"alg": "RS256", "kid": random.hex(43, "service account key")}
    signed = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{signed}.{_signature(random, signed)}"


def is_genuine(random: Randomness, token: str) -> bool:
    """Tells whether this cluster issued a token."""
    signed, _, signature = token.rpartition(".")
    return hmac.compare_digest(_signature(random, signed).encode(), signature.encode())


def _signature(random: Randomness, signed: str) -> str:
    return _encoded(bytes.fromhex(random.hex(512, "signature", signed)))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")
