"""IP addresses, networks and URLs in CEL. Source: kubernetes.io, reference/using-api/cel, "Kubernetes IP/CIDR library"
and "Kubernetes URL library"; k8s.io/apiserver/pkg/cel/library/ip.go, cidr.go, urls.go.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from kubelab.cluster.expressions.signatures import CIDR, IP, URL
from kubelab.cluster.expressions.values import NO_OVERLOAD, Failure, Opaque


def _address(text: Any) -> Opaque:
    if isinstance(text, Opaque) and text.kind == CIDR:
        text = str(text.value.ip)
    if not isinstance(text, str):
        raise Failure(NO_OVERLOAD)
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        raise Failure(f"IP Address '{text}' parse error during conversion from string: unable to parse IP") from None
    if "%" in text:
        raise Failure(f"IP address '{text}' with zone value is not allowed")
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        raise Failure(f"IPv4-mapped IPv6 address '{text}' is not allowed")
    return Opaque(IP, str(found), found)


def _network(text: Any) -> Opaque:
    if not isinstance(text, str):
        raise Failure(NO_OVERLOAD)
    try:
        if "/" not in text:
            raise ValueError
        found = ipaddress.ip_interface(text)
    except ValueError:
        raise Failure(f"network address parse error during conversion from string: {text}") from None
    return Opaque(CIDR, text, found)


def _succeeds(parse: Callable[[Any], Any]) -> Callable[[Any], bool]:
    def check(text: Any) -> bool:
        try:
            parse(text)
        except Failure:
            return False
        return True

    return check


def _inner(one: Any, parse: Callable[[Any], Opaque]) -> Any:
    return one.value if isinstance(one, Opaque) else parse(one).value


def _contains_ip(one: Opaque, other: Any) -> bool:
    return _inner(other, _address) in one.value.network


def _contains_cidr(one: Opaque, other: Any) -> bool:
    inner, outer = _inner(other, _network), one.value.network
    return bool(inner.version == outer.version and inner.network.subnet_of(outer))


def _masked(one: Opaque) -> Opaque:
    return _network(str(one.value.network))


def _is_canonical(text: Any) -> bool:
    return bool(_address(text).text == text)


def _of_ip(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def function(one: Any) -> Any:
        if not isinstance(one, Opaque) or one.kind != IP:
            raise Failure(NO_OVERLOAD)
        return read(one.value)

    return function


def _is_global(one: Any) -> bool:
    unusual = one.is_multicast or one.is_loopback or one.is_link_local or one.is_unspecified
    return not unusual and str(one) != "255.255.255.255"


def _is_local_multicast(one: Any) -> bool:
    return one in ipaddress.ip_network("224.0.0.0/24") if one.version == 4 else str(one).startswith("ff02:")


def _url(text: Any) -> Opaque:
    if not isinstance(text, str):
        raise Failure(NO_OVERLOAD)
    try:
        parts = urlsplit(text)
        _ = parts.port
        if not parts.scheme and not text.startswith("/"):
            raise ValueError
    except ValueError:
        why = f'parse "{text}": invalid URI for request'
        raise Failure(f"URL parse error during conversion from string: {why}") from None
    return Opaque(URL, text, parts)


def _of_url(read: Callable[[SplitResult], Any]) -> Callable[[Any], Any]:
    def function(one: Any) -> Any:
        if not isinstance(one, Opaque) or one.kind != URL:
            raise Failure(NO_OVERLOAD)
        return read(one.value)

    return function


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _hostname(parts: SplitResult) -> str:
    host = _host(parts)
    return (host.rpartition(":")[0] if parts.port else host.rstrip(":")).strip("[]")


ADDRESSES: dict[str, Callable[..., Any]] = {
    "ip": _address,
    "isIP": _succeeds(_address),
    "ip.isCanonical": _is_canonical,
    "family": _of_ip(lambda one: one.version),
    "isLoopback": _of_ip(lambda one: one.is_loopback),
    "isUnspecified": _of_ip(lambda one: one.is_unspecified),
    "isLinkLocalMulticast": _of_ip(_is_local_multicast),
    "isLinkLocalUnicast": _of_ip(lambda one: one.is_link_local and not one.is_multicast),
    "isGlobalUnicast": _of_ip(_is_global),
    "cidr": _network,
    "isCIDR": _succeeds(_network),
    "containsIP": _contains_ip,
    "containsCIDR": _contains_cidr,
    "prefixLength": lambda one: one.value.network.prefixlen,
    "masked": _masked,
    "url": _url,
    "isURL": _succeeds(_url),
    "getScheme": _of_url(lambda parts: parts.scheme),
    "getHost": _of_url(_host),
    "getHostname": _of_url(_hostname),
    "getPort": _of_url(lambda parts: "" if parts.port is None else str(parts.port)),
    "getEscapedPath": _of_url(lambda parts: parts.path),
    "getQuery": _of_url(lambda parts: parse_qs(parts.query, keep_blank_values=True)),
}
