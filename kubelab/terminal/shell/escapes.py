"""Backslash escapes as echo -e and printf know them. Source: bash(1), echo and printf."""

from __future__ import annotations

import re

LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(
    r"\\(?:0([0-7]{0,3})|([1-7][0-7]{0,2})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))", re.S
)
_IN_FORMAT = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))?", re.S)


def byte(number: int) -> str:
    """Returns a byte as text travels through the shell."""
    number &= 255
    return chr(number) if number < 128 else bytes([number]).decode("utf-8", "surrogateescape")


def merged(text: str) -> str:
    """Returns text in which bytes that make up letters have become these."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def readable(text: str) -> str:
    """Returns text without the surrogates by which bytes travel: letters where they make some, else U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text


def unescape(text: str) -> tuple[str, bool]:
    """Replaces escapes as `echo -e` and `%b` do; tells also whether `\\c` ended it."""
    if "\\" not in text:
        return text, False
    out: list[str] = []
    at = 0
    for match in _ESCAPE.finditer(text):
        out.append(text[at : match.start()])
        zero, octal, hexadecimal, short, long, letter = match.groups()
        at = match.end()
        if letter == "c":
            return merged("".join(out)), True
        if letter is not None:
            out.append(LETTERS.get(letter, "\\" if letter == "\\" else "\\" + letter))
        elif hexadecimal is not None:
            out.append(byte(int(hexadecimal, 16)))
        elif short or long:
            out.append(chr(int(short or long, 16)))
        else:
            out.append(byte(int(zero or octal or "0", 8)))
    return merged("".join(out) + text[at:]), False


def printf_escape(form: str, at: int) -> tuple[str, int]:
    """Replaces the escape at a position of a format; returns the text and the position behind it."""
    match = _IN_FORMAT.match(form, at)
    if match is None or match.end() == at + 1:
        return "\\", at + 1
    octal, hexadecimal, short, long, letter = match.groups()
    if octal is not None:
        return byte(int(octal, 8)), match.end()
    if hexadecimal is not None:
        return byte(int(hexadecimal, 16)), match.end()
    if short or long:
        return chr(int(short or long, 16)), match.end()
    known = {**LETTERS, "\\": "\\", '"': '"', "'": "'", "?": "?"}
    return known.get(letter, "\\" + letter), match.end()


_PLAIN = re.compile(r"[\w%+,./:=@^~-]*")
_NAMED = {letter: f"\\{name}" for name, letter in LETTERS.items() if name != "e"}


def shell_quote(text: str) -> str:
    """Returns text as `%q` writes it: so that the shell reads it back as it is."""
    if not text:
        return "''"
    if any(not letter.isprintable() for letter in text):
        shown = [_NAMED.get(letter) or _visible(letter) for letter in text]
        return "$'" + "".join(shown) + "'"
    quoted = re.sub(r"([^\w%+,./:=@~-])", r"\\\1", text) if not _PLAIN.fullmatch(text) else text
    return "\\" + quoted if text[0] in "~#" and not quoted.startswith("\\") else quoted


def _visible(letter: str) -> str:
    if letter in "'\\":
        return "\\" + letter
    return letter if letter.isprintable() else f"\\{ord(letter):03o}"
