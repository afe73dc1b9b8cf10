"""Whole-number arithmetic of `$(( ))`, `(( ))`, `let` and subscripts: 64 bits that wrap around, as in C.

Source: bash(1), ARITHMETIC EVALUATION.
"""

from __future__ import annotations

import operator as operator_module
import re
from collections.abc import Callable
from typing import Any, Protocol

from kubelab.terminal.remembering import remembered

_TOKEN = re.compile(
    r"\s*(?:(\d+#[0-9a-zA-Z@_]+|0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|"
    r"(<<=|>>=|\*\*|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&^|]=|[-+*/%<>!~&^|?:=,()\[\]]))"
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="),
    ("<<", ">>"), ("+", "-"), ("*", "/", "%"),
)  # fmt: skip
_ASSIGN = ("=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "<<=", ">>=")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_"
DEPTH = 100

Tree = tuple[Any, ...]


class ArithmeticFault(Exception):
    """An expression that cannot be evaluated; the text is bash's message behind the expression.

    Attributes:
        source: the expression, which may be a variable's value; "" as long as that is not known.
    """

    source = ""


class Variables(Protocol):
    """Where an expression finds its names."""

    def number_source(self, name: str, index: str | None) -> str:
        """Returns a variable's text, "" where it is not set."""

    def set_number(self, name: str, index: str | None, value: int) -> None:
        """Assigns."""


def evaluate(source: str, variables: Variables, depth: int = 0) -> int:
    """Returns the value of an expression; an empty one is 0.

    Raises:
        ArithmeticFault: if it is no expression, or divides by zero.
    """
    if depth > DEPTH:
        raise ArithmeticFault("expression recursion level exceeded")
    text = source.strip()
    if text.isdigit() and not text.startswith("0"):
        return _wrap(int(text))
    try:
        return _Evaluator(variables, source, depth).value(_parse(source))
    except ArithmeticFault as fault:
        fault.source = fault.source or source
        raise


def _wrap(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


@remembered(1024)
def _parse(source: str) -> Tree:
    return _Parser(source).run()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        while source[at:].strip():
            match = _TOKEN.match(source, at)
            if not match:
                rest = source[at:].lstrip()
                raise ArithmeticFault(f'syntax error: invalid arithmetic operator (error token is "{rest}")')
            number, name, operator = match.groups()
            kind = "number" if number else "name" if name else "operator"
            self.tokens.append((kind, number or name or operator, match.start(match.lastindex or 0)))
            at = match.end()
        self.at = 0

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _fault(self, message: str) -> ArithmeticFault:
        position = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.source)
        if position >= len(self.source) and self.tokens:
            position = self.tokens[-1][2]
        return ArithmeticFault(f'{message} (error token is "{self.source[position:]}")')

    def run(self) -> Tree:
        if not self.tokens:
            return ("number", "0")
        tree = self._comma()
        if self.at < len(self.tokens):
            raise self._fault("syntax error in expression")
        return tree

    def _comma(self) -> Tree:
        tree = self._assignment()
        while self._peek() == ",":
            self.at += 1
            tree = ("comma", tree, self._assignment())
        return tree

    def _assignment(self) -> Tree:
        left = self._ternary()
        operator = self._peek()
        if operator in _ASSIGN:
            if left[0] != "name":
                raise self._fault("attempted assignment to non-variable")
            self.at += 1
            return ("assign", operator[:-1], left, self._assignment())
        return left

    def _ternary(self) -> Tree:
        test = self._binary(0)
        if self._peek() != "?":
            return test
        self.at += 1
        yes = self._comma()
        if self._peek() != ":":
            raise self._fault("`:' expected for conditional expression")
        self.at += 1
        return ("if", test, yes, self._assignment())

    def _binary(self, level: int) -> Tree:
        if level == len(_LEVELS):
            return self._power()
        left = self._binary(level + 1)
        while self._peek() in _LEVELS[level]:
            operator = self._peek()
            self.at += 1
            left = ("binary", operator, left, self._binary(level + 1))
        return left

    def _power(self) -> Tree:
        left = self._unary()
        if self._peek() != "**":
            return left
        self.at += 1
        return ("binary", "**", left, self._power())

    def _unary(self) -> Tree:
        operator = self._peek()
        if operator in ("++", "--"):
            self.at += 1
            target = self._unary()
            if target[0] == "name":
                return ("before", operator[0], target)
            return ("unary", operator[0], ("unary", operator[0], target))
        if operator in ("+", "-", "!", "~"):
            self.at += 1
            return ("unary", operator, self._unary())
        tree = self._primary()
        if self._peek() in ("++", "--") and tree[0] == "name":
            operator = self._peek()
            self.at += 1
            return ("after", operator[0], tree)
        return tree

    def _primary(self) -> Tree:
        if self.at >= len(self.tokens):
            raise self._fault("syntax error: operand expected")
        kind, text, _position = self.tokens[self.at]
        if text == "(":
            self.at += 1
            tree = self._comma()
            if self._peek() != ")":
                raise self._fault("missing `)'")
            self.at += 1
            return tree
        if kind == "operator":
            raise self._fault("syntax error: operand expected")
        self.at += 1
        if kind == "number":
            return ("number", text)
        return ("name", text, self._index())

    def _index(self) -> str | None:
        """Takes a subscript as source: what it means depends on the kind of the array."""
        if self._peek() != "[":
            return None
        start, depth = self.tokens[self.at][2] + 1, 0
        while self.at < len(self.tokens):
            text, position = self.tokens[self.at][1:]
            self.at += 1
            depth += {"[": 1, "]": -1}.get(text, 0)
            if not depth:
                return self.source[start:position]
        raise self._fault("bad array subscript")


class _Evaluator:
    def __init__(self, variables: Variables, source: str, depth: int) -> None:
        self.variables = variables
        self.source = source
        self.depth = depth

    def value(self, tree: Tree) -> int:
        kind = tree[0]
        if kind == "number":
            return _number(tree[1], self.source)
        if kind == "name":
            return self._name(tree)
        if kind == "binary":
            return self._binary(tree)
        if kind == "unary":
            return self._unary(tree[1], self.value(tree[2]))
        if kind == "if":
            return self.value(tree[2] if self.value(tree[1]) else tree[3])
        if kind == "comma":
            self.value(tree[1])
            return self.value(tree[2])
        return self._change(tree)

    def _name(self, tree: Tree) -> int:
        text = self.variables.number_source(tree[1], tree[2]).strip()
        if not text:
            return 0
        return evaluate(text, self.variables, self.depth + 1)

    def _binary(self, tree: Tree) -> int:
        operator, left = tree[1], self.value(tree[2])
        if operator == "&&":
            return int(bool(left) and bool(self.value(tree[3])))
        if operator == "||":
            return int(bool(left) or bool(self.value(tree[3])))
        return _operate(operator, left, self.value(tree[3]), self.source)

    def _unary(self, operator: str, value: int) -> int:
        if operator == "!":
            return int(not value)
        return _wrap(-value if operator == "-" else ~value if operator == "~" else value)

    def _change(self, tree: Tree) -> int:
        """Assignments, ++ and --."""
        kind, operator, target = tree[:3]
        if kind == "assign":
            value = self.value(tree[3])
            if operator:
                value = _operate(operator, self._name(target), value, self.source)
            self.variables.set_number(target[1], target[2], value)
            return value
        before = self._name(target)
        after = _wrap(before + 1 if operator == "+" else before - 1)
        self.variables.set_number(target[1], target[2], after)
        return after if kind == "before" else before


def _number(text: str, source: str) -> int:
    if "#" in text:
        base_text, digits = text.split("#")
        base = int(base_text)
        if not 2 <= base <= 64:
            raise ArithmeticFault(f'invalid arithmetic base (error token is "{text}")')
        value = 0
        for letter in digits.lower() if base <= 36 else digits:
            digit = _DIGITS.index(letter)
            if digit >= base:
                raise ArithmeticFault(f'value too great for base (error token is "{text}")')
            value = value * base + digit
        return _wrap(value)
    if text[:2] in ("0x", "0X"):
        return _wrap(int(text, 16))
    if text.startswith("0") and len(text) > 1:
        if not all(letter in "01234567" for letter in text):
            raise ArithmeticFault(f'value too great for base (error token is "{text}")')
        return _wrap(int(text, 8))
    return _wrap(int(text[:40]))


def _operate(operator: str, left: int, right: int, source: str) -> int:
    if operator in ("/", "%"):
        if not right:
            token = re.split(r"[/%]", source, maxsplit=1)[-1].lstrip()
            raise ArithmeticFault(f'division by 0 (error token is "{token}")')
        quotient = abs(left) // abs(right)
        if (left < 0) != (right < 0):
            quotient = -quotient
        return _wrap(quotient if operator == "/" else left - quotient * right)
    if operator == "**":
        if right < 0:
            token = source.split("**")[-1].strip().lstrip("-")
            raise ArithmeticFault(f'exponent less than 0 (error token is "{token}")')
        return _wrap(pow(left, right, 2**64))
    return _wrap(int(_OPERATIONS[operator](left, right)))


def _shift_left(left: int, right: int) -> int:
    return left << (right & 63)


def _shift_right(left: int, right: int) -> int:
    return left >> (right & 63)


_OPERATIONS: dict[str, Callable[[int, int], int | bool]] = {
    "+": operator_module.add,
    "-": operator_module.sub,
    "*": operator_module.mul,
    "&": operator_module.and_,
    "|": operator_module.or_,
    "^": operator_module.xor,
    "<<": _shift_left,
    ">>": _shift_right,
    "==": operator_module.eq,
    "!=": operator_module.ne,
    "<": operator_module.lt,
    ">": operator_module.gt,
    "<=": operator_module.le,
    ">=": operator_module.ge,
}
