"""The functions that Kubernetes adds to CEL, beside those that the interpreter brings.

Each can be called as `f(x)` or `x.f()`, as CEL has it. Source: kubernetes.io, reference/using-api/cel,
"Available extension libraries"; k8s.io/apiserver/pkg/cel/library.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from itertools import islice, pairwise
from typing import Any
from urllib.parse import urlsplit

import cel
from cel import stdlib

from kubelab.cluster import quantity
from kubelab.cluster.expressions.formatting import formatted, joined, replaced
from kubelab.cluster.expressions.optionals import FIELD
from kubelab.cluster.expressions.patterns import found
from kubelab.cluster.expressions.semver import SEMVER, is_semver, semver

KIND = "@kind"  # marks what stands for a value of one of Kubernetes' own types


def _field(value: Any, name: Any) -> Any:
    """Selects optionally: none where there is no such field, key or place."""
    if isinstance(value, cel.OptionalValue):
        return _field(value.value(), name) if value.has_value() else cel.OptionalValue.none()
    if isinstance(value, dict):
        return cel.OptionalValue.of(value[name]) if name in value else cel.OptionalValue.none()
    if isinstance(value, (list, tuple)) and isinstance(name, int):
        return cel.OptionalValue.of(value[name]) if 0 <= name < len(value) else cel.OptionalValue.none()
    raise TypeError("no such overload")


def _is_sorted(items: Any) -> bool:
    return all(first <= second for first, second in pairwise(items))


def _find(text: str, pattern: str) -> str:
    return next(found(pattern, text), "")


def _find_all(text: str, pattern: str, most: int = -1) -> list[str]:
    return list(islice(found(pattern, text), most if most >= 0 else None))


# quantities


def _quantity(text: Any) -> Any:
    return {KIND: "quantity", "text": quantity.canonical(text), "value": _amount(text)}


def _amount(text: Any) -> float:
    return float(quantity.parse(text))


def _is_quantity(text: str) -> bool:
    try:
        quantity.parse(text)
    except ValueError:
        return False
    return True


def _value(one: Any) -> Any:
    return one["value"] if isinstance(one, dict) and KIND in one else one


def _is_greater(one: Any, other: Any) -> bool:
    return bool(_value(one) > _value(other))


def _is_less(one: Any, other: Any) -> bool:
    return bool(_value(one) < _value(other))


def _compare(one: Any, other: Any) -> int:
    return int(_value(one) > _value(other)) - int(_value(one) < _value(other))


def _as_integer(one: Any) -> int:
    value = _value(one)
    if value != int(value):
        raise ValueError("cannot convert value to integer")
    return int(value)


def _is_integer(one: Any) -> bool:
    return bool(_value(one) == int(_value(one)))


def _sign(one: Any) -> int:
    return _compare(one, 0)


def _shifted(direction: int) -> Callable[[Any, Any], Any]:
    def shift(one: Any, other: Any) -> Any:
        value = _value(one) + direction * _value(other)
        whole = int(value) if value == int(value) else value
        return _quantity(str(whole))

    return shift


# addresses and URLs


def _address(text: str) -> Any:
    return {KIND: "ip", "text": text, "value": ipaddress.ip_address(text).packed.hex()}


def _parsed(one: Any) -> Any:
    return ipaddress.ip_address(one["text"] if isinstance(one, dict) else one)


def _network(text: str) -> Any:
    ipaddress.ip_network(text, strict=False)
    return {KIND: "cidr", "text": text}


def _is(parse: Callable[[Any], Any]) -> Callable[[Any], bool]:
    def check(text: Any) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return check


def _range(one: Any) -> Any:
    return ipaddress.ip_network(one["text"] if isinstance(one, dict) else one, strict=False)


def _contains_ip(one: Any, other: Any) -> bool:
    return _parsed(other) in _range(one)


def _contains_cidr(one: Any, other: Any) -> bool:
    inner, outer = _range(other), _range(one)
    return bool(inner.version == outer.version and inner.subnet_of(outer))


def _family(one: Any) -> int:
    return int(_parsed(one).version)


def _url(text: str) -> Any:
    parts = urlsplit(text)
    if not parts.scheme and not text.startswith("/"):
        raise ValueError(f'URL parse error during conversion from string: parse "{text}": invalid URI for request')
    return {KIND: "url", "text": text}


def _of_url(part: str) -> Callable[[Any], str]:
    def read(one: Any) -> str:
        parts = urlsplit(one["text"])
        host = parts.netloc.rpartition("@")[2]
        port = "" if parts.port is None else str(parts.port)
        known = {"getScheme": parts.scheme, "getHost": host, "getHostname": parts.hostname or "", "getPort": port}
        return str(known.get(part, parts.path))

    return read


def _contains(one: Any, other: Any) -> bool:
    """`contains` of a text or of a set of labels."""
    return bool(other in one)


def _string(value: Any) -> str:
    if isinstance(value, dict) and KIND in value:
        return str(value["text"])
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _optional_value(one: Any, other: Any) -> Any:
    return one.value() if isinstance(one, cel.OptionalValue) and one.has_value() else other


def _index(one: Any, other: Any, start: int = 0) -> int:
    if isinstance(one, str):
        return one.find(other, start)
    return next((place for place, item in enumerate(one) if item == other), -1)


def _last_index(one: Any, other: Any) -> int:
    if isinstance(one, str):
        return one.rfind(other)
    return next((place for place in range(len(one) - 1, -1, -1) if one[place] == other), -1)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **stdlib.STDLIB_FUNCTIONS,
    FIELD: _field,
    "isSorted": _is_sorted,
    "indexOf": _index,
    "lastIndexOf": _last_index,
    "find": _find,
    "findAll": _find_all,
    "format": formatted,
    "replace": replaced,
    "join": joined,
    "quantity": _quantity,
    "isQuantity": _is_quantity,
    "isGreaterThan": _is_greater,
    "isLessThan": _is_less,
    "compareTo": _compare,
    "asInteger": _as_integer,
    "isInteger": _is_integer,
    "asApproximateFloat": lambda one: float(_value(one)),
    "sign": _sign,
    "add": _shifted(1),
    "sub": _shifted(-1),
    "ip": lambda one: _address(str(_range(one).network_address)) if _is_cidr(one) else _address(one),
    "isIP": _is(ipaddress.ip_address),
    "family": _family,
    "isLoopback": lambda one: _parsed(one).is_loopback,
    "isUnspecified": lambda one: _parsed(one).is_unspecified,
    "isLinkLocalMulticast": lambda one: _parsed(one).is_multicast and _parsed(one).is_link_local,
    "isLinkLocalUnicast": lambda one: _parsed(one).is_link_local,
    "isGlobalUnicast": lambda one: not (_parsed(one).is_multicast or _parsed(one).is_loopback),
    "cidr": _network,
    "isCIDR": _is(lambda text: ipaddress.ip_network(text, strict=False) if "/" in text else ipaddress.ip_network("")),
    "containsIP": _contains_ip,
    "containsCIDR": _contains_cidr,
    "prefixLength": lambda one: _range(one).prefixlen,
    "masked": lambda one: _network(str(_range(one))),
    "url": _url,
    "isURL": _is(_url),
    **{name: _of_url(name) for name in ("getScheme", "getHost", "getHostname", "getPort", "getEscapedPath")},
    "jsonpatch.escapeKey": lambda key: key.replace("~", "~0").replace("/", "~1"),
    "semver": semver,
    "isSemver": is_semver,
    **SEMVER,
}


def _is_cidr(one: Any) -> bool:
    return isinstance(one, dict) and one.get(KIND) == "cidr"
