"""The order in which Kubernetes lists the ports of endpoints: by a hash of each, so by chance but always the same.

The hash is of Go's dump of the port; MD5 up to 1.34, FNV-1a of 128 bits from 1.35 (kubernetes#133511). That is
why `kubectl get endpointslices` prints 9153,53,53 for kube-dns in an older cluster and 53,53,9153 in a newer one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import md5

from kubelab.cluster.objects import Object

FNV_BASIS = 0x6C62272E07BB014262B821756295C58D
FNV_PRIME = 0x0000000001000000000000000000013B


def fnv128a(data: bytes) -> bytes:
    """Returns the 128-bit FNV-1a hash."""
    value = FNV_BASIS
    for byte in data:
        value = (value ^ byte) * FNV_PRIME & (1 << 128) - 1
    return value.to_bytes(16, "big")


@lru_cache(maxsize=4096)
def _hash(dump: str, fnv: bool) -> bytes:
    return fnv128a(dump.encode()) if fnv else md5(dump.encode(), usedforsecurity=False).digest()


def _pointer(kind: str, value: object) -> str:
    return f"(*{kind})<nil>" if value is None else f"(*{kind}){value}"


def in_slice_order(ports: list[Object], version: str) -> list[Object]:
    """Returns the ports of an EndpointSlice in their order.

    Args:
        version: the cluster's minor version, e.g. "1.36".
    """

    def dump(port: Object) -> str:
        return (
            f"(v1.EndpointPort){{Name:{_pointer('string', port.get('name', ''))} "
            f"Protocol:{_pointer('v1.Protocol', port.get('protocol'))} Port:{_pointer('int32', port.get('port'))} "
            f"AppProtocol:{_pointer('string', port.get('appProtocol'))}}}"
        )

    return _ordered(ports, dump, version)


def in_subset_order(ports: list[Object], version: str) -> list[Object]:
    """Returns the ports of an Endpoints subset in their order."""

    def dump(port: Object) -> str:
        return (
            f"(v1.EndpointPort){{Name:(string){port.get('name', '')} Port:(int32){port['port']} "
            f"Protocol:(v1.Protocol){port.get('protocol', 'TCP')} "
            f"AppProtocol:{_pointer('string', port.get('appProtocol'))}}}"
        )

    return _ordered(ports, dump, version)


def _ordered(ports: list[Object], dump: Callable[[Object], str], version: str) -> list[Object]:
    fnv = int(version.split(".")[1]) >= 35
    return sorted(ports, key=lambda port: _hash(dump(port), fnv))
