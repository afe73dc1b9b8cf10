"""find's expressions: tests and actions, and, or, not. Source: GNU findutils, find(1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kubelab.terminal.modes import Mode, ModeFault
from kubelab.terminal.tool import Exit

ONE = frozenset(
    "-name -iname -path -wholename -ipath -iwholename -regex -iregex -type -size -mtime -mmin -newer -perm -user "
    "-group -printf -atime -ctime -amin -cmin".split()
)
NONE = frozenset("-print -print0 -ls -delete -prune -quit -true -false -empty -readable -writable -executable".split())
SAME = {"-wholename": "-path", "-iwholename": "-ipath", "-atime": "-mtime", "-ctime": "-mtime", "-amin": "-mmin",
        "-cmin": "-mmin"}  # fmt: skip
NUMBERS = frozenset(("-size", "-mtime", "-mmin"))
ACTIONS = frozenset(("-print", "-print0", "-printf", "-ls", "-delete", "-exec", "-execdir", "-ok", "-quit"))
MISSING = frozenset(
    "-fprint -fprintf -fls -okdir -samefile -inum -links -lname -ilname -context -used -anewer -cnewer -xtype -uid "
    "-gid -fstype -nouser -nogroup -files0-from -daystart -newermt -newerXY".split()
)
_NUMBER = re.compile(r"([-+]?)(\d+)([cwbkMG]?)")


@dataclass
class Node:
    """A part of an expression.

    Attributes:
        name: "and", "or", "not", "," or a test's or action's name.
        words: what follows the name.
        together: an -exec with +.
        fault: why an -exec cannot be run.
    """

    name: str
    words: list[str] = field(default_factory=list)
    parts: list[Node] = field(default_factory=list)
    together: bool = False
    fault: str = ""
    number: int = 0
    mode: int = 0

    def number_of(self) -> tuple[str, int, str]:
        """Returns sign, number and unit of a test that takes a number."""
        match = _NUMBER.fullmatch(self.words[0])
        if not match:
            return "", 0, ""
        return match.group(1), int(match.group(2)), match.group(3)

    def all(self) -> Iterator[Node]:
        """Yields it and all its parts."""
        yield self
        for part in self.parts:
            yield from part.all()


@dataclass
class Expression:
    """What find was told."""

    starts: list[str]
    tree: Node
    least: int = 0
    most: int = 10**6
    depth_first: bool = False
    follow: bool = False
    basic: bool = True

    def commands(self) -> list[Node]:
        """Returns the -exec in it."""
        return [node for node in self.tree.all() if node.name in ("-exec", "-execdir", "-ok")]


def parse(args: Sequence[str]) -> Expression:
    """Reads find's arguments.

    Raises:
        Exit: with findutils' words.
    """
    todo = list(args)
    follow = False
    while todo and todo[0] in ("-L", "-H", "-P"):
        follow = todo.pop(0) == "-L"
    starts = []
    while todo and not (todo[0].startswith("-") and len(todo[0]) > 1) and todo[0] not in ("(", "!", ",", ")"):
        starts.append(todo.pop(0))
    parser = _Parser(todo, Expression(starts or ["."], Node("-true"), follow=follow))
    return parser.run()


class _Parser:
    def __init__(self, words: list[str], expression: Expression) -> None:
        self.words = words
        self.at = 0
        self.expression = expression
        self.execs = 0

    def _peek(self) -> str | None:
        return self.words[self.at] if self.at < len(self.words) else None

    def run(self) -> Expression:
        expression = self.expression
        if self.words:
            expression.tree = self._list()
            if self._peek() == ")":
                raise Exit(1, "find: invalid expression; you have too many ')'\n")
        if not any(node.name in ACTIONS for node in expression.tree.all()):
            expression.tree = Node("and", parts=[expression.tree, Node("-print")])
        return expression

    def _list(self) -> Node:
        node = self._or()
        while self._peek() == ",":
            self.at += 1
            node = Node(",", parts=[node, self._or()])
        return node

    def _or(self) -> Node:
        node = self._and()
        while self._peek() in ("-o", "-or"):
            self.at += 1
            node = Node("or", parts=[node, self._and()])
        return node

    def _and(self) -> Node:
        node = self._not()
        while (word := self._peek()) is not None and word not in ("-o", "-or", ",", ")"):
            if word in ("-a", "-and"):
                self.at += 1
            node = Node("and", parts=[node, self._not()])
        return node

    def _not(self) -> Node:
        word = self._peek()
        if word is None:
            before = self.words[self.at - 1]
            raise Exit(1, f"find: expected an expression after '{before}'\n")
        self.at += 1
        if word in ("!", "-not"):
            return Node("not", parts=[self._not()])
        if word == "(":
            if self._peek() == ")":
                raise Exit(1, "find: invalid expression; empty parentheses are not allowed.\n")
            node = self._list()
            if self._peek() != ")":
                raise Exit(
                    1, "find: invalid expression; I was expecting to find a ')' somewhere but did not see one.\n"
                )
            self.at += 1
            return node
        if word in ("-o", "-or", "-a", "-and", ",", ")"):
            raise Exit(
                1, f"find: invalid expression; you have used a binary operator '{word}' with nothing before it.\n"
            )
        return self._primary(word)

    def _argument(self, name: str) -> str:
        word = self._peek()
        if word is None:
            raise Exit(1, f"find: missing argument to `{name}'\n")
        self.at += 1
        return word

    def _primary(self, name: str) -> Node:
        option = self._option(name)
        if option is not None:
            return option
        if name in ("-exec", "-execdir", "-ok"):
            return self._command(name)
        if name in NONE:
            if name == "-delete":
                self.expression.depth_first = True
            return Node(name)
        if name in ONE:
            return self._test(name)
        if name in MISSING or name.startswith("-newer"):
            raise Exit(1, f"find: '{name}' is not simulated in KubeLab\n")
        if name.startswith("-"):
            raise Exit(1, f"find: unknown predicate `{name}'\n")
        raise Exit(1, f"find: paths must precede expression: `{name}'\n")

    def _option(self, name: str) -> Node | None:
        expression = self.expression
        if name in ("-maxdepth", "-mindepth"):
            text = self._argument(name)
            if not text.isdigit():
                raise Exit(1, f"find: Expected a positive decimal integer argument to {name}, but got '{text}'\n")
            if name == "-maxdepth":
                expression.most = int(text)
            else:
                expression.least = int(text)
        elif name in ("-depth", "-d"):
            expression.depth_first = True
        elif name == "-follow":
            expression.follow = True
        elif name == "-regextype":
            expression.basic = self._argument(name) not in (
                "posix-extended",
                "egrep",
                "awk",
                "posix-egrep",
                "posix-awk",
            )
        elif name not in ("-xdev", "-mount", "-noleaf", "-warn", "-nowarn", "-ignore_readdir_race"):
            return None
        return Node("-true")

    def _test(self, name: str) -> Node:
        node = Node(SAME.get(name, name), [self._argument(name)])
        text = node.words[0]
        if node.name == "-type" and (not text or any(letter not in "bcdpfls," for letter in text)):
            letter = next((letter for letter in text if letter not in "bcdpfls,"), "")
            raise Exit(1, f"find: Unknown argument to -type: {letter}\n")
        if node.name in NUMBERS:
            match = _NUMBER.fullmatch(text)
            if not match or (match.group(3) and node.name != "-size"):
                if node.name == "-size":
                    raise Exit(1, f"find: invalid -size type `{text[-1:]}'\n")
                raise Exit(1, f"find: invalid argument `{text}' to `{name}'\n")
        if node.name == "-perm":
            try:
                node.mode = Mode(text.lstrip("-/") or "0").applied(0, is_dir=False, umask=0)
            except ModeFault:
                raise Exit(1, f"find: invalid mode '{text}'\n") from None
        return node

    def _command(self, name: str) -> Node:
        words: list[str] = []
        while True:
            if self._peek() is None:
                raise Exit(1, f"find: missing argument to `{name}'\n")
            word = self._argument(name)
            if word == ";":
                together = False
                break
            if word == "+" and words and words[-1] == "{}":
                together = True
                break
            words.append(word)
        if not words:
            raise Exit(1, f"find: invalid argument `;' to `{name}'\n")
        self.execs += 1
        return Node(name, words, together=together, number=self.execs)
