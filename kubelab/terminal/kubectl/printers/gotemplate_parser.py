"""The syntax of Go templates (text/template/parse): text with actions in double braces.

Actions are read into nodes; what they mean is in gotemplate.py.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
  | (?P<field>\.[A-Za-z_][A-Za-z0-9_]*)
  | (?P<variable>\$[A-Za-z0-9_]*)
  | (?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+))
  | (?P<dot>\.)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<string>"(?:[^"\\\n]|\\.)*")
  | (?P<raw>`[^`]*`)
  | (?P<char>'(?:[^'\\\n]|\\.)+')
  | (?P<declare>:=)
  | (?P<mark>[=|(),])""",
    re.VERBOSE,
)
_ACTION = re.compile(r"\{\{(-(?=\s))?")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_MOST_IN_RANGE = 2  # variables: the index and the element
_BLOCKS = ("if", "range", "with", "define", "block")


class TemplateError(Exception):
    """A template cannot be read or applied; `written` is what it had written before."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.written = ""


class Token(NamedTuple):
    """One word of an action and where it stands in the template."""

    kind: str
    text: str
    at: int


@dataclass
class Path:
    """`.a.b`, `$x.a`, `(pipeline).a`: fields of a base, which is None for the dot."""

    fields: list[str]
    at: int
    text: str
    variable: str = ""
    pipeline: Pipeline | None = None


@dataclass
class Constant:
    """A literal."""

    value: Any
    at: int
    text: str


@dataclass
class Function:
    """A function's name."""

    name: str
    at: int

    @property
    def text(self) -> str:
        """Its name."""
        return self.name


Operand = Path | Constant | Function


@dataclass
class Command:
    """An operand and its arguments."""

    words: list[Operand]


@dataclass
class Pipeline:
    """Commands, each fed to the next; its value may be put into variables."""

    commands: list[Command]
    variables: list[str] = field(default_factory=list)
    assigns: bool = False


@dataclass
class Block:
    """`if`, `range` or `with`, its body and its `else`."""

    kind: str
    pipeline: Pipeline
    body: list[Node]
    otherwise: list[Node]


@dataclass
class Include:
    """`template "name" pipeline`."""

    name: str
    pipeline: Pipeline | None


@dataclass
class Jump:
    """`break` or `continue`."""

    kind: str


Node = str | Pipeline | Block | Include | Jump


class Parsed(NamedTuple):
    """A template's body and the templates defined in it."""

    body: list[Node]
    defined: dict[str, list[Node]]


def parse(text: str, functions: Container[str]) -> Parsed:
    """Returns the nodes of a template.

    Args:
        functions: the names of those that there are.

    Raises:
        TemplateError: its syntax is wrong, or it names a function that there is not.
    """
    parser = _Parser(text, functions)
    body, end = parser.nodes()
    if end is not None:
        raise parser.error(f"unexpected {{{{{end}}}}}")
    return Parsed(body, parser.defined)


class _Parser:
    def __init__(self, text: str, functions: Container[str]) -> None:
        self.text = text
        self.functions = functions
        self.at = 0
        self.defined: dict[str, list[Node]] = {}
        self.tokens: list[Token] = []
        self.next = 0
        self.loops = 0
        self.variables = ["$"]  # those that are known where it reads

    def error(self, message: str, at: int | None = None) -> TemplateError:
        line = 1 + self.text.count("\n", 0, min(self.at if at is None else at, len(self.text)))
        return TemplateError(f"template: output:{line}: {message}")

    def nodes(self) -> tuple[list[Node], str | None]:
        """Reads up to the end, or to an `end` or `else`, which is returned."""
        found: list[Node] = []
        while True:
            match = _ACTION.search(self.text, self.at)
            if match is None:
                if self.at < len(self.text):
                    found.append(self.text[self.at :])
                self.at = len(self.text)
                return found, None
            before = self.text[self.at : match.start()]
            before = before.rstrip() if match[1] else before
            if before:
                found.append(before)
            self.at = match.end()
            if self.text.startswith("/*", self.at + (1 if match[1] else 0)):
                self._comment()
                continue
            self._scan()
            word = self._peek_word()
            if word in ("end", "else"):
                self.next += 1
                return found, word
            node = self._action(word)
            if node is not None:
                found.append(node)

    def _comment(self) -> None:
        end = self.text.find("*/", self.at)
        if end < 0:
            raise self.error("unclosed comment")
        self.at = end + 2
        match = re.compile(r"(\s-)?\}\}").match(self.text, self.at)
        if match is None:
            raise self.error("comment ends before closing delimiter")
        self.at = match.end()
        if match[1]:
            self._skip_space()

    def _skip_space(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _scan(self) -> None:
        """Splits the action that begins here into tokens."""
        self.tokens, self.next = [], 0
        while True:
            if self.text.startswith("}}", self.at):
                self.at += 2
                break
            trim = re.compile(r"\s-\}\}").match(self.text, self.at)
            if trim is not None:
                self.at = trim.end()
                self._skip_space()
                break
            if self.at >= len(self.text):
                raise self.error("unclosed action")
            match = _TOKEN.match(self.text, self.at)
            if match is None:
                raise self._bad_character()
            self.tokens.append(Token(str(match.lastgroup), match[0], match.start()))
            self.at = match.end()
        while self.tokens and self.tokens[-1].kind == "space":
            self.tokens.pop()
        while self.tokens and self.tokens[0].kind == "space":
            self.tokens.pop(0)

    def _bad_character(self) -> TemplateError:
        character = self.text[self.at]
        if character == '"':
            return self.error("unterminated quoted string")
        if character == "`":
            return self.error("unterminated raw quoted string")
        after_word = self.tokens and self.tokens[-1].kind != "space"
        what = "bad character" if after_word else "unrecognized character in action:"
        return self.error(f"{what} U+{ord(character):04X} '{character}'")

    # tokens

    def _peek(self) -> Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def _peek_word(self) -> str:
        token = self._peek()
        return token.text if token is not None and token.kind == "word" else ""

    def _spaces(self) -> None:
        while (token := self._peek()) is not None and token.kind == "space":
            self.next += 1

    # actions

    def _action(self, word: str) -> Node | None:
        if word in _BLOCKS:
            self.next += 1
            return self._block(word)
        if word == "template":
            self.next += 1
            name = self._name()
            self._spaces()
            return Include(name, self._pipeline("template clause") if self._peek() else None)
        if word in ("break", "continue"):
            if not self.loops:
                raise self.error(f"{{{{{word}}}}} outside {{{{range}}}}")
            return Jump(word)
        return self._pipeline("command")

    def _name(self) -> str:
        self._spaces()
        token = self._peek()
        if token is None or token.kind not in ("string", "raw"):
            raise self.error("unexpected in template clause")
        self.next += 1
        return _unquoted(token)

    def _block(self, kind: str) -> Node | None:
        if kind in ("define", "block"):
            name = self._name()
            self._spaces()
            pipeline = self._pipeline("block clause") if kind == "block" else None
            outside, self.variables = self.variables, ["$"]
            body, _ = self._until_end()
            self.variables = outside
            self.defined[name] = body
            return Include(name, pipeline) if kind == "block" else None
        known = len(self.variables)
        pipeline = self._pipeline(kind)
        self.loops += kind == "range"
        body, end = self._until_end()
        self.loops -= kind == "range"
        otherwise: list[Node] = []
        if end == "else":
            self._spaces()
            if self._peek_word() in ("if", "with"):
                chained = self._peek_word()
                self.next += 1
                inner = self._block(chained)
                otherwise = [inner] if inner is not None else []
            else:
                otherwise, _ = self._until_end()
        del self.variables[known:]
        return Block(kind, pipeline, body, otherwise)

    def _until_end(self) -> tuple[list[Node], str]:
        body, end = self.nodes()
        if end is None:
            raise self.error("unexpected EOF")
        return body, end

    def _pipeline(self, context: str) -> Pipeline:
        pipeline = Pipeline([])
        self._spaces()
        self._declaration(pipeline, context)
        while True:
            self._spaces()
            token = self._peek()
            if token is None or (token.kind == "mark" and token.text == ")"):
                break
            pipeline.commands.append(self._command())
            self._spaces()
            token = self._peek()
            if token is not None and token.text == "|" and token.kind == "mark":
                self.next += 1
                continue
            break
        if not pipeline.commands:
            raise self.error(f"missing value for {context}")
        return pipeline

    def _declaration(self, pipeline: Pipeline, context: str) -> None:
        start = self.next
        names: list[str] = []
        while (token := self._peek()) is not None and token.kind == "variable":
            names.append(token.text)
            self.next += 1
            self._spaces()
            token = self._peek()
            if token is not None and (token.kind == "declare" or token.text == "="):
                self.next += 1
                pipeline.variables, pipeline.assigns = names, token.text == "="
                self.variables += names
                return
            if token is None or token.text != ",":
                break
            if context != "range" or len(names) == _MOST_IN_RANGE:
                raise self.error(f"too many declarations in {context}")
            self.next += 1
            self._spaces()
        self.next = start

    def _command(self) -> Command:
        words: list[Operand] = []
        while True:
            self._spaces()
            token = self._peek()
            if token is None or (token.kind == "mark" and token.text in "|)"):
                break
            words.append(self._operand())
        if not words:
            raise self.error("empty command")
        return Command(words)

    def _operand(self) -> Operand:
        base = self._term()
        fields: list[Token] = []
        while (token := self._peek()) is not None and token.kind == "field":
            fields.append(token)
            self.next += 1
        if not fields:
            return base
        names = [token.text[1:] for token in fields]
        text = base.text + "".join(token.text for token in fields)
        if not isinstance(base, Path):
            raise self.error(f"unexpected . after term {base.text!r}")
        return Path([*base.fields, *names], fields[0].at, text, base.variable, base.pipeline)

    def _term(self) -> Operand:
        token = self._peek()
        if token is None:
            raise self.error("missing value")
        self.next += 1
        kind, text = token.kind, token.text
        if kind == "field":
            return Path([text[1:]], token.at, text)
        if kind == "dot":
            return Path([], token.at, ".")
        if kind == "variable":
            if text not in self.variables:
                raise self.error(f'undefined variable "{text}"', token.at)
            return Path([], token.at, text, variable=text)
        if kind in ("string", "raw"):
            return Constant(_unquoted(token), token.at, text)
        if kind == "char":
            return Constant(ord(_unquoted(token)), token.at, text)
        if kind == "number":
            return Constant(_number(text), token.at, text)
        if kind == "word":
            constants = {"true": True, "false": False, "nil": None}
            if text in constants:
                return Constant(constants[text], token.at, text)
            if text not in self.functions:
                raise self.error(f'function "{text}" not defined', token.at)
            return Function(text, token.at)
        if text == "(":
            inner = self._pipeline("parenthesized pipeline")
            closing = self._peek()
            if closing is None or closing.text != ")":
                raise self.error("unclosed left paren")
            self.next += 1
            return Path([], token.at, self.text[token.at : closing.at + 1], pipeline=inner)
        raise self.error(f"unexpected {text!r} in operand".replace("'", '"'))


def _number(text: str) -> int | float:
    try:
        return int(text, 0)
    except ValueError:
        return float(text)


def _unquoted(token: Token) -> str:
    inner = token.text[1:-1]
    if token.kind == "raw" or "\\" not in inner:
        return inner

    def one(match: re.Match[str]) -> str:
        escape = match[1]
        return _ESCAPES[escape] if escape in _ESCAPES else chr(int(escape[1:], 16))

    return re.sub(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", one, inner)
