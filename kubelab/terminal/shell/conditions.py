"""`[[ ... ]]`: reads its expression, and decides the questions that it shares with `test`.

Source: bash(1), CONDITIONAL EXPRESSIONS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.shell.scanning import META, SyntaxFault, after_any, after_word

if TYPE_CHECKING:
    from kubelab.terminal.shell.task import Task

Tree = tuple[Any, ...]
UNARY = frozenset("-" + letter for letter in "abcdefghknoprstuvwxzGLNORS")
BINARY = frozenset(("=", "==", "!=", "=~", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"))
NUMERIC = {
    "-eq": int.__eq__,
    "-ne": int.__ne__,
    "-lt": int.__lt__,
    "-le": int.__le__,
    "-gt": int.__gt__,
    "-ge": int.__ge__,
}


def parse_condition(source: str) -> Tree:
    """Reads what stands between [[ and ]].

    Returns:
        ("&&" | "||", left, right), ("!", tree), ("unary", operator, word) or ("binary", operator, left, right).

    Raises:
        SyntaxFault: if it is no expression.
    """
    parser = _Parser(_tokens(source))
    tree = parser.either()
    if parser.at < len(parser.tokens):
        raise SyntaxFault(parser.tokens[parser.at])
    return tree


def _tokens(source: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(source):
        if source[at] in " \t\n":
            at += 1
            continue
        if tokens and tokens[-1] in ("=~", "==", "=", "!="):
            end = _after_pattern(source, at)
        elif source.startswith(("&&", "||"), at):
            end = at + 2
        elif source[at] in "()<>":
            end = at + 1
        else:
            end = max(at + 1, after_word(source, at, META))
        tokens.append(source[at:end])
        at = end
    return tokens


def _after_pattern(source: str, at: int) -> int:
    """Returns the position behind a pattern or regular expression, in which parentheses need no quotes."""
    depth = 0
    while at < len(source) and source[at] not in " \t\n":
        if source[at] == ")" and not depth:
            break
        depth += {"(": 1, ")": -1}.get(source[at], 0)
        at = after_any(source, at)
    return at


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def _peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def either(self) -> Tree:
        tree = self._both()
        while self._peek() == "||":
            self.at += 1
            tree = ("||", tree, self._both())
        return tree

    def _both(self) -> Tree:
        tree = self._single()
        while self._peek() == "&&":
            self.at += 1
            tree = ("&&", tree, self._single())
        return tree

    def _single(self) -> Tree:
        token = self._peek()
        if token == "!":
            self.at += 1
            return ("!", self._single())
        if token == "(":
            self.at += 1
            tree = self.either()
            if self._peek() != ")":
                raise SyntaxFault(self._peek() or "]]")
            self.at += 1
            return tree
        if token in UNARY and self._peek(1) and self._peek(1) not in BINARY | {"&&", "||", ")"}:
            self.at += 2
            return ("unary", token, self.tokens[self.at - 1])
        if not token or token in ("&&", "||", ")"):
            raise SyntaxFault(token or "]]")
        if self._peek(1) in BINARY:
            if not self._peek(2):
                raise SyntaxFault("]]")
            self.at += 3
            return ("binary", self.tokens[self.at - 2], token, self.tokens[self.at - 1])
        self.at += 1
        return ("unary", "-n", token)


def unary(task: Task, operator: str, text: str) -> bool:
    """Answers a question about one operand."""
    if operator in ("-n", "-z"):
        return bool(text) == (operator == "-n")
    if operator == "-v":
        return task.is_set(text)
    if operator == "-o":
        return task.has_option(text)
    if operator == "-t":
        return text.strip().isdigit() and task.stream(int(text)).is_tty
    return _file_test(task, operator, text)


def _file_test(task: Task, operator: str, text: str) -> bool:
    if not text:
        return False
    files, path = task.files, task.absolute(text)
    right = {"-r": "read", "-w": "write", "-x": "execute"}.get(operator)
    if right:
        return files.may(path, right)
    try:
        stat = files.stat(path, follow=operator not in ("-h", "-L"))
    except FileError:
        return False
    if operator in ("-e", "-a"):
        return True
    if operator == "-s":
        return stat.size > 0
    if operator == "-O":
        return stat.owner == task.user
    if operator == "-G":
        return stat.group == task.user
    if operator in "-u-g-k":
        return bool(stat.mode & {"-u": 0o4000, "-g": 0o2000, "-k": 0o1000}[operator])
    kinds = {"-f": "file", "-d": "dir", "-h": "link", "-L": "link", "-c": "char", "-p": "pipe", "-S": "socket"}
    return stat.type == kinds.get(operator, "block")


def newer(task: Task, operator: str, left: str, right: str) -> bool:
    """Compares two files: -nt, -ot, -ef."""
    times: list[float | None] = []
    for name in (left, right):
        try:
            times.append(task.files.stat(task.absolute(name)).mtime)
        except FileError:
            times.append(None)
    first, second = times
    if operator == "-ef":
        both = first is not None and second is not None
        return both and task.files.realpath(task.absolute(left)) == task.files.realpath(task.absolute(right))
    if operator == "-ot":
        first, second = second, first
    return first is not None and (second is None or first > second)
