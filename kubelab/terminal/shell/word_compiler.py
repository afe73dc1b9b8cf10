"""Compiles words: constant ones into their text, others into instructions that gather pieces on the stack."""

from __future__ import annotations

from typing import Any

from kubelab.terminal.shell import parameters, pieces
from kubelab.terminal.shell.expansion import EXPANDED, LITERAL, QUOTED
from kubelab.terminal.shell.patterns import is_pattern, quote_pattern
from kubelab.terminal.shell.words import (
    Arithmetic,
    Command,
    Double,
    Parameter,
    Part,
    Process,
    Text,
    parse_double,
    parse_word,
)

Instruction = tuple[Any, ...]


class WordCompiler:
    """Emits the instructions of words."""

    def __init__(self) -> None:
        self.code: list[Instruction] = []

    def emit(self, *instruction: Any) -> int:
        """Adds an instruction; returns its position."""
        self.code.append(instruction)
        return len(self.code) - 1

    def patch(self, at: int) -> None:
        """Lets the jump at a position, its last argument, lead here."""
        self.code[at] = (*self.code[at][:-1], len(self.code))

    def nested(self, source: str) -> None:
        """Emits the program of a command substitution."""
        raise NotImplementedError

    def read_only(self, source: str) -> str | None:
        """Returns the word of `$(< word)`, None for other command substitutions."""
        raise NotImplementedError

    # whole words

    def fields(self, source: str) -> None:
        """Emits a word that may become several arguments."""
        parts = parse_word(source)
        text = _constant(parts)
        if text is not None and not source.startswith("~") and not _has_pattern(parts):
            self.emit(pieces.argument, text)
            return
        self.emit(pieces.open_word)
        self._parts(parts, tilde=True)
        self.emit(pieces.fields)

    def joined(self, source: str, *, assignment: bool = False, before: str = "") -> None:
        """Emits a word that stays one text, on the stack; what stands before it is taken as it is."""
        parts = parse_word(source)
        text = _constant(parts)
        if text is not None and "~" not in source:
            self.emit(pieces.push, before + text)
            return
        self.emit(pieces.open_word)
        if before:
            self.emit(pieces.piece, LITERAL, before)
        self._parts(parts, tilde=True, assignment=assignment)
        self.emit(pieces.join)

    def double(self, source: str, *, here: bool = False) -> None:
        """Emits what stands within double quotes (or a here-document) as one text."""
        parts = parse_double(source, here=here)
        text = _constant(parts)
        if text is not None:
            self.emit(pieces.push, text)
            return
        self.emit(pieces.open_word)
        self._quoted(parts)
        self.emit(pieces.join)

    def pattern(self, source: str) -> None:
        """Emits a word as a pattern, on the stack."""
        parts = parse_word(source)
        if all(isinstance(part, Text) for part in parts) and not source.startswith("~"):
            texts = [quote_pattern(part.text) if part.quoted else part.text for part in parts if isinstance(part, Text)]
            self.emit(pieces.push, "".join(texts))
            return
        self.emit(pieces.open_word)
        self._parts(parts, tilde=True)
        self.emit(pieces.to_pattern)

    def regular(self, source: str) -> None:
        """Emits the right side of `=~`: quoted letters stand for themselves."""
        self.emit(pieces.open_word)
        self._parts(parse_word(source), tilde=False)
        self.emit(pieces.to_regular)

    # parts

    def _parts(self, parts: tuple[Part, ...], *, tilde: bool = False, assignment: bool = False) -> None:
        for index, part in enumerate(parts):
            if isinstance(part, Text):
                if tilde and not part.quoted and part.text.startswith("~") and index == 0:
                    self._tilde(part.text, last=len(parts) == 1, assignment=assignment)
                elif assignment and not part.quoted and ":~" in part.text:
                    self._tildes(part.text)
                else:
                    self.emit(pieces.piece, QUOTED if part.quoted else LITERAL, part.text)
            elif isinstance(part, Double):
                self._quoted(part.parts)
            else:
                self._part(part, quoted=False)

    def _tilde(self, text: str, *, last: bool, assignment: bool) -> None:
        name, slash, rest = text[1:].partition("/")
        colon = ""
        if assignment and ":" in name:
            name, colon, more = name.partition(":")
            rest = more + slash + rest
            slash = ""
        if not slash and not colon and not last:
            self.emit(pieces.piece, LITERAL, text)  # ~"x" is no home
            return
        self.emit(pieces.tilde, name)
        if colon or (assignment and ":~" in rest):
            self._tildes(colon + slash + rest)
        else:
            self.emit(pieces.piece, LITERAL, slash + rest)

    def _tildes(self, text: str) -> None:
        """Emits the later parts of PATH=~/a:~/b."""
        first, *others = text.split(":~")
        self.emit(pieces.piece, LITERAL, first)
        for other in others:
            self.emit(pieces.piece, LITERAL, ":")
            name, slash, rest = other.partition("/")
            self.emit(pieces.tilde, name)
            self.emit(pieces.piece, LITERAL, slash + rest)

    def _quoted(self, parts: tuple[Part, ...]) -> None:
        if not parts:
            self.emit(pieces.piece, QUOTED, "")
        for part in parts:
            if isinstance(part, Text):
                self.emit(pieces.piece, QUOTED, part.text)
            else:
                self._part(part, quoted=True)

    def _part(self, part: Part, *, quoted: bool) -> None:
        if isinstance(part, Parameter):
            self._parameter(part, quoted=quoted)
        elif isinstance(part, Command) and (path := self.read_only(part.source)) is not None:
            self.joined(path)  # $(< file)
            self.emit(pieces.file_text, QUOTED if quoted else EXPANDED)
        elif isinstance(part, Command):
            start = self.emit(pieces.capture, 0)
            self.nested(part.source)
            self.emit(pieces.leave_capture)
            self.patch(start)
            self.emit(pieces.captured, QUOTED if quoted else EXPANDED)
        elif isinstance(part, Arithmetic):
            self.double(part.source)
            self.emit(pieces.arithmetic, QUOTED if quoted else EXPANDED)
        elif isinstance(part, Process):
            start = self.emit(pieces.process, part.direction, 0)
            self.nested(part.source)
            self.emit(pieces.leave_capture)
            self.patch(start)

    def _parameter(self, part: Parameter, *, quoted: bool) -> None:
        how = QUOTED if quoted else EXPANDED
        if part.bad:
            self.emit(parameters.bad, part.source)
            return
        computed = part.index is not None and part.index not in ("@", "*")
        if computed:
            self.double(part.index or "")
        op = part.op
        if op.lstrip(":") in ("-", "=", "?", "+") and op:
            self._default(part, how, quoted=quoted, computed=computed)
        elif op == ":":
            self.double(part.argument)
            self.double(part.second or "")
            self.emit(parameters.substring, part, how)
        elif op in ("/", "//", "/#", "/%"):
            self.pattern(part.argument)
            if "&" in (part.second or "") or "$" in (part.second or ""):
                self.emit(pieces.open_word)
                self._parts(parse_word(part.second or ""), tilde=True)
                self.emit(pieces.to_replacement)
            else:
                self.joined(part.second or "")
            self.emit(parameters.replace, part, how)
        elif op and op[0] in "#%^,":
            self.pattern(part.argument)
            self.emit(parameters.change, part, how)
        else:
            self.emit(parameters.value, part, how)

    def _default(self, part: Parameter, how: int, *, quoted: bool, computed: bool) -> None:
        """`${x:-word}` and its like: the word is expanded only when it is needed."""
        kind = part.op[-1]
        jump = self.emit(parameters.unless_default, part, how, 0)
        if kind in "-+":
            if quoted:
                self._quoted(parse_double(part.argument))
            else:
                self._default_parts(part.argument)
        else:
            if quoted:
                self.double(part.argument)
            else:
                self.joined(part.argument)
            self.emit(parameters.assign_default if kind == "=" else parameters.complain, part, how)
        self.patch(jump)

    def _default_parts(self, source: str) -> None:
        """The word of an unquoted `${x:-word}`: its unquoted text is split like any expansion's."""
        for index, part in enumerate(parse_word(source)):
            if isinstance(part, Text) and not part.quoted:
                if index == 0 and part.text.startswith("~"):
                    self._tilde(part.text, last=True, assignment=False)
                else:
                    self.emit(pieces.piece, EXPANDED, part.text)
            else:
                self._parts((part,))


def _constant(parts: tuple[Part, ...]) -> str | None:
    """Returns the text of a word in which nothing is expanded, or None."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, Double):
            inner = _constant(part.parts)
            if inner is None:
                return None
            texts.append(inner)
        elif isinstance(part, Text):
            texts.append(part.text)
        else:
            return None
    return "".join(texts)


def _has_pattern(parts: tuple[Part, ...]) -> bool:
    return any(isinstance(part, Text) and not part.quoted and is_pattern(part.text) for part in parts)
