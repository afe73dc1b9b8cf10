"""base64 and base32: bytes as letters. Source: GNU coreutils."""

from __future__ import annotations

import base64 as encodings
import binascii

from kubelab.terminal.inputs import gather
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool
from kubelab.terminal.tools.head import to_bytes, to_text

USAGE = Usage("""
Usage: base64 [OPTION]... [FILE]
Encode a file, or standard input, as letters and digits.

  -d, --decode           decode
  -i, --ignore-garbage   leave out what is no letter of the alphabet
  -w, --wrap=COLS        lines of COLS letters instead of 76; 0: one line
""")
_ALPHABETS = {
    "base64": b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=",
    "base32": b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567=",
}


@tool("base64", "base32")
def base64(ctx: Context) -> Steps:
    """base64 [-d] [-i] [-w columns] [file]"""
    given = USAGE.parse(ctx)
    operands = USAGE.operands(ctx, given, 0, 1)
    wrap = given.value("w", "76")
    if not wrap.isdigit():
        raise Exit(1, f"{ctx.name}: invalid wrap size: '{wrap}'\n")
    texts = yield from gather(ctx, operands or ["-"])
    if texts[0] is None:
        return 1
    data = to_bytes(texts[0])
    if given.has("d"):
        return _decoded(ctx, data, garbage=given.has("i"))
    encoded = (encodings.b64encode(data) if ctx.name == "base64" else encodings.b32encode(data)).decode()
    width = int(wrap)
    if not width:
        ctx.write(encoded)
    else:
        ctx.write("".join(encoded[at : at + width] + "\n" for at in range(0, len(encoded), width)))
    return 0


def _decoded(ctx: Context, data: bytes, *, garbage: bool) -> int:
    """Decodes as far as it goes: what was right is written even when something wrong follows."""
    alphabet = _ALPHABETS[ctx.name]
    unit = 4 if ctx.name == "base64" else 8
    clean = bytes(byte for byte in data if byte in alphabet) if garbage else data.replace(b"\n", b"")
    wrong = next((at for at, byte in enumerate(clean) if byte not in alphabet), len(clean))
    out = b""
    for at in range(0, len(clean), unit):
        part = clean[at : at + unit]
        if at + unit > wrong or len(part) < unit or b"=" in part.rstrip(b"="):
            out += _rest(clean[at : min(wrong, at + unit)], ctx.name)
            ctx.write(to_text(out))
            return ctx.complain("invalid input")
        try:
            out += encodings.b64decode(part) if unit == 4 else encodings.b32decode(part)
        except binascii.Error:
            ctx.write(to_text(out))
            return ctx.complain("invalid input")
    ctx.write(to_text(out))
    return 0


def _rest(part: bytes, name: str) -> bytes:
    """Returns the whole bytes in an unfinished unit."""
    if name != "base64" or len(part) < 2:
        return b""
    part = part.rstrip(b"=")
    whole = len(part) * 6 // 8
    return encodings.b64decode(part + b"A" * (4 - len(part)))[:whole]
