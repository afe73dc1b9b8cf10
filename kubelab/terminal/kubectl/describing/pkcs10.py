"""Requests for certificates, as openssl makes them: who is to be named, read from PEM and DER (RFC 2986, RFC 5280).

Signatures are not looked at.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_PEM = re.compile(
    r"-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----(.*?)-----END (?:NEW )?CERTIFICATE REQUEST-----", re.DOTALL
)
_SUBJECT = {
    "2.5.4.3": "Common Name",
    "2.5.4.5": "Serial Number",
    "2.5.4.6": "Country",
    "2.5.4.7": "Locality",
    "2.5.4.8": "Province",
    "2.5.4.9": "StreetAddress",
    "2.5.4.10": "Organization",
    "2.5.4.11": "Organizational Unit",
    "2.5.4.17": "PostalCode",
}
_ALTERNATIVES = {0x81: "Email Addresses", 0x82: "DNS Names", 0x86: "URIs", 0x87: "IP Addresses"}
_ALTERNATIVE_NAMES = "2.5.29.17"
_SEQUENCE, _OCTETS, _OBJECT, _ATTRIBUTES = 0x30, 0x04, 0x06, 0xA0


class ParseError(ValueError):
    """What is no request for a certificate."""


@dataclass
class CertificateRequest:
    """Whom a certificate is to name: parts of the subject, and alternative names, by their labels."""

    subject: dict[str, list[str]] = field(default_factory=dict)
    alternatives: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        """Returns the last value of a part of the subject, which counts, "" where there is none."""
        return self.subject.get(name, [""])[-1]


def parse(pem: bytes) -> CertificateRequest:
    """Reads a request.

    Raises:
        ParseError: it is none.
    """
    found = _PEM.search(pem.decode(errors="replace"))
    if found is None:
        raise ParseError("PEM block type must be CERTIFICATE REQUEST")
    try:
        return _read(base64.b64decode("".join(found[1].split())))
    except (binascii.Error, IndexError, StopIteration, ValueError):
        raise ParseError("asn1: structure error: tags don't match") from None


def _read(der: bytes) -> CertificateRequest:
    request = CertificateRequest()
    information = next(_elements(next(_elements(der))[1]))[1]
    for place, (tag, content) in enumerate(_elements(information)):
        if place == 1:
            _subject(request, content)
        elif tag == _ATTRIBUTES:
            _attributes(request, content)
    return request


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Yields tag and content of each element."""
    at = 0
    while at < len(der):
        tag, length = der[at], der[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(der[at : at + size], "big")
            at += size
        if at + length > len(der):
            raise ParseError
        yield tag, der[at : at + length]
        at += length


def _object_identifier(content: bytes) -> str:
    parts, number = [content[0] // 40, content[0] % 40], 0
    for byte in content[1:]:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(number)
            number = 0
    return ".".join(map(str, parts))


def _subject(request: CertificateRequest, content: bytes) -> None:
    for _, names in _elements(content):
        for _, pair in _elements(names):
            (_, identifier), (_, value) = _elements(pair)
            label = _SUBJECT.get(_object_identifier(identifier))
            if label is not None:
                request.subject.setdefault(label, []).append(value.decode(errors="replace"))


def _attributes(request: CertificateRequest, content: bytes) -> None:
    """Finds the alternative names among the extensions that are asked for."""
    for tag, inner in _elements(content):
        parts = list(_elements(inner)) if tag & 0x20 else []
        if parts and parts[0][0] == _OBJECT and _object_identifier(parts[0][1]) == _ALTERNATIVE_NAMES:
            _alternatives(request, parts[-1][1])
        elif parts:
            _attributes(request, inner)


def _alternatives(request: CertificateRequest, content: bytes) -> None:
    for tag, value in _elements(next(_elements(content))[1]):
        label = _ALTERNATIVES.get(tag)
        if label == "IP Addresses":
            request.alternatives.setdefault(label, []).append(str(ipaddress.ip_address(value)))
        elif label is not None:
            request.alternatives.setdefault(label, []).append(value.decode(errors="replace"))
