"""tr: replaces, squeezes or deletes letters. Source: GNU coreutils."""

from __future__ import annotations

import re

from kubelab.terminal.inputs import Inputs
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, Steps, tool

USAGE = Usage("""
Usage: tr [OPTION]... STRING1 [STRING2]
Replace, squeeze or delete letters of standard input.

  -c, -C, --complement    all letters but those of STRING1
  -d, --delete            delete letters of STRING1
  -s, --squeeze-repeats   write a letter that follows itself once
  -t, --truncate-set1     cut STRING1 to the length of STRING2
""", ordered=True)  # fmt: skip
LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_ASCII = [chr(code) for code in range(128)]
CLASSES = {
    "alnum": [letter for letter in _ASCII if letter.isalnum()],
    "alpha": [letter for letter in _ASCII if letter.isalpha()],
    "blank": ["\t", " "],
    "cntrl": [letter for letter in _ASCII if letter < " " or letter == "\x7f"],
    "digit": list("0123456789"),
    "graph": [letter for letter in _ASCII if "!" <= letter <= "~"],
    "lower": list("abcdefghijklmnopqrstuvwxyz"),
    "print": [letter for letter in _ASCII if " " <= letter <= "~"],
    "punct": [letter for letter in _ASCII if "!" <= letter <= "~" and not letter.isalnum()],
    "space": list("\t\n\v\f\r "),
    "upper": list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "xdigit": list("0123456789ABCDEFabcdef"),
}
_OCTAL = re.compile(r"[0-7]{1,3}")


class _Set:
    """Reads a STRING: letters, escapes, a-z, [:class:], [=c=], [c*n]."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.letters: list[str] = []
        self.fill: tuple[int, str] | None = None  # where [c*] stands
        self.classes: list[str] = []

    def read(self) -> _Set:
        while self.at < len(self.text):
            if not self._bracket():
                self._letter_or_range()
        return self

    def _bracket(self) -> bool:
        match = re.compile(r"\[:(.*?):\]|\[=(.)=\]|\[(\\?.)\*(\d*)\]", re.S).match(self.text, self.at)
        if not match:
            return False
        name, same, letter, times = match.groups()
        if name is not None:
            if name not in CLASSES:
                raise Exit(1, f"tr: invalid character class '{name}'\n")
            self.letters.extend(CLASSES[name])
            self.classes.append(name)
        elif same is not None:
            self.letters.append(same)
        else:
            plain = _Set(letter).read().letters[0]
            number = int(times, 8 if times.startswith("0") else 10) if times else 0
            if number:
                self.letters.extend([plain] * min(number, 100_000))
            else:
                self.fill = (len(self.letters), plain)
        self.at = match.end()
        return True

    def _one(self) -> str:
        letter = self.text[self.at]
        self.at += 1
        if letter != "\\" or self.at >= len(self.text):
            return letter
        octal = _OCTAL.match(self.text, self.at)
        if octal:
            self.at = octal.end()
            code = int(octal.group(), 8) & 255
            return chr(code) if code < 128 else bytes([code]).decode("utf-8", "surrogateescape")
        letter = self.text[self.at]
        self.at += 1
        return LETTERS.get(letter, letter)

    def _letter_or_range(self) -> None:
        first = self._one()
        if self.text.startswith("-", self.at) and self.at + 1 < len(self.text):
            self.at += 1
            last = self._one()
            if last < first:
                raise Exit(1, f"tr: range-endpoints of '{first}-{last}' are in reverse collating sequence order\n")
            self.letters.extend(chr(code) for code in range(ord(first), min(ord(last), ord(first) + 100_000) + 1))
        else:
            self.letters.append(first)

    def filled(self, length: int) -> list[str]:
        """Returns the letters, [c*] as often as makes them `length`."""
        if self.fill is None:
            return self.letters
        at, letter = self.fill
        return self.letters[:at] + [letter] * (length - len(self.letters)) + self.letters[at:]


@tool("tr")
def tr(ctx: Context) -> Steps:
    """tr [-cdst] string1 [string2]"""
    given = USAGE.parse(ctx)
    deletes, squeezes, complement = given.has("d"), given.has("s"), given.has("c")
    operands = given.operands
    _check(ctx, operands, deletes, squeezes)
    first = _Set(operands[0]).read().letters
    second_set = _Set(operands[1]).read() if len(operands) > 1 else None
    chosen = frozenset(first)
    table: dict[int, str | None] = {}
    default = ""
    squeezed: frozenset[str] | None = chosen if squeezes else None
    if second_set is not None and not deletes:
        second = second_set.filled(len(first))
        if not second:
            raise Exit(1, "tr: when not truncating set1, string2 must be non-empty\n")
        if complement:
            default = second[-1]
        else:
            if not given.has("t"):
                second = second + [second[-1]] * (len(first) - len(second))
            table = {ord(letter): other for letter, other in zip(first, second, strict=False)}
    if second_set is not None and squeezes:
        squeezed = frozenset(second_set.filled(len(first)))
        complement_squeeze = False
    else:
        complement_squeeze = complement
    inputs = Inputs(ctx, ["-"], lines=False)
    while chunk := (yield from inputs.next()):
        text = chunk.text
        if deletes:
            text = "".join(letter for letter in text if (letter in chosen) == complement)
        elif default:
            text = "".join(letter if letter in chosen else default for letter in text)
        elif table:
            text = text.translate(table)
        if squeezed is not None:
            text = _squeezed(ctx, text, squeezed, complement_squeeze)
        ctx.write(text)
    return 0


def _check(ctx: Context, operands: list[str], deletes: bool, squeezes: bool) -> None:
    needs = 1 + (deletes == squeezes)
    most = 1 if deletes and not squeezes else 2
    if not operands:
        USAGE.fail(ctx, "missing operand")
    if len(operands) < needs:
        hint = "Two strings must be given when " + (
            "both deleting and squeezing repeats." if deletes else "translating."
        )
        raise Exit(1, f"tr: missing operand after '{operands[-1]}'\n{hint}\nTry 'tr --help' for more information.\n")
    if len(operands) > most:
        hint = "Only one string may be given when deleting without squeezing repeats.\n" if most == 1 and len(
            operands) == 2 else ""  # fmt: skip
        raise Exit(1, f"tr: extra operand '{operands[most]}'\n{hint}Try 'tr --help' for more information.\n")


def _squeezed(ctx: Context, text: str, letters: frozenset[str], complement: bool) -> str:
    last = ctx.state.get("last", "")
    kept = []
    for letter in text:
        if letter == last and (letter in letters) != complement:
            continue
        kept.append(letter)
        last = letter
    ctx.state["last"] = last if last.isascii() else ""
    return "".join(kept)
