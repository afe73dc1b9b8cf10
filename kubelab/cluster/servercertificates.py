"""Certificates of web servers: what of them is read from Secrets, and what everybody gets who has none.

The lab's own are PEM texts whose body says their subject in JSON (credentials.py); those that openssl makes are X.509.
"""

from __future__ import annotations

import base64
import binascii
import json
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING

from kubelab.cluster.objects import Object

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def made(subject: Object, issuer: Object | None = None, names: tuple[str, ...] = (), **dates: str) -> str:
    """Returns a certificate as PEM text.

    Args:
        subject: "CN", "O" ...
        issuer: who signed it; itself where that is None.
        names: the DNS names that it is for besides the subject's.
        dates: "notBefore" and "notAfter" as OpenSSL prints them.
    """
    body: Object = {"issuer": issuer or subject, "subject": subject, **dates}
    if names:
        body["subjectAltName"] = list(names)
    encoded = base64.b64encode(json.dumps(body).encode()).decode()
    return "\n".join((BEGIN, *textwrap.wrap(encoded, 64), END, ""))


@lru_cache(maxsize=256)
def read(pem: str) -> Object | None:
    """Returns what the first certificate of a text says, as `made` takes it; None for a text that holds none."""
    start, end = pem.find(BEGIN), pem.find(END)
    if start < 0 or end < 0:
        return None
    try:
        der = base64.b64decode("".join(pem[start + len(BEGIN) : end].split()), validate=True)
        found = _x509(der) if der.startswith(b"\x30") else json.loads(der)
    except (ValueError, binascii.Error):
        return None
    return found if isinstance(found, dict) else None


def _x509(der: bytes) -> Object:
    """Reads a certificate as openssl makes it.

    Raises:
        ValueError: if it is none.
    """
    from cryptography import x509  # it is slow to come, and few clusters have such a certificate

    found = x509.load_der_x509_certificate(der)
    body: Object = {
        "subject": _named(found.subject),
        "issuer": _named(found.issuer),
        "notBefore": _asn1(found.not_valid_before_utc),
        "notAfter": _asn1(found.not_valid_after_utc),
    }
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return body
    return {**body, "subjectAltName": names.get_values_for_type(x509.DNSName)}


def _named(name: x509.Name) -> Object:
    return {attribute.rfc4514_attribute_name: str(attribute.value) for attribute in name}


def _asn1(moment: datetime) -> str:
    return f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S %Y} GMT"


def certificate_in(secret: Object | None) -> str:
    """Returns the certificate of a Secret of type kubernetes.io/tls, "" where there is none."""
    text = ((secret or {}).get("data") or {}).get("tls.crt", "")
    try:
        return base64.b64decode(text).decode()
    except (ValueError, UnicodeDecodeError):
        return ""


def names_of(pem: str) -> list[str]:
    """Returns the names that a certificate is for."""
    body = read(pem) or {}
    names = [name.removeprefix("DNS:") for name in body.get("subjectAltName") or ()]
    common = (body.get("subject") or {}).get("CN", "")
    return names or ([common] if common else [])


def is_for(pem: str, host: str) -> bool:
    """Tells whether a certificate is for a host."""
    return any(name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:]) for name in names_of(pem))


def is_self_signed(pem: str) -> bool:
    """Tells whether a certificate names itself as who signed it."""
    body = read(pem) or {}
    return body.get("issuer") == body.get("subject")


def is_signed_by(pem: str, authorities: str) -> bool:
    """Tells whether one of some certificates is, or signed, a certificate."""
    issuer = (read(pem) or {}).get("issuer")
    for text in authorities.split(END):
        found = read(text + END)
        if found is not None and found.get("subject") == issuer:
            return True
    return False


FAKE = made({"O": "Acme Co", "CN": "Kubernetes Ingress Controller Fake Certificate"}, names=("ingress.local",))
