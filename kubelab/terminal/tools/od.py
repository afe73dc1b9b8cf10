"""od, hexdump, xxd and strings: bytes made visible. Sources: GNU coreutils, util-linux, xxd(1), binutils."""

from __future__ import annotations

import re

from kubelab.terminal.inputs import gather
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool
from kubelab.terminal.tools.head import SUFFIXES, to_bytes, to_text

OD = Usage("""
Usage: od [OPTION]... [FILE]...
Write bytes as numbers or letters.

  -A, --address-radix=RADIX   addresses in d, o, x, or n: none
  -j, --skip-bytes=BYTES      leave out the first BYTES
  -N, --read-bytes=BYTES      at most BYTES
  -t, --format=TYPE           a, c, o1, o2, x1, x2, x4, d1, d2, d4, u1, u2, u4
  -v, --output-duplicates     all lines, also those that are like the one before
  -a                          as -t a
  -b                          as -t o1
  -c                          as -t c
  -d                          as -t u2
  -o                          as -t o2
  -x                          as -t x2
  -w, --width[=BYTES]         BYTES a line
""", not_simulated="-S --strings --endian --traditional -i -l -s -f")  # fmt: skip
HEXDUMP = Usage("""
Usage: hexdump [OPTION]... [FILE]...
Write bytes as hexadecimal numbers.

  -C, --canonical     bytes and letters
  -n, --length=N      at most N bytes
  -s, --skip=N        leave out the first N bytes
  -v, --no-squeezing  all lines
""", not_simulated="-b -c -d -e -f -o -x --one-byte-octal --one-byte-char "
    "--two-bytes-decimal --format --color")  # fmt: skip
XXD = Usage("""
Usage: xxd [OPTION]... [FILE]
Write bytes as hexadecimal numbers, or (-r) bring them back.

  -c COLS     COLS bytes a line
  -g BYTES    groups of BYTES
  -l LEN      at most LEN bytes
  -p          only the numbers
  -r          back to bytes
  -s OFFSET   leave out the first OFFSET bytes
  -u          capital letters
""", not_simulated="-a -b -e -E -i -o")  # fmt: skip
STRINGS = Usage("""
Usage: strings [OPTION]... [FILE]...
Write what can be read in files.

  -a, --all          nothing
  -n, --bytes=MIN    at least MIN letters, not 4
  -t, --radix=RADIX  with addresses in o, d or x
""", not_simulated="-f -o -e -T -w -s -U")  # fmt: skip
CONTROLS = {0: "\\0", 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}
NAMES = (
    "nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc "
    "fs gs rs us sp"
)
LETTERS = {"b": "o1", "c": "c", "d": "u2", "o": "o2", "x": "x2", "a": "a"}
WIDTHS = {"o1": 4, "o2": 7, "o4": 12, "x1": 3, "x2": 5, "x4": 9, "x8": 17, "d1": 5, "d2": 7, "d4": 12, "u1": 4, "u2": 6,
          "u4": 11, "c": 4, "a": 4, "d8": 21, "u8": 21}  # fmt: skip


@tool("od")
def od(ctx: Context) -> Steps:
    """od [-A radix] [-t type] [-N bytes] [-j bytes] [-abcdox] [file ...]"""
    given = OD.parse(ctx)
    texts = yield from gather(ctx, given.operands or ["-"])
    data = b"".join(to_bytes(text) for text in texts if text is not None)
    skip, most = _size(ctx, given, "j", 0), _size(ctx, given, "N", len(data))
    kinds = [_kind(ctx, value) if key == "-t" else LETTERS[key[1:]] for key, value in given.options
             if key == "-t" or key[1:] in LETTERS]  # fmt: skip
    radix = given.value("A", "o")
    if radix not in ("d", "o", "x", "n"):
        raise Exit(1, f"od: invalid output address radix '{radix}'; it must be one character from [doxn]\n")
    data = data[skip : skip + most]
    width = int(given.value("w") or 32) if given.has("w") else 16
    last, starred = None, False
    for at in range(0, len(data), width):
        piece = data[at : at + width]
        if piece == last and len(piece) == width and not given.has("v"):
            if not starred:
                ctx.print("*")
            starred = True
            continue
        last, starred = piece, False
        for number, kind in enumerate(kinds or ["o2"]):
            head = _address(skip + at, radix) if not number else " " * len(_address(0, radix))
            ctx.print(head + _units(piece, kind, kinds or ["o2"]))
    if radix != "n":
        ctx.print(_address(skip + len(data), radix))
    return int(None in texts)


def _size(ctx: Context, given: Given, key: str, default: int) -> int:
    if not given.has(key):
        return default
    match = re.fullmatch(r"(0x[0-9a-fA-F]+|\d+)([a-zA-Z]*)", given.value(key))
    if not match or match.group(2) not in SUFFIXES:
        raise Exit(1, f"od: invalid -{key} argument '{given.value(key)}'\n")
    return int(match.group(1), 0) * SUFFIXES[match.group(2)]


def _kind(ctx: Context, text: str) -> str:
    kind = {"x": "x4", "o": "o4", "d": "d4", "u": "u4", "xC": "x1", "oC": "o1", "xS": "x2", "xI": "x4"}.get(text, text)
    if kind not in WIDTHS:
        raise Exit(1, f"od: invalid character '{text[:1]}' in type string '{text}'\n")
    return kind


def _address(at: int, radix: str) -> str:
    return {"d": f"{at:07d}", "o": f"{at:07o}", "x": f"{at:06x}", "n": ""}[radix]


def _units(piece: bytes, kind: str, kinds: list[str]) -> str:
    size = 1 if kind in ("c", "a") else int(kind[1])
    biggest = max(WIDTHS[each] * (8 // (1 if each in "ca" else int(each[1]))) for each in kinds)
    width = biggest * size // 8
    out = ""
    for at in range(0, len(piece), size):
        unit = piece[at : at + size].ljust(size, b"\0")
        out += _unit(unit, kind).rjust(width)
    return out


def _unit(unit: bytes, kind: str) -> str:
    if kind == "c":
        return CONTROLS.get(unit[0], chr(unit[0]) if 32 <= unit[0] < 127 else f"{unit[0]:03o}")
    if kind == "a":
        low = unit[0] & 127
        return "del" if low == 127 else NAMES.split()[low] if low <= 32 else chr(low)
    number = int.from_bytes(unit, "little", signed=kind[0] == "d")
    size = len(unit)
    if kind[0] == "o":
        return f"{number:0{ {1: 3, 2: 6, 4: 11}[size] }o}"
    return f"{number:0{size * 2}x}" if kind[0] == "x" else str(number)


@tool("hexdump", "hd")
def hexdump(ctx: Context) -> Steps:
    """hexdump [-C] [-n bytes] [-s bytes] [file ...]"""
    given = HEXDUMP.parse(ctx)
    texts = yield from gather(ctx, given.operands or ["-"])
    data = b"".join(to_bytes(text) for text in texts if text is not None)
    skip = int(given.value("s", "0"), 0)
    data = data[skip : skip + int(given.value("n", str(len(data))), 0)]
    canonical = given.has("C") or ctx.name == "hd"
    digits = 8 if canonical else 7
    last, starred = None, False
    for at in range(0, len(data), 16):
        piece = data[at : at + 16]
        if piece == last and not given.has("v") and len(piece) == 16:
            if not starred:
                ctx.print("*")
            starred = True
            continue
        last, starred = piece, False
        if canonical:
            halves = [" ".join(f"{byte:02x}" for byte in half) for half in (piece[:8], piece[8:])]
            text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
            ctx.print(f"{skip + at:08x}  {halves[0]:<23}  {halves[1]:<23}  |{text}|")
        else:
            padded = piece + b"\0" * (len(piece) % 2)
            words = [f"{padded[two] | padded[two + 1] << 8:04x}" for two in range(0, len(padded), 2)]
            ctx.print(f"{skip + at:07x} {' '.join(words):<39}")
    if data:
        ctx.print(f"{skip + len(data):0{digits}x}")
    return int(None in texts)


@tool("xxd")
def xxd(ctx: Context) -> Steps:
    """xxd [-p] [-r] [-u] [-c columns] [-g bytes] [-l length] [-s offset] [file]"""
    given = XXD.parse(ctx)
    texts = yield from gather(ctx, given.operands[:1] or ["-"])
    if texts[0] is None:
        return 2
    if given.has("r"):
        lines = [re.sub(r"^[0-9a-fA-F]+: ?|  .*$", "", line) if not given.has("p") else line
                 for line in texts[0].split("\n")]  # fmt: skip
        digits = re.sub(r"[^0-9a-fA-F]", "", "".join(lines))
        ctx.write(to_text(bytes.fromhex(digits[: len(digits) // 2 * 2])))
        return 0
    skip = int(given.value("s", "0"), 0)
    data = to_bytes(texts[0])[skip:]
    data = data[: int(given.value("l", str(len(data))), 0)]
    form = "02X" if given.has("u") else "02x"
    columns = int(given.value("c", "30" if given.has("p") else "16"))
    group = int(given.value("g", "2"))
    for at in range(0, len(data), columns):
        piece = data[at : at + columns]
        pairs = [f"{byte:{form}}" for byte in piece]
        if given.has("p"):
            ctx.print("".join(pairs))
            continue
        groups = ["".join(pairs[start : start + group]) for start in range(0, len(pairs), group or columns)]
        width = columns * 2 + -(-columns // (group or columns)) - 1
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
        ctx.print(f"{skip + at:08x}: {' '.join(groups):<{width}}  {text}")
    return 0


@tool("strings")
def strings(ctx: Context) -> Steps:
    """strings [-n length] [-t radix] [file ...]"""
    given = STRINGS.parse(ctx, [re.sub(r"^-(\d+)$", r"-n\1", arg) for arg in ctx.args])
    texts = yield from gather(ctx, given.operands or ["-"], lambda path, error: f"'{path}': No such file"
                              if error.code == "ENOENT" else f"Warning: '{path}' is a directory")  # fmt: skip
    least = int(given.value("n", "4"))
    for text in texts:
        for match in re.finditer(rb"[\t\x20-\x7e]{%d,}" % least, to_bytes(text or "")):
            head = f"{match.start():7{given.value('t')}} " if given.has("t") else ""
            ctx.print(head + match.group().decode())
    return int(None in texts)
