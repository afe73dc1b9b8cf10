"""Reads jq filters into trees: tuples whose first element says what they are."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

Tree = tuple[Any, ...]
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+|#[^\n]*)|(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)"
    r"|(?P<field>\.[A-Za-z_]\w*)|(?P<variable>\$__loc__|\$[A-Za-z_]\w*(?:::\w+)*)|(?P<format>@\w+)"
    r"|(?P<name>[A-Za-z_]\w*(?:::\w+)*)"
    r"|(?P<operator>\?//=|\?//|\|=|//=|\+=|-=|\*=|/=|%=|==|!=|<=|>=|//|\.\.|[-+*/%=<>|,.:;?()\[\]{}])"
)
KEYWORDS = frozenset(
    "def if then elif else end as reduce foreach try catch and or label import include __loc__ not".split()
) - {"not"}
# operator -> (precedence, associativity)
BINARY = {
    "|": (0, "right"), ",": (1, "left"), "//": (2, "right"), "=": (3, "none"), "|=": (3, "none"), "+=": (3, "none"),
    "-=": (3, "none"), "*=": (3, "none"), "/=": (3, "none"), "%=": (3, "none"), "//=": (3, "none"), "or": (4, "left"),
    "and": (5, "left"), "==": (6, "none"), "!=": (6, "none"), "<": (6, "none"), "<=": (6, "none"), ">": (6, "none"),
    ">=": (6, "none"), "+": (7, "left"), "-": (7, "left"), "*": (8, "left"), "/": (8, "left"), "%": (8, "left"),
}  # fmt: skip
LITERALS = {"true": True, "false": False, "null": None}
DEPTH = 200  # how deeply a filter may be nested


class JqFault(Exception):
    """The filter is none."""


class Token(NamedTuple):
    """A token: its kind ("number", "field", "string" ...; an operator or keyword is its own) and its value."""

    kind: str
    value: Any


def tokens_of(source: str) -> list[Token]:
    """Returns a filter's tokens; a string's value is its parts, text and trees in turns."""
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        if source[at] == '"':
            parts, at = _string(source, at + 1)
            tokens.append(Token("string", parts))
            continue
        match = _TOKEN.match(source, at)
        if not match:
            raise JqFault("syntax error, unexpected INVALID_CHARACTER (Unix shell quoting issues?)")
        at = match.end()
        kind, text = str(match.lastgroup), match.group()
        if kind == "space":
            continue
        if kind == "operator" or (kind == "name" and text in KEYWORDS):
            tokens.append(Token(text, text))
        else:
            tokens.append(Token(kind, text))
    tokens.append(Token("end", ""))
    return tokens


def _string(source: str, at: int) -> tuple[list[Any], int]:
    """Reads a string behind its quote; returns its parts and where it ends."""
    parts: list[Any] = []
    text = ""
    while True:
        if at >= len(source):
            raise JqFault("syntax error, unexpected end of file, expecting QQSTRING_TEXT or QQSTRING_INTERP_START or "
                          "QQSTRING_END (Unix shell quoting issues?)")  # fmt: skip
        letter = source[at]
        if letter == '"':
            return [*parts, text], at + 1
        if letter != "\\":
            text, at = text + letter, at + 1
            continue
        if source[at + 1 : at + 2] == "(":
            end = _closing(source, at + 2)
            parts.extend([text, parse(source[at + 2 : end])])
            text, at = "", end + 1
            continue
        match = re.compile(r'\\(?:u[0-9a-fA-F]{4}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?|["\\/bfnrt])').match(source, at)
        if not match:
            raise JqFault("Invalid escape")
        text, at = text + json.loads(f'"{match.group()}"'), match.end()


def _closing(source: str, at: int) -> int:
    """Returns where the parenthesis closes that was opened before `at`."""
    depth = 1
    while at < len(source):
        letter = source[at]
        if letter == '"':
            _parts, at = _string(source, at + 1)
            continue
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return at
        at += 1
    raise JqFault("syntax error, unexpected end of file (Unix shell quoting issues?)")


def parse(source: str) -> Tree:
    """Reads a filter.

    Raises:
        JqFault: if it is none.
    """
    parser = _Parser(tokens_of(source))
    tree = parser.pipe() if not parser.has("end") else ("identity",)
    if not parser.has("end"):
        fault = str(parser.fault())
        raise JqFault(fault.replace(" (Unix", ", expecting end of file (Unix"))
    return tree


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def has(self, *kinds: str) -> bool:
        return self.tokens[self.at].kind in kinds

    def next(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def fault(self) -> JqFault:
        token = self.tokens[self.at]
        names = {
            "end": "end of file", "name": "IDENT", "field": "FIELD", "number": "LITERAL", "string": "QQSTRING_START",
            "variable": "'$'", "format": "FORMAT",
        }  # fmt: skip
        what = names.get(token.kind, f"'{token.kind}'" if len(token.kind) == 1 else token.kind)
        return JqFault(f"syntax error, unexpected {what} (Unix shell quoting issues?)")

    def expect(self, *kinds: str) -> Token:
        if not self.has(*kinds):
            raise self.fault()
        return self.next()

    # pipes

    def pipe(self) -> Tree:
        self.depth += 1
        if self.depth > DEPTH:
            raise JqFault("the filter is nested too deeply (a limit of KubeLab)")
        try:
            if self.has("def"):
                definition = self._definition()
                return ("def", definition, self.pipe() if not self.has("end", ")") else ("identity",))
            return self._binary(0)
        finally:
            self.depth -= 1

    def _definition(self) -> Tree:
        self.next()
        name = self.expect("name", "if", "and", "or").value
        parameters = []
        if self.has("("):
            self.next()
            while True:
                parameters.append(self.expect("name", "variable").value)
                if self.next().kind == ")":
                    break
        self.expect(":")
        body = self.pipe()
        self.expect(";")
        return (name, parameters, body)

    def _binary(self, least: int) -> Tree:
        left = self._postfix()
        while True:
            operator = self.tokens[self.at].kind
            if operator == "as":
                left = self._as(left)
                continue
            if operator not in BINARY or BINARY[operator][0] < least:
                return left
            precedence, side = BINARY[operator]
            self.next()
            if operator == "|":
                right = self.pipe()
            else:
                right = self._binary(precedence if side == "right" else precedence + 1)
            left = ("binary", operator, left, right)
            if side == "none" and self.tokens[self.at].kind in BINARY:
                if BINARY[self.tokens[self.at].kind][0] == precedence:
                    raise self.fault()

    def _as(self, source: Tree) -> Tree:
        self.next()
        patterns = [self._pattern()]
        while self.has("?//"):
            self.next()
            patterns.append(self._pattern())
        self.expect("|")
        return ("as", source, patterns, self.pipe())

    def _pattern(self) -> Tree:
        if self.has("variable"):
            return ("variable", self.next().value)
        if self.has("["):
            self.next()
            items = [self._pattern()]
            while self.has(","):
                self.next()
                items.append(self._pattern())
            self.expect("]")
            return ("array", items)
        self.expect("{")
        pairs = []
        while True:
            name = None
            if self.has("variable"):
                name = self.next().value
                key: Tree = ("string", [name[1:]])
            elif self.has("("):
                self.next()
                key = self.pipe()
                self.expect(")")
            else:
                token = self.expect("name", "string", *KEYWORDS)
                key = ("string", token.value if token.kind == "string" else [token.value])
            value = None
            if self.has(":"):
                self.next()
                value = self._pattern()
            pairs.append((name, key, value))
            if self.next().kind == "}":
                return ("object", pairs)

    # terms

    def _postfix(self) -> Tree:
        tree = self._term()
        while True:
            if self.has("field"):
                tree = ("index", tree, ("string", [self.next().value[1:]]))
            elif self.has(".") and self.tokens[self.at + 1].kind in ("string", "["):
                self.next()
                if self.has("string"):
                    tree = ("index", tree, ("string", self.next().value))
            elif self.has("["):
                tree = self._bracket(tree)
            elif self.has("?"):
                self.next()
                tree = ("try", tree, None)
            else:
                return tree

    def _bracket(self, tree: Tree) -> Tree:
        self.next()
        if self.has("]"):
            self.next()
            return ("iterate", tree)
        if self.has(":"):
            self.next()
            end = self.pipe()
            self.expect("]")
            return ("slice", tree, None, end)
        start = self.pipe()
        if self.has(":"):
            self.next()
            finish = None if self.has("]") else self.pipe()
            self.expect("]")
            return ("slice", tree, start, finish)
        self.expect("]")
        return ("index", tree, start)

    def _term(self) -> Tree:
        token = self.next()
        kind = token.kind
        reader = getattr(self, f"_{kind}_term", None) if kind.isidentifier() else None
        if reader is not None:
            tree: Tree = reader(token)
            return tree
        if kind == ".":
            if self.has("string"):
                return ("index", ("identity",), ("string", self.next().value))
            return ("identity",)
        if kind == "..":
            return ("call", "recurse", [])
        if kind == "(":
            tree = self.pipe()
            self.expect(")")
            return tree
        if kind == "[":
            if self.has("]"):
                self.next()
                return ("literal", [])
            tree = self.pipe()
            self.expect("]")
            return ("collect", tree)
        if kind == "{":
            return self._object()
        if kind == "-":
            return ("negate", self._postfix())
        self.at -= 1
        raise self.fault()

    def _number_term(self, token: Token) -> Tree:
        text = token.value
        return ("literal", int(text) if text.isdigit() else float(text))

    def _string_term(self, token: Token) -> Tree:
        return ("string", token.value)

    def _format_term(self, token: Token) -> Tree:
        if self.has("string"):
            return ("string", self.next().value, token.value)
        return ("format", token.value)

    def _field_term(self, token: Token) -> Tree:
        return ("index", ("identity",), ("string", [token.value[1:]]))

    def _variable_term(self, token: Token) -> Tree:
        return ("variable", token.value)

    def _name_term(self, token: Token) -> Tree:
        if token.value in LITERALS:
            return ("literal", LITERALS[token.value])
        if token.value == "break" and self.has("variable"):
            return ("break", self.next().value)
        arguments = []
        if self.has("("):
            self.next()
            while True:
                arguments.append(self.pipe())
                if self.expect(";", ")").kind == ")":
                    break
        return ("call", token.value, arguments)

    def _if_term(self, token: Token) -> Tree:
        condition = self.pipe()
        self.expect("then")
        then = self.pipe()
        if self.has("elif"):
            self.next()
            return ("if", condition, then, self._if_term(token))
        otherwise: Tree = ("identity",)
        if self.has("else"):
            self.next()
            otherwise = self.pipe()
        self.expect("end")
        return ("if", condition, then, otherwise)

    def _try_term(self, token: Token) -> Tree:
        body = self._postfix()
        if self.has("catch"):
            self.next()
            return ("try", body, self._postfix())
        return ("try", body, None)

    def _reduce_term(self, token: Token) -> Tree:
        source = self._postfix()
        self.expect("as")
        pattern = self._pattern()
        self.expect("(")
        start = self.pipe()
        self.expect(";")
        update = self.pipe()
        self.expect(")")
        return ("reduce", source, [pattern], start, update)

    def _foreach_term(self, token: Token) -> Tree:
        source = self._postfix()
        self.expect("as")
        pattern = self._pattern()
        self.expect("(")
        start = self.pipe()
        self.expect(";")
        update = self.pipe()
        extract: Tree | None = None
        if self.has(";"):
            self.next()
            extract = self.pipe()
        self.expect(")")
        return ("foreach", source, [pattern], start, update, extract)

    def _label_term(self, token: Token) -> Tree:
        name = self.expect("variable").value
        self.expect("|")
        return ("label", name, self.pipe())

    def _def_term(self, token: Token) -> Tree:
        self.at -= 1
        definition = self._definition()
        return ("def", definition, self.pipe())

    def _object(self) -> Tree:
        pairs: list[tuple[Tree, Tree]] = []
        while not self.has("}"):
            pairs.append(self._pair())
            if not self.has("}"):
                self.expect(",")
        self.next()
        return ("object", pairs)

    def _pair(self) -> tuple[Tree, Tree]:
        key: Tree
        if self.has("variable"):
            name = self.next().value
            return ("string", [name[1:]]), ("variable", name)
        if self.has("("):
            self.next()
            key = self.pipe()
            self.expect(")")
            self.expect(":")
            return key, self._value()
        if self.has("format"):
            form = self.next().value
            key = ("string", self.next().value, form) if self.has("string") else ("format", form)
        else:
            token = self.expect("name", "string", "number", *KEYWORDS)
            key = ("string", token.value if token.kind == "string" else [token.value])
        if self.has(":"):
            self.next()
            return key, self._value()
        return key, ("index", ("identity",), key)

    def _value(self) -> Tree:
        """Reads an object's value: no comma, but pipes of terms."""
        tree = self._binary(2)
        while self.has("|"):
            self.next()
            tree = ("binary", "|", tree, self._binary(2))
        return tree
