"""openssl x509: what a certificate in X.509's own form says. Source: openssl-x509(1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from kubelab.terminal.tool import Context, Exit
from kubelab.terminal.tools.openssl_keys import shown

if TYPE_CHECKING:
    from cryptography import x509


def show(ctx: Context, pem: str, wanted: list[str]) -> None:
    """Writes what is asked of a certificate, in the order in which it is asked.

    Args:
        wanted: options of openssl x509, such as -subject and -enddate.
    """
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise Exit(1, "Unable to load certificate\n") from None
    for option in wanted:
        if option == "-text":
            ctx.write(_text(found))
        elif option == "-dates":
            ctx.write(f"notBefore={_time(found.not_valid_before_utc)}\nnotAfter={_time(found.not_valid_after_utc)}\n")
        else:
            ctx.print(_line(found, option))


def _line(found: x509.Certificate, option: str) -> str:
    if option == "-subject":
        return f"subject={shown(found.subject)}"
    if option == "-issuer":
        return f"issuer={shown(found.issuer)}"
    if option == "-serial":
        return f"serial={found.serial_number:X}"
    if option == "-startdate":
        return f"notBefore={_time(found.not_valid_before_utc)}"
    return f"notAfter={_time(found.not_valid_after_utc)}"


def _time(moment: datetime) -> str:
    return f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S %Y} GMT"


def _text(found: x509.Certificate) -> str:
    digits = f"{found.serial_number:x}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    serial = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    lines = [
        "Certificate:",
        "    Data:",
        "        Version: 3 (0x2)",
        "        Serial Number:",
        f"            {serial}",
        "        Signature Algorithm: sha256WithRSAEncryption",
        f"        Issuer: {shown(found.issuer)}",
        "        Validity",
        f"            Not Before: {_time(found.not_valid_before_utc)}",
        f"            Not After : {_time(found.not_valid_after_utc)}",
        f"        Subject: {shown(found.subject)}",
        *_extensions(found),
    ]
    return "\n".join(lines) + "\n"


def _extensions(found: x509.Certificate) -> list[str]:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    lines: list[str] = []
    for extension in found.extensions:
        value, mark = extension.value, " critical" if extension.critical else ""
        if isinstance(value, x509.KeyUsage):
            names = (("digital_signature", "Digital Signature"), ("key_encipherment", "Key Encipherment"))
            lines += [f"            X509v3 Key Usage:{mark}", f"                {_list(value, names)}"]
        elif isinstance(value, x509.ExtendedKeyUsage):
            known = {
                ExtendedKeyUsageOID.CLIENT_AUTH: "TLS Web Client Authentication",
                ExtendedKeyUsageOID.SERVER_AUTH: "TLS Web Server Authentication",
            }
            uses = ", ".join(known.get(use, use.dotted_string) for use in value)
            lines += [f"            X509v3 Extended Key Usage:{mark}", f"                {uses}"]
        elif isinstance(value, x509.BasicConstraints):
            lines += [f"            X509v3 Basic Constraints:{mark}", f"                CA:{str(value.ca).upper()}"]
        elif isinstance(value, x509.SubjectAlternativeName):
            called = [f"DNS:{name}" for name in value.get_values_for_type(x509.DNSName)]
            called += [f"IP Address:{address}" for address in value.get_values_for_type(x509.IPAddress)]
            lines += [f"            X509v3 Subject Alternative Name:{mark}", f"                {', '.join(called)}"]
    return ["        X509v3 extensions:", *lines] if lines else []


def _list(value: x509.KeyUsage, names: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(words for name, words in names if getattr(value, name))
