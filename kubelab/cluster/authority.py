"""The cluster's certificate authority, as far as certificates are asked of it: signs requests, knows its own.

The key is drawn from the cluster's seed when the first certificate is signed; the certificates are X.509 as any
tool reads them. Those that kubeadm makes at a cluster's birth are of the lab's own form (credentials.py).
Source: pkg/controller/certificates/signer, pkg/controller/certificates/authority; RFC 5280.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from kubelab.cluster.randomness import Randomness
from kubelab.cluster.rsakeys import drawn_key
from kubelab.cluster.user import AUTHENTICATED, User

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

NAME = "kubernetes"
BITS = 2048
BACKDATED = 300.0  # seconds, for clocks that differ
KEY_USAGES = {
    "digital signature": "digital_signature",
    "content commitment": "content_commitment",
    "key encipherment": "key_encipherment",
    "data encipherment": "data_encipherment",
    "key agreement": "key_agreement",
    "cert sign": "key_cert_sign",
    "crl sign": "crl_sign",
    "encipher only": "encipher_only",
    "decipher only": "decipher_only",
}
EXTENDED = {"server auth": "SERVER_AUTH", "client auth": "CLIENT_AUTH"}


class RequestError(ValueError):
    """What is no request for a certificate; the text is the server's."""


def key(random: Randomness) -> RSAPrivateKey:
    """Returns the authority's key."""
    return _key(random.hex(64, "certificate authority"))


@lru_cache(maxsize=16)
def _key(secret: str) -> RSAPrivateKey:
    source = Randomness(0)

    def draw(count: int, what: str) -> bytes:
        return bytes.fromhex(source.hex(count * 2, secret, what))

    return drawn_key(draw, BITS)


def read_request(pem: bytes) -> x509.CertificateSigningRequest:
    """Reads a request (PKCS#10), whose signature has to be its own key's.

    Raises:
        RequestError: it is none.
    """
    from cryptography import x509

    if b"-----BEGIN CERTIFICATE REQUEST-----" not in pem and b"-----BEGIN NEW CERTIFICATE REQUEST-----" not in pem:
        raise RequestError("PEM block type must be CERTIFICATE REQUEST")
    try:
        request = x509.load_pem_x509_csr(pem)
        genuine = request.is_signature_valid
    except ValueError as error:
        raise RequestError(f"asn1: structure error: {str(error).splitlines()[0]}") from None
    if not genuine:
        raise RequestError("crypto/rsa: verification error")
    return request


def subject_of(request: x509.CertificateSigningRequest) -> tuple[str, tuple[str, ...]]:
    """Returns the common name and the organizations of a request."""
    return _subject(request.subject)


def _subject(name: x509.Name) -> tuple[str, tuple[str, ...]]:
    from cryptography.x509.oid import NameOID

    common = [str(part.value) for part in name.get_attributes_for_oid(NameOID.COMMON_NAME)]
    groups = tuple(str(part.value) for part in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))
    return common[-1] if common else "", groups


def signed(
    random: Randomness, request: x509.CertificateSigningRequest, usages: Iterable[str], now: float, seconds: float,
    serial: str,
) -> str:  # fmt: skip
    """Returns the certificate for a request, as PEM text.

    Args:
        usages: what it may be used for, in the API's words.
        now, seconds: when it is signed, in seconds since the epoch, and how long it holds from then on.
        serial: what its number is drawn from.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    authority, wanted = key(random), set(usages)
    begun = datetime.fromtimestamp(now - BACKDATED, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]))
        .public_key(request.public_key())
        .serial_number(int(random.hex(32, "serial", serial), 16) >> 1)
        .not_valid_before(begun)
        .not_valid_after(datetime.fromtimestamp(now, UTC).replace(microsecond=0) + timedelta(seconds=seconds))
    )
    if wanted & set(KEY_USAGES):
        builder = builder.add_extension(_key_usage(wanted), critical=True)
    extended = [getattr(ExtendedKeyUsageOID, name) for usage, name in EXTENDED.items() if usage in wanted]
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    builder = builder.add_extension(identifier, critical=False)
    for extension in request.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            builder = builder.add_extension(extension.value, critical=extension.critical)
    return builder.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _key_usage(wanted: set[str]) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(**{name: usage in wanted for usage, name in KEY_USAGES.items()})


def certificate_user(random: Randomness, pem: str, now: float) -> User | None:
    """Returns whom a certificate of this authority names, None for one of another, or one that does not hold now."""
    if not _is_der(pem):
        return None
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        algorithm = certificate.signature_hash_algorithm
        if algorithm is None:
            return None
        content = certificate.tbs_certificate_bytes
        key(random).public_key().verify(certificate.signature, content, PKCS1v15(), algorithm)
    except (ValueError, InvalidSignature):
        return None
    moment = datetime.fromtimestamp(now, UTC)
    if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
        return None
    name, groups = _subject(certificate.subject)
    return User(name, (*groups, AUTHENTICATED))


def _is_der(pem: str) -> bool:
    """Tells X.509 from the lab's own form, which is JSON, before anything is loaded that reads it."""
    body = pem.partition("-----BEGIN CERTIFICATE-----")[2].partition("-----END")[0]
    try:
        return base64.b64decode("".join(body.split())[:4]).startswith(b"\x30")
    except binascii.Error:
        return False
