"""RSA keys that are drawn: the same draws give the same key, as everything in a cluster follows from its seed.

For a cluster's own make-believe certificates only; nothing outside of a simulation is to trust them.
Source: FIPS 186-5, appendix A.1 (key pairs), B.3 (Miller-Rabin).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

EXPONENT = 65537
ROUNDS = 12
Draw = Callable[[int, str], bytes]  # how many bytes, and what for


def drawn_key(draw: Draw, bits: int) -> RSAPrivateKey:
    """Returns a key of so many bits."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # it takes long to load, and most clusters never sign

    p, q = _prime(draw, bits // 2, "p"), _prime(draw, bits - bits // 2, "q")
    p, q = max(p, q), min(p, q)
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key()


def _small_primes(most: int) -> list[int]:
    sieve = bytearray([1]) * (most + 1)
    for number in range(2, int(most**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(sieve[number * number :: number]))
    return [number for number in range(3, most + 1) if sieve[number]]


_SMALL = _small_primes(4000)


def _prime(draw: Draw, bits: int, name: str) -> int:
    """Returns the first prime from a drawn place on; its two highest bits are set, so that products are long enough."""
    number = int.from_bytes(draw((bits + 7) // 8, name), "big") & ((1 << bits) - 1)
    number |= (3 << (bits - 2)) | 1
    while True:
        if all(number % small for small in _SMALL) and (number - 1) % EXPONENT and _is_prime(number):
            return number
        number += 2


def _is_prime(number: int) -> bool:
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for witness in _SMALL[:ROUNDS]:
        value = pow(witness, odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = pow(value, 2, number)
            if value == number - 1:
                break
        else:
            return False
    return True
