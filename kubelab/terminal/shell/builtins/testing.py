"""test and [: conditions given as arguments. Source: POSIX test(1); bash(1), CONDITIONAL EXPRESSIONS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubelab.terminal.shell.builtin import builtin
from kubelab.terminal.shell.conditions import NUMERIC, UNARY, newer, unary
from kubelab.terminal.tool import Context

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task

_BINARY = frozenset(("=", "==", "!=", "<", ">", "-nt", "-ot", "-ef", *NUMERIC))
_INTEGER = re.compile(r"\s*[-+]?\d+\s*")


class _Wrong(Exception):
    """The arguments are no condition; the text is what is said."""


class _Parser:
    """Reads a condition by POSIX's rules of precedence, for any number of arguments."""

    def __init__(self, task: Task, args: list[str]) -> None:
        self.task = task
        self.args = args
        self.at = 0

    def run(self) -> bool:
        """Returns whether the condition holds."""
        args = self.args
        if len(args) <= 4:
            short = self._short(args)
            if short is not None:
                return short
        result = self._either()
        if self.at < len(args):
            raise _Wrong("too many arguments")
        return result

    def _short(self, args: list[str]) -> bool | None:
        """POSIX says what up to four arguments mean; None where its grammar decides."""
        count = len(args)
        if count <= 1:
            return bool(args and args[0])
        if count == 2:
            if args[0] == "!":
                return not args[1]
            if args[0] in UNARY:
                return unary(self.task, args[0], args[1])
            raise _Wrong(f"{args[0]}: unary operator expected")
        if count == 3:
            return self._three(args)
        if args[0] == "!":
            result = self._short(args[1:])
            return None if result is None else not result
        if args[0] == "(" and args[3] == ")":
            return self._short(args[1:3])
        return None

    def _three(self, args: list[str]) -> bool:
        first, operator, last = args
        if operator in _BINARY:
            return self._binary(first, operator, last)
        if operator in ("-a", "-o"):
            return (bool(first) and bool(last)) if operator == "-a" else (bool(first) or bool(last))
        if first == "!":
            return not self._short([operator, last])
        if first == "(" and last == ")":
            return bool(operator)
        raise _Wrong(f"{operator}: binary operator expected")

    def _peek(self, ahead: int = 0) -> str | None:
        at = self.at + ahead
        return self.args[at] if at < len(self.args) else None

    def _either(self) -> bool:
        result = self._both()
        while self._peek() == "-o":
            self.at += 1
            result = self._both() or result
        return result

    def _both(self) -> bool:
        result = self._single()
        while self._peek() == "-a":
            self.at += 1
            result = self._single() and result
        return result

    def _single(self) -> bool:
        token = self._peek()
        if token is None:
            raise _Wrong("argument expected")
        if token == "!":
            self.at += 1
            return not self._single()
        operator = self._peek(1)
        if operator in _BINARY and operator is not None:
            last = self._peek(2)
            if last is None:
                raise _Wrong("argument expected")
            self.at += 3
            return self._binary(token, operator, last)
        if token == "(":
            self.at += 1
            result = self._either()
            if self._peek() != ")":
                raise _Wrong(f"`)' expected, found {self._peek()}" if self._peek() else "`)' expected")
            self.at += 1
            return result
        if token in UNARY and operator is not None:
            self.at += 2
            return unary(self.task, token, operator)
        self.at += 1
        return bool(token)

    def _binary(self, first: str, operator: str, last: str) -> bool:
        if operator in ("=", "=="):
            return first == last
        if operator == "!=":
            return first != last
        if operator in ("<", ">"):
            return first < last if operator == "<" else first > last
        if operator in NUMERIC:
            return bool(NUMERIC[operator](self._integer(first), self._integer(last)))
        return newer(self.task, operator, first, last)

    def _integer(self, text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise _Wrong(f"{text}: integer expression expected")
        return int(text)


@builtin("test", "[")
def test(ctx: Context) -> int:
    """test expression, [ expression ]"""
    args = ctx.args
    if ctx.name == "[":
        if args[-1:] != ["]"]:
            _complain(ctx, "missing `]'")
            return 2
        args = args[:-1]
    try:
        return 0 if _Parser(ctx.shell, args).run() else 1
    except _Wrong as fault:
        _complain(ctx, str(fault))
        return 2


def _complain(ctx: Context, fault: str) -> None:
    """Says what is wrong in the words of the shell: dash's in test.c, busybox's in coreutils/test.c."""
    flavour = ctx.shell.flavour.name
    if flavour == "bash":
        ctx.shell.say(f"{ctx.name}: {fault}")
        return
    subject, _, problem = fault.partition(": ")
    if fault.startswith("missing"):
        words = "missing ]"
    elif problem.startswith("integer"):
        words = f"Illegal number: {subject}" if flavour == "dash" else f"invalid number '{subject}'"
    else:
        operand = ctx.args[1] if flavour == "ash" else subject if problem else ctx.args[0]
        words = f"{operand}: unexpected operator" if flavour == "dash" else f"{operand}: unknown operand"
    ctx.shell.say(f"{ctx.name}: {words}" if flavour == "dash" else words)
