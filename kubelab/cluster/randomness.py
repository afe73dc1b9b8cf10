"""The cluster's only source of chance: a hash of its seed and of what is being decided.

A decision names its parts (a revision, an object's uid), so it falls the same way in a process that
was restarted in between.
"""

from __future__ import annotations

from hashlib import blake2b

# No vowels and none of 0, 1, 3: a name never reads as a word (k8s.io/apimachinery/pkg/util/rand).
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


class Randomness:
    """Draws from a seed.

    Args:
        seed: any whole number; equal seeds give equal draws.
    """

    def __init__(self, seed: int) -> None:
        self._seeded = blake2b(f"{seed}\0".encode(), digest_size=16)
        self._uids = blake2b(f"{seed}\0uid\0".encode(), digest_size=16)

    def _digest(self, parts: tuple[object, ...]) -> bytes:
        drawn = self._seeded.copy()
        drawn.update("\0".join(map(str, parts)).encode())
        return drawn.digest()

    def uid(self, *parts: object) -> str:
        """Returns a version 4 UUID drawn from `parts`."""
        drawn = self._uids.copy()
        drawn.update("\0".join(map(str, parts)).encode())
        digits = drawn.hexdigest()
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    def suffix(self, *parts: object, length: int = 5) -> str:
        """Returns `length` (at most 12) letters as generated names end in."""
        number = int.from_bytes(self._digest(("suffix", *parts)), "big")
        letters = []
        for _ in range(length):
            number, index = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[index])
        return "".join(letters)

    def fraction(self, *parts: object) -> float:
        """Returns a number from 0 up to but not including 1."""
        return int.from_bytes(self._digest(parts)[:7], "big") / 2**56

    def between(self, low: float, high: float, *parts: object) -> float:
        """Returns a number from `low` up to `high`."""
        drawn = self._seeded.copy()  # as `_digest` does: of all draws, these are by far the most
        drawn.update("\0".join(map(str, parts)).encode())
        return low + (high - low) * (int.from_bytes(drawn.digest()[:7], "big") / 2**56)

    def index(self, count: int, *parts: object) -> int:
        """Returns a whole number from 0 to `count` - 1."""
        return int.from_bytes(self._digest(parts)[:7], "big") % count

    def hex(self, length: int, *parts: object) -> str:
        """Returns `length` hexadecimal digits, as container ids and image digests are written."""
        text = ""
        while len(text) < length:
            text += self._digest(("hex", len(text), *parts)).hex()
        return text[:length]
