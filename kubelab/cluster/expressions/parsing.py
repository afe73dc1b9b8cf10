"""Reads an expression in CEL into a tree.

Source: github.com/google/cel-spec, doc/langdef.md; cel-go, parser/gen/CEL.g4.
"""

from __future__ import annotations

from collections.abc import Callable

from kubelab.cluster.expressions import macros
from kubelab.cluster.expressions.syntax import Call, Entry, ListOf, Literal, MapOf, Name, Node, Select, SyntaxProblem
from kubelab.cluster.expressions.tokens import RESERVED, Token, tokens_of

DEEPEST = 250  # how deep expressions may be within each other, as cel-go has it
LEVELS = (("<", "<=", ">=", ">", "==", "!=", "in"), ("+", "-"), ("*", "/", "%"))
FUNCTIONS = {sign: f"_{sign}_" for level in LEVELS for sign in level} | {"in": "@in"}
PRIMARY = (
    "'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER"
)
FIXED = {"true": (True, "bool"), "false": (False, "bool"), "null": (None, "null_type")}
LIMITS = {"int": (-(2**63), 2**63 - 1), "uint": (0, 2**64 - 1)}


def parse(text: str, known: macros.Known) -> Node:
    """Returns the tree of an expression, its macros put out.

    Args:
        known: which macros there are.

    Raises:
        SyntaxProblem: it is none.
    """
    try:
        return _Parser(text, known).whole()
    except RecursionError:
        raise SyntaxProblem(0, f"expression recursion limit exceeded: {DEEPEST}") from None


class _Parser:
    def __init__(self, text: str, known: macros.Known) -> None:
        self.tokens = tokens_of(text)
        self.place, self.depth, self.known = 0, 0, known

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.tokens[self.place]
        self.place += token.kind != "end"
        return token

    def sees(self, *signs: str) -> bool:
        token = self.next
        return token.kind in ("sign", "name") and token.text in signs

    def taken(self, sign: str) -> Token | None:
        return self.take() if self.sees(sign) else None

    def expected(self, what: str) -> SyntaxProblem:
        token = self.next
        return SyntaxProblem(token.at, f"Syntax error: mismatched input '{token.text}' expecting {what}")

    def need(self, sign: str) -> Token:
        if not self.sees(sign):
            raise self.expected(f"'{sign}'")
        return self.take()

    def whole(self) -> Node:
        found = self.expression()
        if self.next.kind != "end":
            token = self.next
            raise SyntaxProblem(token.at, f"Syntax error: extraneous input '{token.text}' expecting <EOF>")
        return found

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise SyntaxProblem(0, f"expression recursion limit exceeded: {DEEPEST}")
        found = self.chain("||", self.conjunction)
        mark = self.taken("?")
        if mark is not None:
            then = self.chain("||", self.conjunction)
            self.need(":")
            found = Call(mark.at, "_?_:_", [found, then, self.expression()])
        self.depth -= 1
        return found

    def conjunction(self) -> Node:
        return self.chain("&&", self.relation)

    def chain(self, sign: str, part: Callable[[], Node]) -> Node:
        parts, signs = [part()], list[Token]()
        while self.sees(sign):
            signs.append(self.take())
            parts.append(part())
        return _balanced(f"_{sign}_", parts, signs)

    def relation(self) -> Node:
        return self.binary(0)

    def binary(self, level: int) -> Node:
        if level == len(LEVELS):
            return self.unary()
        found = self.binary(level + 1)
        while self.sees(*LEVELS[level]):
            sign = self.take()
            found = Call(sign.at, FUNCTIONS[sign.text], [found, self.binary(level + 1)])
        return found

    def unary(self) -> Node:
        sign = self.next
        if self.sees("-") and self.tokens[self.place + 1].kind in ("int", "double"):
            self.take()
            return self.members(self.literal(negative=True, at=sign.at))
        if not self.sees("!", "-"):
            return self.members(self.primary())
        count = 0
        while self.sees(sign.text):
            self.take()
            count += 1
        inner = self.members(self.primary())
        return Call(sign.at, "!_" if sign.text == "!" else "-_", [inner]) if count % 2 else inner

    def members(self, found: Node) -> Node:
        while True:
            dot, bracket = self.taken("."), self.taken("[") if self.sees("[") else None
            if dot is not None:
                optional = self.taken("?")
                name = self.name()
                if optional is not None:
                    found = Call(dot.at, "_?._", [found, Literal(name.at, name.value, "string")])
                elif self.sees("("):
                    found = self.call(name, found)
                else:
                    found = Select(dot.at, found, name.value)
            elif bracket is not None:
                function = "_[?_]" if self.taken("?") else "_[_]"
                found = Call(bracket.at, function, [found, self.expression()])
                self.need("]")
            else:
                return found

    def name(self) -> Token:
        token = self.next
        if token.kind != "name" or token.text in ("true", "false", "null", "in"):
            why = f"no viable alternative at input '.{token.text}'"
            raise SyntaxProblem(token.at, f"Syntax error: {why}")
        return self.take()

    def call(self, name: Token, target: Node | None) -> Node:
        opened = self.need("(")
        arguments = [] if self.sees(")") else self.arguments()
        self.need(")")
        expanded = macros.expanded(opened.at, name.value, target, arguments, self.known)
        return expanded if expanded is not None else Call(opened.at, name.value, arguments, target)

    def arguments(self) -> list[Node]:
        found = [self.expression()]
        while self.taken(","):
            found.append(self.expression())
        return found

    def primary(self) -> Node:
        token = self.next
        if self.taken("("):
            found = self.expression()
            self.need(")")
            return found
        if self.sees("["):
            return self.list()
        if self.sees("{"):
            return self.map("")
        if token.kind not in ("name", "sign", "end"):
            return self.literal(negative=False, at=token.at)
        leading = self.taken(".")
        if self.next.kind != "name":
            raise self.expected(f"{{{PRIMARY}}}") if leading is None else self.expected("IDENTIFIER")
        if self.next.text in FIXED:
            value, kind = FIXED[self.take().text]
            return Literal(token.at, value, kind)
        return self.named(self.take())

    def named(self, name: Token) -> Node:
        if name.text in RESERVED:
            raise SyntaxProblem(name.at, f"reserved identifier: {name.text}")
        if self.sees("("):
            return self.call(name, None)
        ahead, path = self.place, [name.value]
        while self.tokens[ahead].text == "." and self.tokens[ahead + 1].kind == "name":
            path.append(self.tokens[ahead + 1].value)
            ahead += 2
        if self.tokens[ahead].text == "{" and self.tokens[ahead].kind == "sign":
            self.place = ahead
            return self.map(".".join(path))
        return Name(name.at, name.value)

    def literal(self, *, negative: bool, at: int) -> Node:
        token = self.take()
        value = -token.value if negative else token.value
        if token.kind in LIMITS and not LIMITS[token.kind][0] <= value <= LIMITS[token.kind][1]:
            raise SyntaxProblem(at, f"invalid {token.kind} literal")
        return Literal(at, value, token.kind)

    def list(self) -> Node:
        opened, items, optional = self.take(), list[Node](), set[int]()
        while not self.sees("]"):
            if self.taken("?"):
                optional.add(len(items))
            items.append(self.expression())
            if not self.taken(",") and not self.sees("]"):
                raise self.expected("{']', ','}")
        self.need("]")
        return ListOf(opened.at, items, frozenset(optional))

    def map(self, kind: str) -> Node:
        opened, entries = self.take(), list[Entry]()
        while not self.sees("}"):
            optional = self.taken("?") is not None
            key: Node | str = self.name().value if kind else self.expression()
            colon = self.need(":")
            entries.append(Entry(colon.at, key, self.expression(), optional=optional))
            if not self.taken(",") and not self.sees("}"):
                raise self.expected("{'}', ','}")
        self.need("}")
        return MapOf(opened.at, entries, kind)


def _balanced(function: str, parts: list[Node], signs: list[Token]) -> Node:
    """Returns a chain of `&&` or `||` as a tree that is as deep on either side."""
    if len(parts) == 1:
        return parts[0]
    middle = (len(parts) - 1) // 2
    before = _balanced(function, parts[: middle + 1], signs[:middle])
    after = _balanced(function, parts[middle + 1 :], signs[middle + 1 :])
    return Call(signs[middle].at, function, [before, after])
