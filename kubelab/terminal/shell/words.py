"""What a shell word is made of: text, quotations, expansions. Says nothing of their values.

Source: bash(1), QUOTING, PARAMETERS and EXPANSION.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kubelab.terminal.remembering import remembered
from kubelab.terminal.shell.scanning import (
    Incomplete,
    after_ansi,
    after_any,
    after_arithmetic,
    after_backquote,
    after_brace,
    after_bracket,
    after_command,
    after_double,
    after_single,
)

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SPECIAL = "@*#?-$!0123456789"


@dataclass(frozen=True)
class Text:
    """Text that stands for itself; a pattern's letters have their meaning unless it is quoted."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Double:
    """What stands between double quotes."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Parameter:
    """`$name` and `${name...}`.

    Attributes:
        index: the source between [ and ], None where there is none.
        op: what is done to the value, e.g. ":-", "##", "//", ":" (substring), "^^", "@Q"; "" for nothing.
        argument, second: the sources behind the operator.
        length, indirect, keys, names: `${#a}`, `${!a}`, `${!a[@]}`, `${!a*}`.
        bad: it is no valid expansion ("bad substitution").
    """

    name: str
    index: str | None = None
    op: str = ""
    argument: str = ""
    second: str | None = None
    length: bool = False
    indirect: bool = False
    keys: bool = False
    names: bool = False
    bad: bool = False
    source: str = ""


@dataclass(frozen=True)
class Command:
    """`$(source)`."""

    source: str


@dataclass(frozen=True)
class Arithmetic:
    """`$((source))`."""

    source: str


@dataclass(frozen=True)
class Process:
    """`<(source)` or `>(source)`."""

    direction: str
    source: str


Part = Text | Double | Parameter | Command | Arithmetic | Process

ESCAPES = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ANSI = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|c(.)|(.))", re.S)


def ansi_unquote(text: str) -> str:
    """Returns what stands in $'...' with its escapes replaced."""

    def replace(match: re.Match[str]) -> str:
        octal, byte, short, long, control, other = match.groups()
        if octal or byte:
            number = int(octal, 8) & 255 if octal else int(byte, 16)
            return chr(number) if number < 128 else bytes([number]).decode("utf-8", "surrogateescape")
        if short or long:
            return chr(min(int(short or long, 16), 0x10FFFF))
        if control:
            return chr(ord(control) & 31)
        return ESCAPES.get(other, other if other in "\\'\"?" else "\\" + other)

    return _ANSI.sub(replace, text)


@remembered(4096)
def parse_word(source: str) -> tuple[Part, ...]:
    """Returns the parts of a word that stands outside of double quotes."""
    return tuple(_Parser(source, double=False).run())


@remembered(4096)
def parse_double(source: str, *, here: bool = False) -> tuple[Part, ...]:
    """Returns the parts of what stands within double quotes; `here`: in a here-document, where " is plain."""
    return tuple(_Parser(source, double=True, here=here).run())


class _Parser:
    def __init__(self, text: str, *, double: bool, here: bool = False) -> None:
        self.text = text
        self.double = double
        self.here = here
        self.at = 0
        self.parts: list[Part] = []
        self.plain: list[str] = []

    def run(self) -> list[Part]:
        text = self.text
        while self.at < len(text):
            letter = text[self.at]
            if letter == "\\":
                self._backslash()
            elif letter == "$":
                self._dollar()
            elif letter == "`":
                end = after_backquote(text, self.at + 1)
                self._add(Command(_unescape_backquoted(text[self.at + 1 : end - 1], self.double)), end)
            elif letter == '"' and not self.here:
                self._double_quote()
            elif self.double:
                self._plain()
            elif letter == "'":
                end = after_single(text, self.at + 1)
                self._add(Text(text[self.at + 1 : end - 1], quoted=True), end)
            elif letter in "<>" and text.startswith("(", self.at + 1):
                end = after_command(text, self.at + 2)
                self._add(Process(letter, text[self.at + 2 : end - 1]), end)
            else:
                self._plain()
        self._flush()
        return self.parts

    def _plain(self) -> None:
        self.plain.append(self.text[self.at])
        self.at += 1

    def _flush(self) -> None:
        if self.plain:
            self.parts.append(Text("".join(self.plain)))
            self.plain.clear()

    def _add(self, part: Part, end: int) -> None:
        self._flush()
        self.parts.append(part)
        self.at = end

    def _double_quote(self) -> None:
        if self.double:  # "${x:-"b c"}": quotes within quotes
            self.at += 1
            return
        end = after_double(self.text, self.at + 1)
        self._add(Double(parse_double(self.text[self.at + 1 : end - 1])), end)

    def _backslash(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if following == "\n":
            self.at += 2
        elif following == "":
            self._plain()
        elif self.double:
            special = "$`\\" if self.here else '$`"\\'
            if following in special:
                self.plain.append(following)
            else:
                self.plain.append("\\" + following)
            self.at += 2
        else:
            self._add(Text(following, quoted=True), self.at + 2)

    def _dollar(self) -> None:
        text, at = self.text, self.at
        following = text[at + 1 : at + 2]
        if following == "(":
            self._parenthesis()
        elif following == "{":
            end = after_brace(text, at + 2, double=self.double)
            self._add(parse_parameter(text[at + 2 : end - 1]), end)
        elif following == "[":
            end = after_bracket(text, at + 2)
            self._add(Arithmetic(text[at + 2 : end - 1]), end)
        elif following == "'" and not self.double:
            end = after_ansi(text, at + 2)
            self._add(Text(ansi_unquote(text[at + 2 : end - 1]), quoted=True), end)
        elif following == '"' and not self.double:
            self.at += 1
        elif following and following in SPECIAL:
            self._add(Parameter(following, source="$" + following), at + 2)
        elif match := NAME.match(text, at + 1):
            self._add(Parameter(match.group(), source="$" + match.group()), match.end())
        else:
            self._plain()

    def _parenthesis(self) -> None:
        text, at = self.text, self.at
        if text.startswith("((", at + 1):
            end = after_arithmetic(text, at + 3)
            if end is not None:
                self._add(Arithmetic(text[at + 3 : end - 2]), end)
                return
        end = after_command(text, at + 2)
        self._add(Command(text[at + 2 : end - 1]), end)


def _unescape_backquoted(source: str, double: bool) -> str:
    letters = r"[$`\\\"]" if double else r"[$`\\]"
    return re.sub(r"\\(" + letters + ")", r"\1", source)


_HEAD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])")
_OPERATOR = re.compile(r":[-=?+]|[-=?+]|##?|%%?|//?|\^\^?|,,?|:|@[A-Za-z]")


def parse_parameter(source: str) -> Parameter:
    """Reads what stands between `${` and `}`."""
    bad = Parameter("", bad=True, source=source)
    text = source
    length = indirect = False
    if (
        text.startswith("#")
        and len(text) > 1
        and (len(text) == 2 or (_HEAD.match(text, 1) and text[1] not in "-?#:+="))
    ):
        length, text = True, text[1:]
    elif text.startswith("!") and len(text) > 1 and _HEAD.match(text, 1):
        indirect, text = True, text[1:]
    match = _HEAD.match(text)
    if not match:
        return bad
    name, rest = match.group(), text[match.end() :]
    index: str | None = None
    if rest.startswith("[") and NAME.fullmatch(name):
        try:
            end = after_bracket(rest, 1)
        except Incomplete:
            return bad
        index, rest = rest[1 : end - 1], rest[end:]
    return _finish_parameter(source, name, index, rest, length=length, indirect=indirect) or bad


def _finish_parameter(
    source: str, name: str, index: str | None, rest: str, *, length: bool, indirect: bool
) -> Parameter | None:
    if length:
        return None if rest else Parameter(name, index, length=True, source=source)
    if indirect and rest in ("*", "@") and index is None:
        return Parameter(name, names=True, op=rest, source=source)
    if indirect and index in ("@", "*") and not rest:
        return Parameter(name, index, keys=True, source=source)
    if not rest:
        return Parameter(name, index, indirect=indirect, source=source)
    match = _OPERATOR.match(rest)
    if not match:
        return None
    op, argument = match.group(), rest[match.end() :]
    second: str | None = None
    if op in ("/", "//"):
        if op == "/" and argument[:1] in ("#", "%"):
            op, argument = op + argument[0], argument[1:]
        argument, second = _split_argument(argument, "/")
    elif op == ":":
        argument, second = _split_argument(argument, ":")
    elif op.startswith("@") and argument:
        return None
    return Parameter(name, index, op, argument, second, indirect=indirect, source=source)


def _split_argument(text: str, separator: str) -> tuple[str, str | None]:
    """Splits at the first separator that is neither quoted nor within an expansion."""
    at, depth = 0, 0
    while at < len(text):
        letter = text[at]
        if letter == separator and not depth:
            return text[:at], text[at + 1 :]
        if letter in "\\$`'\"":
            at = _behind(text, at)
        elif letter == "?" and separator == ":":
            depth += 1
            at += 1
        elif letter == ":" and depth:
            depth -= 1
            at += 1
        else:
            at += 1
    return text, None


def _behind(text: str, at: int) -> int:
    """Returns the position behind what begins at `at`; a quote that is never closed stands for itself."""
    try:
        return after_any(text, at)
    except Incomplete:
        return at + 1


# brace expansion: done on the source, before all else

_RANGE = re.compile(r"(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?")
BRACE_LIMIT = 20_000  # words that one may become


class TooManyWords(Exception):
    """Braces stand for more words than one may become."""


@remembered(1024)
def brace_expand(source: str) -> tuple[str, ...]:
    """Returns the words that a word with {a,b} or {1..3} stands for.

    Raises:
        TooManyWords: that are more than KubeLab allows.
    """
    if "{" not in source:
        return (source,)
    at = 0
    while at < len(source):
        letter = source[at]
        if letter == "{":
            found = _alternatives(source, at)
            if found is not None:
                choices, end = found
                tails = brace_expand(source[end:])
                heads = [source[:at] + inner for choice in choices for inner in brace_expand(choice)]
                if len(heads) * len(tails) > BRACE_LIMIT:
                    raise TooManyWords
                return tuple(head + tail for head in heads for tail in tails)
            at += 1
        elif letter in "\\$`'\"":
            at = _behind(source, at)
        else:
            at += 1
    return (source,)


def _alternatives(source: str, at: int) -> tuple[list[str], int] | None:
    """Reads the braces that open at `at`; None when they are no expansion."""
    choices: list[str] = []
    start, here, depth = at + 1, at + 1, 0
    while here < len(source):
        letter = source[here]
        if letter == "{":
            depth += 1
        elif letter == "}" and depth:
            depth -= 1
        elif letter == "}":
            inner = source[at + 1 : here]
            if choices:
                return [*choices, source[start:here]], here + 1
            match = _RANGE.fullmatch(inner)
            values = _sequence(*match.groups()) if match else None
            return None if values is None else (values, here + 1)
        elif letter == "," and not depth:
            choices.append(source[start:here])
            start = here + 1
        elif letter in "\\$`'\"":
            here = _behind(source, here)
            continue
        here += 1
    return None


def _sequence(first: str, last: str, step: str | None) -> list[str] | None:
    number = first.lstrip("-").isdigit()
    if number != last.lstrip("-").isdigit():
        return None
    width = 0
    if number:
        if any(len(edge.lstrip("-")) > 1 and edge.lstrip("-").startswith("0") for edge in (first, last)):
            width = max(len(first), len(last))
        start, end = int(first), int(last)
    else:
        start, end = ord(first), ord(last)
    stride = max(1, abs(int(step or 1)))
    values = range(start, end + 1, stride) if start <= end else range(start, end - 1, -stride)
    if number:
        if len(values) > BRACE_LIMIT:
            raise TooManyWords
        return [format(value, f"0{width}d") for value in values]
    return [chr(value) for value in values]
