"""Cuts awk programs into tokens."""

from __future__ import annotations

import re
from typing import NamedTuple

KEYWORDS = frozenset(
    "BEGIN END function func if else while for do break continue next nextfile exit return delete in getline print "
    "printf".split()
)
BUILTINS = frozenset(
    "length substr index split sub gsub match sprintf sin cos atan2 exp log sqrt int rand srand tolower toupper system "
    "close fflush systime strftime mktime gensub".split()
)
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_NAME = re.compile(r"[A-Za-z_]\w*")
_OPERATOR = re.compile(r"\*\*=|\*\*|&&|\|\||\+\+|--|\+=|-=|\*=|/=|%=|\^=|==|<=|>=|!=|!~|>>|[-+*/%^!<>|?:~$=(){}\[\];,]")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "/": "/", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class AwkFault(Exception):
    """The program is none."""


class Token(NamedTuple):
    """A token: kind is "number", "string", "regex", "name", "call" (a name before a parenthesis), "builtin",
    "keyword", "newline", "end" or an operator itself."""

    kind: str
    text: str
    line: int


def tokens_of(source: str) -> list[Token]:
    """Returns a program's tokens.

    Raises:
        AwkFault: if it is none.
    """
    return _Lexer(source).run()


class _Lexer:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.line = 1
        self.tokens: list[Token] = []

    def run(self) -> list[Token]:
        source = self.source
        while self.at < len(source):
            letter = source[self.at]
            if letter in " \t\r":
                self.at += 1
            elif letter == "\\" and source[self.at + 1 : self.at + 2] == "\n":
                self.at += 2
                self.line += 1
            elif letter == "#":
                end = source.find("\n", self.at)
                self.at = len(source) if end < 0 else end
            elif letter == "\n":
                self._add("newline", "\n")
                self.at += 1
                self.line += 1
            else:
                self._token(letter)
        self._add("newline", "\n")
        self._add("end", "end of file")
        return self.tokens

    def _add(self, kind: str, text: str) -> None:
        self.tokens.append(Token(kind, text, self.line))

    def _token(self, letter: str) -> None:
        if letter == '"':
            self._string()
        elif letter == "/" and self._regex_fits():
            self._regex()
        elif match := _NUMBER.match(self.source, self.at):
            self._add("number", match.group())
            self.at = match.end()
        elif match := _NAME.match(self.source, self.at):
            self.at = match.end()
            self._word(match.group())
        elif match := _OPERATOR.match(self.source, self.at):
            text = {"**": "^", "**=": "^="}.get(match.group(), match.group())
            self._add(text, text)
            self.at = match.end()
        else:
            raise AwkFault(f"line {self.line}: unexpected character '{letter}'")

    def _word(self, word: str) -> None:
        if word in KEYWORDS:
            self._add("keyword", "function" if word == "func" else word)
        elif word in BUILTINS:
            self._add("builtin", word)
        else:
            self._add("call" if self.source.startswith("(", self.at) else "name", word)

    def _regex_fits(self) -> bool:
        if not self.tokens:
            return True
        last = self.tokens[-1]
        return not (last.kind in ("number", "string", "regex", "name", ")", "]", "$", "++", "--")
                    or (last.kind == "builtin" and last.text == "length"))  # fmt: skip

    def _string(self) -> None:
        out = ""
        self.at += 1
        while True:
            if self.at >= len(self.source) or self.source[self.at] == "\n":
                raise AwkFault(f'line {self.line}: runaway string constant "{out[:10]} ...')
            letter = self.source[self.at]
            self.at += 1
            if letter == '"':
                break
            if letter == "\\":
                letter = self._escape()
            out += letter
        self._add("string", out)

    def _escape(self) -> str:
        letter = self.source[self.at : self.at + 1]
        octal = re.compile(r"[0-7]{1,3}").match(self.source, self.at)
        if octal:
            self.at = octal.end()
            return chr(int(octal.group(), 8) & 255)
        self.at += 1
        if letter == "\n":
            self.line += 1
            return ""
        return _ESCAPES.get(letter, "\\" + letter)

    def _regex(self) -> None:
        out, inside = "", False
        self.at += 1
        while True:
            if self.at >= len(self.source) or self.source[self.at] == "\n":
                raise AwkFault(f"line {self.line}: runaway regular expression /{out[:10]} ...")
            letter = self.source[self.at]
            self.at += 1
            if letter == "/" and not inside:
                break
            if letter == "\\":
                following = self.source[self.at : self.at + 1]
                self.at += 1
                out += "/" if following == "/" else letter + following
                continue
            if letter == "[" and not inside:
                inside = True
                after = re.compile(r"\^?\]?").match(self.source, self.at)
                out += letter + (after.group() if after else "")
                self.at = after.end() if after else self.at
                continue
            if letter == "]":
                inside = False
            out += letter
        self._add("regex", out)


def unescape(text: str) -> str:
    """Replaces a string's escapes, as in -v name=value."""
    return re.sub(
        r"\\([0-7]{1,3}|.)",
        lambda match: (
            chr(int(match.group(1), 8) & 255)
            if match.group(1)[0] in "01234567"
            else _ESCAPES.get(match.group(1), match.group())
        ),
        text,
        flags=re.S,
    )
