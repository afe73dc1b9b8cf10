"""Passwords as `htpasswd` hashes them: Apache's variant of MD5 in a thousand rounds, and SHA-1.

Source: APR's apr_md5.c (apr_md5_encode). bcrypt ($2y$) is not simulated: such a password never fits.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

DIGITS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MAGIC, SHA, PLAIN = "$apr1$", "{SHA}", "{PLAIN}"
ORDER = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))


def apr1(password: str, salt: str) -> str:
    """Returns a password's hash."""
    secret, grain = password.encode(), salt[:8].encode()
    inner = hashlib.md5(secret + grain + secret, usedforsecurity=False).digest()
    text = secret + MAGIC.encode() + grain + (inner * (len(secret) // 16 + 1))[: len(secret)]
    length = len(secret)
    while length:
        text += b"\0" if length & 1 else secret[:1]
        length >>= 1
    digest = hashlib.md5(text, usedforsecurity=False).digest()
    for turn in range(1000):
        mixed = secret if turn & 1 else digest
        mixed += grain if turn % 3 else b""
        mixed += secret if turn % 7 else b""
        mixed += digest if turn & 1 else secret
        digest = hashlib.md5(mixed, usedforsecurity=False).digest()
    groups = [digest[a] << 16 | digest[b] << 8 | digest[c] for a, b, c in ORDER]
    letters = "".join(DIGITS[group >> shift & 63] for group in groups for shift in (0, 6, 12, 18))
    letters += "".join(DIGITS[digest[11] >> shift & 63] for shift in (0, 6))
    return f"{MAGIC}{salt[:8]}${letters}"


def sha(password: str) -> str:
    """Returns a password's SHA-1, as `htpasswd -s` writes it."""
    return SHA + base64.b64encode(hashlib.sha1(password.encode(), usedforsecurity=False).digest()).decode()


def is_password(password: str, hashed: str) -> bool:
    """Tells whether a password fits a hash."""
    hashed = hashed.strip()
    if hashed.startswith(MAGIC):
        made = apr1(password, hashed[len(MAGIC) :].partition("$")[0])
    elif hashed.startswith(SHA):
        made = sha(password)
    elif hashed.startswith(PLAIN):
        made = PLAIN + password
    else:
        return False
    return hmac.compare_digest(made, hashed)
