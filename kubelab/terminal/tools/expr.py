"""expr: a calculation in the arguments. Source: GNU coreutils."""

from __future__ import annotations

import re

from kubelab.terminal import regular
from kubelab.terminal.tool import Context, Exit, tool

HELP = """Usage: expr EXPRESSION
Write the value of an expression: | & < <= = != >= > + - * / % : match substr index length + ( )
"""
LEVELS = (("|",), ("&",), ("<", "<=", "=", "==", "!=", ">=", ">"), ("+", "-"), ("*", "/", "%"), (":",))
_NUMBER = re.compile(r"-?\d+")


@tool("expr")
def expr(ctx: Context) -> int:
    """expr expression"""
    if ctx.args == ["--help"]:
        ctx.write(HELP)
        return 0
    if not ctx.args:
        raise Exit(2, "expr: missing operand\nTry 'expr --help' for more information.\n")
    reader = _Reader(ctx.args[1:] if ctx.args[0] == "--" else ctx.args)
    value = reader.level(0)
    if reader.at < len(reader.words):
        raise Exit(2, f"expr: syntax error: unexpected argument '{reader.words[reader.at]}'\n")
    ctx.print(value)
    return int(value in ("", "0") or (_NUMBER.fullmatch(value) is not None and int(value) == 0))


class _Reader:
    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.at = 0

    def peek(self) -> str | None:
        return self.words[self.at] if self.at < len(self.words) else None

    def take(self) -> str:
        word = self.peek()
        if word is None:
            raise Exit(2, f"expr: syntax error: missing argument after '{self.words[self.at - 1]}'\n")
        self.at += 1
        return word

    def level(self, number: int) -> str:
        if number == len(LEVELS):
            return self.term()
        left = self.level(number + 1)
        while (word := self.peek()) in LEVELS[number] and word is not None:
            self.at += 1
            left = _result(word, left, self.level(number + 1))
        return left

    def term(self) -> str:
        word = self.take()
        if word == "(":
            value = self.level(0)
            if self.peek() != ")":
                after = self.words[self.at - 1]
                raise Exit(2, f"expr: syntax error: expecting ')' after '{after}'\n" if self.peek() is None else
                           f"expr: syntax error: expecting ')' instead of '{self.peek()}'\n")  # fmt: skip
            self.at += 1
            return value
        if word == ")":
            raise Exit(2, "expr: syntax error: unexpected ')'\n")
        if word == "+":
            return self.take()
        if word == "length":
            return str(len(self.term()))
        if word == "match":
            return _matched(self.term(), self.term())
        if word == "index":
            text, letters = self.term(), self.term()
            return str(next((at + 1 for at, letter in enumerate(text) if letter in letters), 0))
        if word == "substr":
            text, start, length = self.term(), self.term(), self.term()
            if not (_NUMBER.fullmatch(start) and _NUMBER.fullmatch(length)) or int(start) < 1 or int(length) < 1:
                return ""
            return text[int(start) - 1 : int(start) - 1 + int(length)]
        return word


def _result(operator: str, left: str, right: str) -> str:
    if operator == "|":
        return left if left not in ("", "0") else right if right not in ("", "0") else "0"
    if operator == "&":
        return left if left not in ("", "0") and right not in ("", "0") else "0"
    if operator == ":":
        return _matched(left, right)
    numbers = _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right)
    if operator in LEVELS[2]:
        order = (int(left) > int(right)) - (int(left) < int(right)) if numbers else (left > right) - (left < right)
        return str(int({"<": order < 0, "<=": order <= 0, "=": not order, "==": not order, "!=": bool(order),
                        ">=": order >= 0, ">": order > 0}[operator]))  # fmt: skip
    if not numbers:
        raise Exit(2, "expr: non-integer argument\n")
    one, two = int(left[:4000]), int(right[:4000])
    if operator in "/%" and two == 0:
        raise Exit(2, "expr: division by zero\n")
    quotient = abs(one) // abs(two) * (1 if (one < 0) == (two < 0) else -1) if operator in "/%" else 0
    return str({"+": one + two, "-": one - two, "*": one * two, "/": quotient, "%": one - quotient * two}[operator])


def _matched(text: str, pattern: str) -> str:
    try:
        match = regular.find(regular.compiled(pattern, basic=True, around=r"\A(?:{})"), text)
    except regular.RegularFault as fault:
        raise Exit(2, f"expr: {fault}\n") from None
    groups = "\\(" in pattern
    if match is None:
        return "" if groups else "0"
    return (match.group(1) or "") if groups else str(len(match.group()))
