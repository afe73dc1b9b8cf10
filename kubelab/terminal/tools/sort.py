"""sort: lines in order. Source: GNU coreutils, the C locale."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.inputs import gather, lines_of
from kubelab.terminal.options import Given, Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool

USAGE = Usage("""
Usage: sort [OPTION]... [FILE]...
Write the lines of all files in order.

  -b, --ignore-leading-blanks    without the blanks at the beginning
  -d, --dictionary-order         only blanks, letters and digits count
  -f, --ignore-case              upper and lower case are the same
  -g, --general-numeric-sort     by numbers, also such as 1e3
  -h, --human-numeric-sort       by numbers with units: 2K, 1G
  -i, --ignore-nonprinting       only printable letters count
  -M, --month-sort               JAN before DEC
  -n, --numeric-sort             by numbers
  -R, --random-sort              in an order that the lines themselves decide
  -r, --reverse                  the last first
  -V, --version-sort             by versions: 1.9 before 1.10
  -c, --check                    only look whether the lines are in order
  -C                             as -c, without a message
  -k, --key=KEYDEF               by a part of the line: FIELD[.CHAR][OPTIONS][,FIELD[.CHAR][OPTIONS]]
  -m, --merge                    nothing: all is sorted
  -o, --output=FILE              write to FILE
  -s, --stable                   leave equal lines as they come
  -t, --field-separator=SEP      fields are separated by SEP
  -u, --unique                   one of all equal lines
  -z, --zero-terminated          lines end with NUL
""", not_simulated="--files0-from --batch-size --compress-program --debug --parallel -S --buffer-size -T "
    "--temporary-directory --random-source --sort", status=2)  # fmt: skip
MONTHS = {name: at + 1 for at, name in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split())}
UNITS = {unit: at + 1 for at, unit in enumerate("KMGTPEZYRQ")} | {"k": 1}
_NUMBER = re.compile(r"[ \t]*(-?)(\d*(?:\.\d*)?)([KkMGTPEZYRQ]?)")
_GENERAL = re.compile(r"\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf|nan)", re.I)
_KEY = re.compile(r"(\d+)(?:\.(\d+))?([bdfgiMhnRrV]*)(?:,(\d+)(?:\.(\d+))?([bdfgiMhnRrV]*))?")


@dataclass
class Key:
    """By which part of a line it is sorted, and how."""

    field: int
    letter: int
    last_field: int  # 0: to the end
    last_letter: int  # 0: to the field's end
    options: str
    skip_first: bool = False
    skip_last: bool = False


@tool("sort")
def sort(ctx: Context) -> Steps:
    """sort [-bdfghinMRrV] [-k key] [-t separator] [-u] [-s] [-c] [-o file] [file ...]"""
    given = USAGE.parse(ctx)
    letters = "".join(letter for letter in "bdfgiMhnRrV" if given.has(letter))
    separator = _separator(given)
    keys = [_key(text, letters) for text in given.all("k")] or [Key(1, 1, 0, 0, letters, "b" in letters)]
    kinds = "".join(letter for letter in "ghnMRV" if letter in letters)
    if len(kinds) > 1:
        raise Exit(2, f"sort: options '-{kinds}' are incompatible\n")
    texts = yield from gather(ctx, given.operands or ["-"], _complaint)
    if None in texts:
        return 2
    end = "\0" if given.has("z") else "\n"
    lines = [line for text in texts for line in _split(text or "", end)]
    parts = [(_keyed(line, keys, separator), line) for line in lines]
    last_resort = not (given.has("s") or given.has("u"))
    order = _comparison(keys, reverse="r" in letters, last_resort=last_resort)
    if given.has("c", "C"):
        return _check(ctx, given, parts, order)
    parts.sort(key=cmp_to_key(order))
    if given.has("u"):
        parts = [part for at, part in enumerate(parts) if at == 0 or order(parts[at - 1], part)]
    text = "".join(line + end for _key, line in parts)
    if given.has("o"):
        ctx.files.write(ctx.path(given.value("o")), text)
    else:
        ctx.write(text)
    return 0


def _complaint(path: str, error: FileError) -> str:
    if error.code == "EISDIR":
        return f"read failed: {path}: {error.reason}"
    return f"cannot read: {path}: {error.reason}"


def _split(text: str, end: str) -> list[str]:
    if end == "\n":
        return lines_of(text)
    parts = text.split(end)
    return parts if parts[-1] else parts[:-1]


def _separator(given: Given) -> str | None:
    if not given.has("t"):
        return None
    text = given.value("t")
    if not text:
        raise Exit(2, "sort: empty tab\n")
    if text == "\\0":
        return "\0"
    if len(text) > 1:
        raise Exit(2, f"sort: multi-character tab '{text}'\n")
    return text


def _key(text: str, letters: str) -> Key:
    match = _KEY.fullmatch(text)
    if not match:
        number = re.match(r"\d+", text)
        if not number:
            raise Exit(2, f"sort: invalid number at field start: invalid count at start of '{text}'\n")
        raise Exit(2, f"sort: stray character in field spec: invalid field specification '{text}'\n")
    field, letter, options, last_field, last_letter, last_options = match.groups()
    if int(field) == 0:
        raise Exit(2, f"sort: field number is zero: invalid field specification '{text}'\n")
    own = options + (last_options or "")
    used = own or letters
    return Key(
        int(field), int(letter or 1), int(last_field or 0), int(last_letter or 0), used,
        "b" in (options if own else letters), "b" in ((last_options or "") if own else letters),
    )  # fmt: skip


# comparing


def _bounds(line: str, separator: str | None) -> list[tuple[int, int]]:
    """Returns where the fields are; without a separator the blanks before a field belong to it."""
    if separator is None:
        return [match.span() for match in re.finditer(r"[ \t]*[^ \t]+|[ \t]+$", line)]
    bounds, at = [], 0
    for field in line.split(separator):
        bounds.append((at, at + len(field)))
        at += len(field) + 1
    return bounds


def _part(line: str, key: Key, bounds: list[tuple[int, int]]) -> str:
    if key.field > len(bounds):
        return ""
    start, field_end = bounds[key.field - 1]
    if key.skip_first:
        while start < len(line) and line[start] in " \t":
            start += 1
    start = min(start + key.letter - 1, len(line))
    if key.letter > 1 and start > field_end and key.last_field == key.field:
        start = max(start, field_end)
    if not key.last_field or key.last_field > len(bounds):
        return line[start:]
    last_start, end = bounds[key.last_field - 1]
    if key.last_letter:
        if key.skip_last:
            while last_start < len(line) and line[last_start] in " \t":
                last_start += 1
        end = min(last_start + key.last_letter, len(line))
    return line[start:end]


def _keyed(line: str, keys: list[Key], separator: str | None) -> list[Any]:
    simple = len(keys) == 1 and keys[0].field == 1 and keys[0].letter == 1 and not keys[0].last_field
    bounds = [(0, len(line))] if simple else _bounds(line, separator)
    return [_value(_part(line, key, bounds), key.options) for key in keys]


def _value(text: str, options: str) -> Any:
    for letter, reading in KINDS.items():
        if letter in options:
            return reading(text)
    if "d" in options:
        text = "".join(letter for letter in text if letter.isalnum() or letter in " \t")
    if "i" in options:
        text = "".join(letter for letter in text if " " <= letter <= "~")
    return text.upper() if "f" in options else text


def _number(text: str) -> Any:
    match = _NUMBER.match(text)
    digits = match.group(2) if match else ""
    if not match or digits in ("", "."):
        return 0
    number = int(digits) if digits.isdigit() else float(digits)
    return -number if match.group(1) else number


def _human(text: str) -> Any:
    match = _NUMBER.match(text)
    digits = match.group(2) if match else ""
    if not match or digits in ("", "."):
        return (0, 0, 0.0)
    number = float(digits)
    sign = 0 if number == 0 else -1 if match.group(1) else 1
    unit = UNITS.get(match.group(3), 0) if number else 0
    return (sign, sign * unit, sign * number)


def _general(text: str) -> Any:
    match = _GENERAL.match(text)
    if not match:
        return (0, 0.0)
    number = float(match.group())
    return (1, 0.0) if number != number else (2, number)


def _month(text: str) -> int:
    return MONTHS.get(text.strip()[:3].upper(), 0)


def _hash(text: str) -> Any:
    from hashlib import md5

    return md5(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).digest()


def version(text: str) -> Any:
    """Returns a key for Debian's order of versions, as coreutils' filevercmp has it."""
    body = re.sub(r"(\.[A-Za-z~][A-Za-z0-9~]*)*$", "", text)
    if text in ("", ".", ".."):
        return ((("", ".", "..").index(text),), (), ())
    hidden = 0 if text.startswith(".") else 1
    return ((3, hidden), _version_parts(body), _version_parts(text))


def _version_parts(text: str) -> Any:
    parts: list[Any] = []
    for letters, digits in re.findall(r"(\D*)(\d*)", text):
        order = [-2 if letter == "~" else ord(letter) if letter.isalpha() else ord(letter) + 256 for letter in letters]
        parts.append((*order, -1))
        parts.append(int(digits or 0))
    return tuple(parts)


KINDS: dict[str, Callable[[str], Any]] = {
    "g": _general, "h": _human, "n": _number, "M": _month, "R": _hash, "V": version,
}  # fmt: skip


def _comparison(keys: list[Key], *, reverse: bool, last_resort: bool) -> Callable[[Any, Any], int]:
    turns = [-1 if "r" in key.options else 1 for key in keys]

    def compare(one: tuple[list[Any], str], two: tuple[list[Any], str]) -> int:
        for left, right, turn in zip(one[0], two[0], turns, strict=True):
            if left != right:
                return turn if left > right else -turn
        if not last_resort or one[1] == two[1]:
            return 0
        return (1 if one[1] > two[1] else -1) * (-1 if reverse else 1)

    return compare


def _check(ctx: Context, given: Given, parts: list[tuple[list[Any], str]], order: Callable[[Any, Any], int]) -> int:
    wrong = 0 if given.has("u") else 1
    for at in range(1, len(parts)):
        if order(parts[at - 1], parts[at]) >= wrong:
            if given.has("c"):
                name = (given.operands or ["-"])[0]
                ctx.error(f"sort: {name}:{at + 1}: disorder: {parts[at][1]}\n")
            return 1
    return 0
