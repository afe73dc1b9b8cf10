"""IPv4 addresses and subnets as whole numbers, quick enough for every hop of every request.

The plan of a lab's networks stands here too: who has which range, as kubeadm and flannel are told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_FOUR_NUMBERS = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII).fullmatch


@lru_cache(maxsize=1 << 16)
def number(address: str) -> int:
    """Returns an IPv4 address as a number.

    Raises:
        ValueError: if `address` is none.
    """
    found = _FOUR_NUMBERS(address)
    if found is None:
        raise ValueError(f"not an IPv4 address: {address!r}")
    first, second, third, fourth = map(int, found.groups())
    if max(first, second, third, fourth) > 255:
        raise ValueError(f"not an IPv4 address: {address!r}")
    return first << 24 | second << 16 | third << 8 | fourth


def dotted(value: int) -> str:
    """Returns the IPv4 address that `number` reads as `value`."""
    return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


def is_address(text: str) -> bool:
    """Tells whether `text` is an IPv4 address."""
    try:
        number(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Subnet:
    """A range of addresses, e.g. 10.244.1.0/24."""

    base: int
    bits: int

    @classmethod
    def parse(cls, text: str) -> Subnet:
        """Reads the notation with a slash; an address alone is a range of one.

        Raises:
            ValueError: if `text` is neither.
        """
        address, slash, bits = text.partition("/")
        length = int(bits) if slash else 32
        if not 0 <= length <= 32:
            raise ValueError(f"not a subnet: {text!r}")
        return cls(number(address) >> 32 - length << 32 - length, length)

    def holds(self, address: str) -> bool:
        """Tells whether an address lies in it."""
        return number(address) >> 32 - self.bits == self.base >> 32 - self.bits

    def __str__(self) -> str:
        return f"{dotted(self.base)}/{self.bits}"

    @property
    def size(self) -> int:
        """How many addresses it has, the network's and the broadcast's included."""
        return 1 << 32 - self.bits

    def at(self, offset: int) -> str:
        """Returns the address that many places after the first."""
        return dotted(self.base + offset)


@lru_cache(maxsize=1 << 14)
def subnet(text: str) -> Subnet:
    """Returns `Subnet.parse(text)`, remembered."""
    return Subnet.parse(text)


LOOPBACK = Subnet.parse("127.0.0.0/8")

# The lab's local network: its router, the learner's workstation, then the nodes.
OUTSIDE = Subnet.parse("192.168.100.0/24")
GATEWAY = "192.168.100.1"
WORKSTATION = "192.168.100.10"
FIRST_NODE = 11  # 192.168.100.11
POD_SUBNET = "10.244.0.0/16"
WIDE_POD_SUBNET = "10.224.0.0/11"  # of clusters of thousands of nodes
SERVICE_SUBNET = "10.96.0.0/12"
