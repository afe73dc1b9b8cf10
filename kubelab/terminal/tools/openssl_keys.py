"""openssl genrsa, genpkey, rsa, pkey, req: keys, requests for certificates, and certificates that sign themselves.

Keys are drawn as everything is in a lab, so that the same session makes the same ones. What comes out is PEM that any
tool reads. Source: openssl-genrsa(1), openssl-req(1).
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.rsakeys import drawn_key
from kubelab.terminal.options import refuse
from kubelab.terminal.tool import Context, Exit

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

BITS, MOST_BITS = 2048, 4096
NAMES = {"CN": "COMMON_NAME", "O": "ORGANIZATION_NAME", "OU": "ORGANIZATIONAL_UNIT_NAME", "C": "COUNTRY_NAME",
         "ST": "STATE_OR_PROVINCE_NAME", "L": "LOCALITY_NAME", "emailAddress": "EMAIL_ADDRESS"}  # fmt: skip
FLAGS = ("-nodes", "-noenc", "-new", "-x509", "-batch", "-verbose", "-sha256", "-sha384", "-sha512", "-utf8", "-pubout",
         "-noout", "-text", "-subject", "-traditional", "-check")  # fmt: skip


def options_of(args: list[str]) -> tuple[dict[str, str], set[str], list[str]]:
    """Returns options with a value, those without, and other words."""
    values: dict[str, str] = {}
    flags, words, left = set[str](), list[str](), list(args)
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            words.append(word)
        elif word in FLAGS or not left:
            flags.add(word)
        elif word in ("-addext", "-pkeyopt"):
            values[word] = f"{values[word]}\n{left[0]}" if word in values else left[0]
            left.pop(0)
        else:
            values[word] = left.pop(0)
    return values, flags, words


def genrsa(ctx: Context, args: list[str]) -> int:
    """Writes a new private key."""
    values, _flags, words = options_of(args)
    bits = next((int(word) for word in words if word.isdigit()), BITS)
    _write(ctx, values.get("-out"), _private(_drawn(ctx, bits)))
    return 0


def genpkey(ctx: Context, args: list[str]) -> int:
    """Writes a new private key of an algorithm."""
    values, _flags, _words = options_of(args)
    if values.get("-algorithm", "").upper() != "RSA":
        refuse(ctx, f"openssl genpkey -algorithm {values.get('-algorithm', '')}")
    found = re.search(r"rsa_keygen_bits:(\d+)", values.get("-pkeyopt", ""))
    _write(ctx, values.get("-out"), _private(_drawn(ctx, int(found[1]) if found else BITS)))
    return 0


def pkey(ctx: Context, args: list[str]) -> int:
    """Writes a key as it is, or its public part."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    values, flags, _words = options_of(args)
    key = _read_key(ctx, values.get("-in", ""))
    if "-pubout" in flags:
        text = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    elif "-noout" in flags:
        text = "RSA key ok\n" if "-check" in flags else ""
    else:
        text = _private(key)
    _write(ctx, values.get("-out"), text)
    return 0


def req(ctx: Context, args: list[str]) -> int:
    """Writes a request for a certificate, or with -x509 a certificate that signs itself; reads a request with -in."""
    values, flags, _words = options_of(args)
    if "-in" in values:
        return _show_request(ctx, values, flags)
    if "-key" in values:
        key = _read_key(ctx, values["-key"])
    elif "-newkey" in values:
        key = _drawn(ctx, int(values["-newkey"].partition(":")[2] or BITS))
        _write(ctx, values.get("-keyout", "privkey.pem"), _private(key))
    else:
        refuse(ctx, "openssl req without -key or -newkey")
    if "-subj" not in values:
        refuse(ctx, "openssl req without -subj: it would ask for each part of the name")
    subject, names = _name(values["-subj"]), _alternatives(values.get("-addext", ""))
    text = _self_signed(ctx, key, subject, names, values) if "-x509" in flags else _request(key, subject, names)
    _write(ctx, values.get("-out"), text)
    return 0


def _drawn(ctx: Context, bits: int) -> RSAPrivateKey:
    if not 512 <= bits <= MOST_BITS:
        refuse(ctx, f"a key of {bits} bits")
    kernel, pid = ctx.shell.kernel, ctx.shell.pid
    return drawn_key(lambda count, what: kernel.random_bytes(count, "openssl", pid, ctx.now, what), bits)


def _private(key: RSAPrivateKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _read_key(ctx: Context, path: str) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey as Rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(ctx.read_file(path).encode(), None)
    except FileError as error:
        raise Exit(1, f"Could not open file or uri for loading private key from {path}: {error.reason}\n") from None
    except (ValueError, TypeError):
        raise Exit(1, f"Could not find private key from {path}\n") from None
    if not isinstance(key, Rsa):
        refuse(ctx, "openssl with a key that is not RSA's")
    return key


def _write(ctx: Context, path: str | None, text: str) -> None:
    if not path:
        ctx.write(text)
        return
    try:
        ctx.files.write(ctx.path(path), text)
    except FileError as error:
        raise Exit(1, f'Can\'t open "{path}" for writing, {error.reason}\n') from None


def _name(text: str) -> x509.Name:
    """Reads a subject such as /CN=jane/O=dev."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    parts = []
    for part in re.split(r"(?<!\\)/", text.removeprefix("/")):
        name, _, value = part.partition("=")
        if name not in NAMES:
            raise Exit(1, f'req: Skipping unknown subject name attribute "{name}"\n')
        parts.append(x509.NameAttribute(getattr(NameOID, NAMES[name]), value.replace("\\/", "/")))
    return x509.Name(parts)


def _alternatives(text: str) -> list[x509.GeneralName]:
    from cryptography import x509

    found = re.search(r"subjectAltName\s*=\s*([^\n]+)", text)
    names: list[x509.GeneralName] = []
    for part in found[1].split(",") if found else ():
        kind, _, value = part.strip().partition(":")
        if kind == "IP":
            names.append(x509.IPAddress(ipaddress.ip_address(value)))
        elif kind == "DNS":
            names.append(x509.DNSName(value))
    return names


def _request(key: RSAPrivateKey, subject: x509.Name, names: list[x509.GeneralName]) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _self_signed(
    ctx: Context, key: RSAPrivateKey, subject: x509.Name, names: list[x509.GeneralName], values: dict[str, str]
) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    begun = datetime.fromtimestamp(int(ctx.now), UTC)
    serial = int.from_bytes(ctx.shell.kernel.random_bytes(16, "openssl serial", ctx.shell.pid, ctx.now), "big") >> 1
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begun)
        .not_valid_after(begun + timedelta(days=int(values.get("-days", "30"))))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _show_request(ctx: Context, values: dict[str, str], flags: set[str]) -> int:
    from cryptography import x509

    path = values["-in"]
    try:
        pem = ctx.read_file(path)
        request = x509.load_pem_x509_csr(pem.encode())
    except FileError as error:
        raise Exit(1, f'Can\'t open "{path}" for reading, {error.reason}\n') from None
    except ValueError:
        raise Exit(1, "Unable to load X509 request\n") from None
    if "-subject" in flags:
        ctx.print(f"subject={shown(request.subject)}")
    if "-text" in flags:
        ctx.write(
            f"Certificate Request:\n    Data:\n        Version: 1 (0x0)\n        Subject: {shown(request.subject)}\n"
        )
    if "-noout" not in flags:
        ctx.write(pem)
    return 0


def shown(name: x509.Name) -> str:
    """Writes a name as OpenSSL does: CN = jane, O = dev."""
    from cryptography.x509.oid import NameOID

    words = {getattr(NameOID, attribute): word for word, attribute in NAMES.items()}
    return ", ".join(f"{words.get(part.oid, part.oid.dotted_string)} = {part.value!s}" for part in name)
