"""The certificate authority of this site and its server's certificate: made once, kept in the data folder.

kubectl sends no token over plain http, so the API needs TLS; and nobody shall have to switch off its checks, so each
kubeconfig carries the authority's certificate. Source: RFC 5280; kubernetes.io, setup/best-practices/certificates.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY, SERVER = "api-authority.pem", "api-server.pem"  # each a key and its certificate
AUTHORITY_HOLDS = timedelta(days=3650)
SERVER_HOLDS = timedelta(days=365)  # some clients take no longer one
RENEWED_BEFORE = timedelta(days=30)
CLOCKS_DIFFER = timedelta(days=1)

Pair = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def authority_certificate(folder: Path) -> str:
    """Return the authority's certificate as PEM text, made now if there is none."""
    return _authority(folder)[1].public_bytes(Encoding.PEM).decode()


def server_certificate(folder: Path, hosts: Iterable[str]) -> Path:
    """Return the file with the server's key and certificate, made anew if it is for other names or ends soon.

    Args:
        folder: where they are kept.
        hosts: names and addresses that the certificate is for.
    """
    path, authority = folder / SERVER, _authority(folder)
    names = _names(hosts)
    if not path.exists() or not _serves(_load(path)[1], authority[1], names):
        _write(path, _issued(authority, names))
    return path


def _authority(folder: Path) -> Pair:
    path = folder / AUTHORITY
    if not path.exists():
        draft = path.with_name(f"{AUTHORITY}.{os.getpid()}")
        _write(draft, _founded())
        try:
            os.link(draft, path)  # unlike a rename, fails when another process was first
        except FileExistsError:
            pass
        draft.unlink()
    return _load(path)


def _load(path: Path) -> Pair:
    pem = path.read_bytes()
    key = load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} holds no key of ours")
    return key, x509.load_pem_x509_certificate(pem)


def _write(path: Path, pair: Pair) -> None:
    """Write key and certificate in one go, readable by their owner alone."""
    draft = path.with_name(f"{path.name}.new.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pair[0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.write(pair[1].public_bytes(Encoding.PEM))
    draft.replace(path)


def _serves(certificate: x509.Certificate, authority: x509.Certificate, names: list[x509.GeneralName]) -> bool:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ends = certificate.not_valid_after_utc
    return list(found) == names and certificate.issuer == authority.subject and ends - RENEWED_BEFORE > _now()


def _names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    names: dict[x509.GeneralName, None] = {}
    for host in hosts:
        try:
            names[x509.IPAddress(ip_address(host.strip("[]")))] = None
        except ValueError:
            if host.isascii() and not host.startswith((".", "*")):
                names[x509.DNSName(host)] = None
    return list(names)


def _founded() -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    # A name of its own: a client that meets two sites' authorities must not take one for the other.
    name = _name("KubeLab", f"KubeLab authority {x509.random_serial_number():x}"[:64])
    uses = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _begun(name, name, key, AUTHORITY_HOLDS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(uses, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _issued(authority: Pair, names: list[x509.GeneralName]) -> Pair:
    key, signing = ec.generate_private_key(ec.SECP256R1()), authority[0]
    certificate = (
        _begun(_name("KubeLab", "KubeLab API"), authority[1].subject, key, SERVER_HOLDS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )
    return key, certificate


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, holds: timedelta
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=_now() - CLOCKS_DIFFER,
        not_valid_after=_now() + holds,
    )


def _name(organization: str, common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _now() -> datetime:
    return datetime.now(UTC)
