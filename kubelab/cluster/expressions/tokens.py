"""Words and signs of CEL. Source: github.com/google/cel-spec, doc/langdef.md, "Syntax"; cel-go, parser/unescape.go."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from kubelab.cluster.expressions.syntax import SyntaxProblem

RESERVED = frozenset(
    "as break const continue else false for function if import in let loop package namespace null return true var void "
    "while".split()
)
_TOKEN = re.compile(
    r"""
    (?P<space>[\t\ \r\n\f]+|//[^\n]*)
  | (?P<text>(?:[rR][bB]?|[bB][rR]?)?(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''
      |"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*'))
  | (?P<double>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
  | (?P<uint>(?:0x[0-9a-fA-F]+|\d+)[uU])
  | (?P<int>0x[0-9a-fA-F]+|\d+)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<quoted>`[\w.\-/\ ]+`)
  | (?P<sign>&&|\|\||==|!=|<=|>=|[<>\[\]{}().,\-!?:+*/%])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(
    r"""\\(?:([abfnrtv\\'"`?])|x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|([0-3][0-7]{2})"""
    r"""|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))""",
    re.DOTALL,
)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Token(NamedTuple):
    """A word or sign; `kind` is "sign", "name", "end", or the type of a literal."""

    kind: str
    text: str
    at: int
    value: Any = None


def tokens_of(text: str) -> list[Token]:
    """Returns the words and signs of an expression, with one that stands for its end.

    Raises:
        SyntaxProblem: a letter belongs to none.
    """
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise SyntaxProblem(place, f"Syntax error: token recognition error at: '{text[place]}'")
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(_token(kind, match[0], place))
        place = match.end()
    return [*found, Token("end", "<EOF>", len(text))]


def _token(kind: str, text: str, at: int) -> Token:
    if kind in ("int", "uint"):
        return Token(kind, text, at, int(text.rstrip("uU"), 16 if text.startswith("0x") else 10))
    if kind == "double":
        return Token(kind, text, at, float(text))
    if kind == "quoted":
        return Token("name", text, at, text[1:-1])
    if kind != "text":
        return Token(kind, text, at, text)
    value = _text(text, at)
    return Token("bytes" if isinstance(value, bytes) else "string", text, at, value)


def _text(text: str, at: int) -> str | bytes:
    start = min(place for place in (text.find('"'), text.find("'")) if place >= 0)
    prefix, body = text[:start].lower(), text[start:]
    quote = body[:3] if body[:3] in ('"""', "'''") else body[0]
    body = body[len(quote) : -len(quote)]
    if "b" not in prefix:
        return body if "r" in prefix else _ESCAPE.sub(lambda found: _letter(found, at), body)
    if "r" in prefix:
        return body.encode()
    parts, last = [], 0
    for found in _ESCAPE.finditer(body):
        parts.append(body[last : found.start()].encode())
        code = found[2] or found[3]
        octet = bytes([int(code, 16)]) if code else bytes([int(found[4], 8)]) if found[4] else b""
        parts.append(octet or _letter(found, at).encode())
        last = found.end()
    return b"".join([*parts, body[last:].encode()])


def _letter(found: re.Match[str], at: int) -> str:
    simple, small, large, octal, four, eight, other = found.groups()
    if simple:
        return _SIMPLE.get(simple, simple)
    if other:
        raise SyntaxProblem(at, f"Syntax error: token recognition error at: '\\{other}'")
    return chr(int(octal, 8) if octal else int(small or large or four or eight, 16))
