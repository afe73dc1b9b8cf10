"""The formats that a schema's texts may have. Source: k8s.io/kube-openapi/pkg/validation/strfmt;
k8s.io/apiextensions-apiserver/pkg/apiserver/validation/formats.go has the list of those that are checked.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

from kubelab.cluster.clock import parse_time

_HEX4 = "[0-9a-f]{4}"


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.fullmatch(text) is not None


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except (ValueError, AttributeError, binascii.Error):
            return False
        return True

    return check


def _uuid(version: str, variant: str) -> Callable[[str], bool]:
    return _matches(rf"[0-9a-f]{{8}}-?{_HEX4}-?{version}-?{variant}-?[0-9a-f]{{12}}")


def _is_uri(text: str) -> bool:
    return text.startswith("/") or bool(urlsplit(text).scheme)


FORMATS: dict[str, Callable[[str], bool]] = {
    "bsonobjectid": _matches("[0-9a-f]{24}"),
    "uri": _is_uri,
    "email": _matches(r"[^@\s]+@[^@\s]+"),
    "hostname": _matches(r"(?=.{1,255}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*\.?"),
    "ipv4": _parses(ipaddress.IPv4Address),
    "ipv6": _parses(ipaddress.IPv6Address),
    "cidr": lambda text: "/" in text and _parses(lambda one: ipaddress.ip_network(one, strict=False))(text),
    "mac": _matches(r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}|[0-9a-f]{4}(\.[0-9a-f]{4}){2}"),
    "uuid": _uuid(_HEX4, _HEX4),
    "uuid3": _uuid("3[0-9a-f]{3}", _HEX4),
    "uuid4": _uuid("4[0-9a-f]{3}", "[89ab][0-9a-f]{3}"),
    "uuid5": _uuid("5[0-9a-f]{3}", "[89ab][0-9a-f]{3}"),
    "hexcolor": _matches("#?([0-9a-f]{3}|[0-9a-f]{6})"),
    "rgbcolor": _matches(r"rgb\(\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\)"),
    "ssn": _matches(r"\d{3}[- ]?\d{2}[- ]?\d{4}"),
    "byte": _parses(lambda text: base64.b64decode(text, validate=True)),
    "date": lambda text: len(text) == len("2006-01-02") and _parses(date.fromisoformat)(text),
    "datetime": _parses(parse_time),
    "duration": _matches(
        r"\s*[-+]?(\d+(\.\d*)?|\.\d+)\s*(ns|us|µs|ms|s|m|h|d|w|[a-z]+)((\d+(\.\d*)?)(ns|us|µs|ms|s|m|h))*"
    ),
}


def is_of_format(text: str, name: str) -> bool:
    """Tells whether a text has a format; formats that are not checked fit every text."""
    check = FORMATS.get(name.replace("-", ""))
    return check is None or check(text)
